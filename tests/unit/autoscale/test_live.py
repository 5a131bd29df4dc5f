"""Live objects as the controller reads them: what pods request, their samples, and which labels a selector finds."""

from __future__ import annotations

import pytest

from tests.unit.autoscale.scalers import NOW, live, pod, rescaled, scaler, usage, usages
from tfk8s.autoscale.config import Flags
from tfk8s.autoscale.explain import explain
from tfk8s.autoscale.live import pod_of, request_of, samples_of, seconds_of
from tfk8s.autoscale.memory import least_memory, past_of
from tfk8s.autoscale.pods import Phase, Readiness
from tfk8s.autoscale.state import ScaleEvent
from tfk8s.manifest import JsonObject
from tfk8s.manifest.selectors import label_terms, selects

OLD, NEW = Flags.of_release((1, 34)), Flags.of_release((1, 37))


def with_spec(**spec: object) -> JsonObject:
    body = pod("a")
    body["spec"] = spec  # type: ignore[assignment]  # each test's own
    return body


def container(name: str, cpu: str = "", **more: object) -> dict[str, object]:
    return {"name": name, "resources": {"requests": {"cpu": cpu}} if cpu else {}, **more}


def test_requests_of_all_containers_and_of_sidecars_that_run_beside_them_are_added() -> None:
    sidecar = container("log", "50m", restartPolicy="Always")
    body = with_spec(containers=[container("a", "100m"), container("b", "1")], initContainers=[sidecar, container("i")])

    assert request_of(body, resource="cpu", container="", flags=OLD) == 1150


def test_a_request_of_the_whole_pod_takes_the_place_of_those_of_its_containers() -> None:
    body = with_spec(containers=[container("a")], resources={"requests": {"cpu": "2"}})

    assert request_of(body, resource="cpu", container="", flags=OLD) == 2000
    assert request_of(body, resource="cpu", container="a", flags=OLD) is None


@pytest.mark.parametrize(("flags", "expected"), [(OLD, 0), (NEW, None)])
def test_a_container_that_a_pod_lacks_requests_nothing_or_fails_by_release(flags: Flags, expected: int | None) -> None:
    assert (
        request_of(with_spec(containers=[container("a", "1")]), resource="cpu", container="b", flags=flags) == expected
    )


def test_a_pod_without_conditions_has_never_been_asked() -> None:
    found = pod_of({"metadata": {"name": "a"}, "status": {"phase": "Pending"}}, resource="cpu")

    assert (found.phase, found.readiness, found.started_at) == (Phase.PENDING, Readiness.ABSENT, None)


def test_a_pod_one_of_whose_containers_has_no_usage_has_no_sample() -> None:
    whole, part = usage("a", "100m"), usage("b", "100m")
    part["containers"] = [{"name": "server", "usage": {"cpu": "1"}}, {"name": "proxy", "usage": {"memory": "1Mi"}}]

    assert samples_of((whole, part), resource="cpu").keys() == {"a"}
    assert samples_of((whole, part), resource="cpu", container="server").keys() == {"a", "b"}
    assert samples_of((whole,), resource="cpu")["a"].milli == 100
    assert samples_of((whole,), resource="memory")["a"].milli == 100 * 2**20 * 1000


@pytest.mark.parametrize(
    ("text", "seconds"), [("15.5s", 15.5), ("1m2s", 62), ("1h0m0.5s", 3600.5), ("300ms", 0.3), ("", 0)]
)
def test_a_window_is_read_as_go_writes_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


def test_a_selector_of_the_oldest_form_is_labels_alone() -> None:
    assert dict(label_terms({"app": "a"})) == {"app": "a"}


@pytest.mark.parametrize(
    ("operator", "values", "labels", "found"),
    [
        ("In", ["a", "b"], {"app": "b"}, True),
        ("In", ["a"], {}, False),
        ("NotIn", ["a"], {"app": "b"}, True),
        ("NotIn", ["a"], {}, True),
        ("NotIn", ["a"], {"app": "a"}, False),
        ("Exists", None, {"app": ""}, True),
        ("Exists", None, {}, False),
        ("DoesNotExist", None, {}, True),
        ("DoesNotExist", None, {"app": "a"}, False),
    ],
)
def test_expressions_of_a_selector_find_what_the_api_server_finds(
    operator: str, values: list[str] | None, labels: dict[str, str], found: bool
) -> None:
    term: JsonObject = {"key": "app", "operator": operator}
    if values is not None:
        term["values"] = [*values]

    assert selects({"matchExpressions": [term]}, labels) is found


def test_changes_of_replicas_are_what_is_remembered_for_certain() -> None:
    seen = live(
        scaler(replicas=3, last_scale=20),
        events=(rescaled(2, seconds=400), rescaled(6, seconds=200), rescaled(3, seconds=20)),
    )
    state = least_memory(seen, past_of(seen))

    now = NOW.timestamp()
    assert list(state.recommendations) == [
        (now - 400, 2),
        (now - 200, 6),
        (now - 20, 3),
    ]
    assert state.ups == (ScaleEvent(now - 200, 4),)
    assert state.downs == (ScaleEvent(now - 20, 3),)


def test_the_last_change_of_the_status_counts_where_its_event_is_gone() -> None:
    seen = live(scaler(replicas=3, last_scale=1800))

    assert [replicas for _, replicas in least_memory(seen, past_of(seen)).recommendations] == [3]


def test_a_correction_that_would_turn_the_direction_is_said_to() -> None:
    few = live(count=4, pods=live(count=6).pods, pod_metrics=usages(5, "400m"))

    told = explain(few).metrics[0].computed
    assert told.endswith("below 0.9: ceil(0.833 x 6 pods) = 5, which turns the direction: 4 pods stay")
