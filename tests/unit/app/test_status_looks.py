"""`tfk8s status --watch`: traffic between two looks, each region by itself, and what is told of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.app.status import service_status
from tfk8s.app.status_looks import StatusRound, Watched, status_rounds
from tfk8s.app.status_page import status_page
from tfk8s.app.status_text import figure, round_json, round_lines
from tfk8s.errors import PreconditionError, PredictionError
from tfk8s.ports import Endpoint
from tfk8s.rollout.traffic import Traffic

BOUND = 10 * 1.8**12
INTERVAL_S = 5.0


@dataclass
class GrowingMetrics:
    """Each look at a pod finds 50 more answers and 5 more failures; `silent` ones do not answer."""

    silent: set[str] = field(default_factory=set)
    looks: dict[str, int] = field(default_factory=dict)
    restarted: bool = False

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        assert path == "/monitoring/prometheus/metrics"
        if any(endpoint.how.endswith(name) for name in self.silent):
            raise PredictionError("does not answer", hint="wait")
        looks = self.looks[endpoint.how] = 1 if self.restarted else self.looks.get(endpoint.how, 0) + 1
        return Traffic(latencies={BOUND: 50 * looks}, errors={"UNAVAILABLE": 5 * looks})


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.apply(small_service(replicas=2))
    return made


def watched(stage: Stage, metrics: GrowingMetrics, *, region: str = "") -> Watched:
    name = small_service().name
    return Watched(
        region=region,
        name=name,
        cluster=stage.cluster,
        metrics=metrics,
        look=lambda: service_status(
            name, models=(NAME,), cluster=stage.cluster, servers=stage.server, clock=stage.clock
        ),
    )


def rounds(stage: Stage, *services: Watched, count: int) -> list[StatusRound]:
    return list(islice(status_rounds(services, clock=stage.clock, interval_s=INTERVAL_S), count))


def text(found: StatusRound) -> list[str]:
    return list(round_lines(found))


def test_traffic_is_what_all_pods_counted_between_two_looks(stage: Stage) -> None:
    first, second = rounds(stage, watched(stage, GrowingMetrics()), count=2)

    assert first.looks[0].measured is None
    measured = second.looks[0].measured
    assert measured is not None
    rates = measured.models[NAME]
    assert rates.answered_per_s * measured.seconds == pytest.approx(100)
    assert rates.failed_per_s * measured.seconds == pytest.approx(10)


def test_the_first_look_says_when_traffic_is_known_and_the_second_shows_it(stage: Stage) -> None:
    first, second = rounds(stage, watched(stage, GrowingMetrics()), count=2)

    assert "  traffic    known from the second look on" in text(first)
    shown = "\n".join(text(second))
    assert "/s answered" in shown
    assert "UNAVAILABLE" in shown
    assert "p99" in shown
    assert "  pods       2 of 2 ready" in text(second)
    assert f"  versions   {NAME} 1 on 2 pods" in text(second)
    assert second.exit_code == 0


def test_each_interval_counts_for_itself(stage: Stage) -> None:
    *_, third = rounds(stage, watched(stage, GrowingMetrics()), count=3)

    measured = third.looks[0].measured
    assert measured is not None
    assert measured.models[NAME].answered_per_s * measured.seconds == pytest.approx(100)


def test_a_pod_that_does_not_tell_is_named_and_the_others_count(stage: Stage) -> None:
    (pod, _) = pod_names(stage)
    _, second = rounds(stage, watched(stage, GrowingMetrics(silent={pod})), count=2)

    measured = second.looks[0].measured
    assert measured is not None
    assert measured.models[NAME].answered_per_s * measured.seconds == pytest.approx(50)
    assert [line for line in text(second) if "not known" in line] == [f"  not known  Pod/{pod}: does not answer"]


def pod_names(stage: Stage) -> list[str]:
    return sorted(pod.name for pod in watched(stage, GrowingMetrics()).look().pods)


def test_a_cluster_that_stops_answering_is_a_state_and_its_exit_code_is_that_of_the_look(stage: Stage) -> None:
    def broken() -> None:
        raise PreconditionError("the API server does not answer")

    looks = status_rounds([watched(stage, GrowingMetrics())], clock=stage.clock, interval_s=INTERVAL_S)
    next(looks)
    stage.cluster.before_read = broken
    away = next(looks)
    stage.cluster.before_read = lambda: None
    back = next(looks)

    assert text(away) == ["unknown: the API server does not answer"]
    assert away.exit_code == PreconditionError.exit_code
    assert back.exit_code == 0
    assert back.looks[0].measured is not None, "the counters from before the gap are still there to compare with"


def test_a_service_that_is_not_there_ends_the_watch_at_once() -> None:
    empty = Stage(FakeCluster())

    with pytest.raises(PreconditionError, match="there is no service"):
        rounds(empty, watched(empty, GrowingMetrics()), count=1)


def test_regions_are_shown_below_each_other_and_one_that_is_away_does_not_hide_the_others(stage: Stage) -> None:
    away = Stage(FakeCluster())
    services = [watched(stage, GrowingMetrics(), region="europe"), watched(away, GrowingMetrics(), region="us")]

    (found,) = rounds(stage, *services, count=1)

    assert text(found)[0].startswith(f"europe: {NAME} in serving: complete")
    assert text(found)[-1].startswith("us: unknown: there is no service")
    assert found.exit_code == PreconditionError.exit_code


def test_programs_get_one_document_a_look(stage: Stage) -> None:
    _, second = rounds(stage, watched(stage, GrowingMetrics()), count=2)

    value = json.loads(json.dumps(round_json(second)))

    region = value["regions"][""]
    assert region["traffic"]["models"][NAME]["errorsPerSecond"].keys() == {"UNAVAILABLE"}
    assert region["traffic"]["models"][NAME]["latencyMilliseconds"]["p99"] > 0
    assert region["status"]["state"] == "complete"
    assert value["time"].endswith("Z")


def test_a_page_holds_the_newest_look_and_the_course_of_those_before(stage: Stage) -> None:
    found = rounds(stage, watched(stage, GrowingMetrics()), count=4)

    page = status_page(found)

    assert page.title == f"{NAME} in serving"
    traffic, pods, wrong = page.sections
    assert [type(block).__name__ for block in traffic.blocks] == ["Table", "Picture"]
    assert [type(block).__name__ for block in pods.blocks] == ["Table", "Table"]
    assert wrong.blocks == ("Nothing that is known.",)
    assert ("Looks before it", f"3, since {found[0].time}") in page.facts


def test_a_page_of_a_single_look_says_that_rates_are_not_known(stage: Stage) -> None:
    page = status_page(rounds(stage, watched(stage, GrowingMetrics()), count=1))

    assert page.sections[0].blocks == ("Nobody could be asked twice, so rates are not known.",)


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (0.01234, "0.0123"), (12.345, "12.3"), (1234.5, "1,230")])
def test_figures_have_three_digits(number: float, shown: str) -> None:
    assert figure(number) == shown
