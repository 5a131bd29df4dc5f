"""From a measurement and traffic to the spec's scaling, and whether there is room for it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cluster import FakeCluster
from tests.unit.app.benches import BENCH, step, without_knee
from tfk8s.app.prices import Prices
from tfk8s.app.recommend import Advice, Assumed, RecommendRequest, advise, write_advice
from tfk8s.app.recommend_checks import Check
from tfk8s.app.recommend_report import advice_json, advice_lines
from tfk8s.app.recommend_rooms import nodes_room, spec_room
from tfk8s.autoscale.trace import Trace
from tfk8s.errors import InputError
from tfk8s.load import Objective
from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import ownership_labels
from tfk8s.spec import load_spec

TEXT = """\
# ours
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {source: "gs://models/resnet", name: resnet}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 500m, memory: 1Gi}
scaling:
  min: 1  # fewest
  max: 5
  metrics: [{cpu: 60}]
"""
KEDA = '  source: {kind: keda, server: "http://prometheus:9090"}  # theirs\n'
WAVES = Trace(
    times_s=tuple(15.0 * index for index in range(240)),
    rates=tuple(30 - 25 * math.cos(2 * math.pi * index / 240) for index in range(240)),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tfk8s.yaml"
    path.write_text(TEXT)
    return path


def request(file: Path, **changes: Any) -> RecommendRequest:
    given: dict[str, Any] = {"bench": BENCH, "traffic": WAVES, "environment": None, "file": file, "pod_start_s": 30.0}
    return RecommendRequest(spec=load_spec(file), base=file.parent, **{**given, **changes})


def offline(file: Path, **changes: Any) -> Advice:
    return advise(request(file, **changes), cluster=None, rooms=None)


def check(advice: Advice, name: str) -> Check:
    return next(each for each in advice.checks if each.name == name)


def test_the_spec_is_changed_where_it_says_scaling_and_nowhere_else(file: Path) -> None:
    advice = offline(file)

    assert write_advice(advice) == (str(file),)
    text = file.read_text()
    assert text.startswith(TEXT[: TEXT.index("  min")])
    assert "# fewest" in text
    scaling = load_spec(file).scaling.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert {key: scaling[key] for key in ("min", "max")} == {key: advice.scaling[key] for key in ("min", "max")}
    assert write_advice(offline(file)) == ()


def test_looking_writes_nothing_and_shows_the_change(file: Path) -> None:
    lines = advice_lines(offline(file))

    assert file.read_text() == TEXT
    assert f"+  max: {offline(file).scaling['max']}" in "\n".join(lines)
    assert "-  max: 5" in "\n".join(lines)


def test_cpu_is_followed_without_a_source_and_requests_with_one(file: Path) -> None:
    assert list(offline(file).scaling["metrics"][0]) == ["cpu"]  # type: ignore[index,arg-type]

    file.write_text(TEXT + KEDA)
    advice = offline(file)
    assert list(advice.scaling["metrics"][0]) == ["requestsPerSecond"]  # type: ignore[index,arg-type]
    write_advice(advice)
    assert KEDA in file.read_text()


def test_a_service_that_may_sleep_still_may(file: Path) -> None:
    wake = '  wake: {query: "sum(queue)"}\n'
    file.write_text(TEXT.replace("min: 1", "min: 0").replace("[{cpu: 60}]", "[{requestsPerSecond: 5}]") + KEDA + wake)
    advice = offline(file)

    assert advice.scaling["min"] == 0
    assert any("min stays 0" in note for note in advice.notes)
    write_advice(advice)
    assert wake in file.read_text()


def test_requests_without_a_source_are_refused_with_what_to_write(file: Path) -> None:
    with pytest.raises(InputError, match="needs a source") as caught:
        offline(file, metric="requestsPerSecond")

    assert "scaling.source" in str(caught.value.hint)


def test_cpu_that_was_not_measured_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="how much processor"):
        offline(file, bench=without_knee(step(5, latency_s=0.1, cores=None)))


def test_an_objective_that_no_candidate_keeps_is_shown_and_not_written(file: Path) -> None:
    spikes = Trace(times_s=tuple(15.0 * i for i in range(60)), rates=tuple(500.0 * (i % 20 == 19) for i in range(60)))
    advice = offline(file, traffic=spikes, objective=Objective(percentile=99.9, latency_s=0.21), metric_age_s=600.0)

    if not advice.found.is_kept:
        with pytest.raises(InputError, match="nothing was written"):
            write_advice(advice)
        assert file.read_text() == TEXT
    assert advice_json(advice)["keepsObjective"] is advice.found.is_kept


def test_without_a_trace_a_day_is_assumed_and_said_to_be(file: Path) -> None:
    advice = offline(file, traffic=Assumed(floor=2, peak=20), sync_s=60.0)

    assert any("a day from 2 to 20 requests/s and back is assumed" in note for note in advice.notes)
    assert advice.scaling["min"] == 2


def test_offline_the_checks_that_were_not_made_are_named(file: Path) -> None:
    advice = offline(file)

    assert [check(advice, name).verdict for name in ("nodes", "quota")] == ["unknown", "unknown"]
    assert check(advice, "disruption budget").verdict == "holds"
    assert "quota: unknown: not looked at: no cluster was asked" in advice_lines(advice)


def test_a_single_pod_and_a_drain_do_not_go_together(file: Path) -> None:
    from tfk8s.autoscale.candidates import Wishes

    flat = Trace(times_s=(0.0, 600.0), rates=(1.0, 1.0))
    found = check(offline(file, traffic=flat, wishes=Wishes(failures=0, growth=20)), "disruption budget")

    assert found.verdict == "fails"
    assert "nobody answers" in found.text


def node(name: str, *, cpu: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/arch": "amd64"}},
        "status": {"allocatable": {"cpu": cpu, "memory": "64Gi", "pods": "110"}},
    }


def quota(**hard: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": "serving"},
        "spec": {"hard": {**hard}},
        "status": {"hard": {**hard}, "used": dict.fromkeys(hard, "0")},
    }


def pod(name: str, *, made: str, ready: str) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "serving",
            "creationTimestamp": made,
            "labels": {**ownership_labels("resnet")},
        },
        "status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": ready}]},
    }


def on_cluster(file: Path, *objects: JsonObject, **changes: Any) -> Advice:
    cluster = FakeCluster()
    for body in objects:
        cluster.put(body)
    return advise(
        request(file, **changes), cluster=cluster, rooms=lambda manifests: nodes_room(manifests, cluster=cluster)
    )


def test_nodes_that_hold_all_pods_are_counted(file: Path) -> None:
    found = check(on_cluster(file, node("a", cpu="8"), node("b", cpu="8")), "nodes")

    assert (found.verdict, found.text) == ("holds", "the nodes hold 32 pods of 0.5 cores and 1024 MiB each")


def test_nodes_that_are_too_few_fail_with_the_numbers_and_a_remedy(file: Path) -> None:
    advice = on_cluster(file, node("a", cpu="2"))
    found = check(advice, "nodes")

    assert found.verdict == "fails"
    assert f"the nodes hold 4 of {advice.scaling['max']} pods" in found.text
    assert "cpu ends first" in found.text
    assert found.remedy == "add nodes, or lower max"


def test_a_quota_that_ends_before_the_most_pods_is_named(file: Path) -> None:
    found = check(on_cluster(file, node("a", cpu="64"), quota(**{"requests.cpu": "2", "pods": "50"})), "quota")

    assert found.verdict == "fails"
    assert "ResourceQuota/team leaves requests.cpu 2, and" in found.text
    assert "leaves pods" not in found.text


def test_a_quota_with_room_holds(file: Path) -> None:
    assert check(on_cluster(file, quota(**{"limits.cpu": "64", "pods": "50"})), "quota").verdict == "holds"


def test_a_pod_that_a_slow_clock_calls_ready_before_it_was_made_starts_at_once(file: Path) -> None:
    early = pod("p", made="2026-01-31T12:00:09Z", ready="2026-01-31T12:00:00Z")

    assert any("a pod starts in 0 s" in note for note in on_cluster(file, early, pod_start_s=None).notes)


def test_the_start_of_pods_is_taken_from_those_that_run(file: Path) -> None:
    pods = [
        pod(f"p{second}", made="2026-01-31T12:00:00Z", ready=f"2026-01-31T12:00:{second}Z") for second in (20, 40, 50)
    ]
    advice = on_cluster(file, *pods, pod_start_s=None)

    assert any("a pod starts in 20 s" in note for note in advice.notes)
    reaction = next(line for line in advice.lines if line.what == "reaction")
    assert "20 s start of a pod" in reaction.how


def test_the_pools_of_the_spec_are_an_upper_bound_without_a_cluster(tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"
    cluster = (
        "cluster: {provider: gke, project: my-project, location: us-central1-a, name: serving, "
        "machineType: e2-standard-2, autoscaling: {min: 1, max: 2}}\n"
    )
    file.write_text(TEXT + cluster)
    given = request(file)
    found = check(advise(given, cluster=None, rooms=lambda manifests: spec_room(manifests, spec=given.spec)), "nodes")

    assert found.verdict == "fails"
    assert "the nodes hold 6 of" in found.text  # 1.93 cores on each of two nodes, half a core a pod


@pytest.mark.parametrize(("prices", "unit"), [(Prices(pod_hour=0.5), "pod"), (Prices(node_hour=2.0), "node")])
def test_money_is_hours_times_the_price_that_was_given(file: Path, prices: Prices, unit: str) -> None:
    advice = offline(file, prices=prices)
    best = advice.found.best
    price = prices.pod_hour or prices.node_hour or 0
    hours = best.pod_hours if unit == "pod" else best.node_hours

    simulated = advice_json(advice)["simulated"]
    assert isinstance(simulated, dict)
    assert simulated["cost"] == pytest.approx(hours * price)
    assert any(line.startswith("money") and f"{unit}-hours x {price:g}" in line for line in advice_lines(advice))


def test_a_spec_from_a_stream_is_answered_with_the_scaling_itself(file: Path) -> None:
    advice = advise(replace(request(file), file=None), cluster=None, rooms=None)

    assert advice.text is None
    assert f"  max: {advice.scaling['max']}" in "\n".join(advice_lines(advice)).split("scaling:\n")[1]
    with pytest.raises(InputError, match="no spec file that can be edited"):
        write_advice(advice)


def test_json_has_every_figure(file: Path) -> None:
    value = advice_json(offline(file))

    assert set(value) == {
        "scaling", "keepsObjective", "arithmetic", "simulated", "runnerUp", "tried", "keeping", "checks", "notes",
        "diff", "written",
    }  # fmt: skip
    assert isinstance(value["tried"], int)
    assert value["tried"] > 10
