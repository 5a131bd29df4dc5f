"""The first region is watched after a change; whoever is killed leaves a record that makes the next run watch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.workloads import Fate
from tests.unit.app.canary_stage import NAMESPACE, CanaryStage
from tfk8s.app.bake import Bake, BakeFailedError, after_change, before_change
from tfk8s.app.service import ServiceName
from tfk8s.errors import PredictionError, WaitTimeoutError
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.plan import inventory_ref
from tfk8s.ports import Endpoint
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError, ObjectQuery
from tfk8s.rollout.bake import BAKE_KEY, BakePlan, BakeRecord, read_bake
from tfk8s.rollout.comparison import Limits
from tfk8s.rollout.traffic import Traffic

FOR_S = 120.0


@dataclass
class Counting:
    """Satisfies `ports.MetricsReader`: two predictions a second and pod; from a moment on, a tenth of them fail."""

    clock: FakeClock
    bad_since: Callable[[], float] = lambda: float("inf")
    silent: bool = False

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        del endpoint, path, model
        if self.silent:
            raise PredictionError("it does not answer")
        now = self.clock.monotonic_s()
        failed = int(0.2 * max(0.0, now - self.bad_since()))
        return Traffic(latencies={1000.0: int(2 * now) - failed}, errors={"INTERNAL": failed} if failed else {})


class BakeStage(CanaryStage):
    """A service that has answered for a while."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.clock.sleep(300)
        self.counts = Counting(clock=self.clock)

    def bake(self, *others: Cluster, min_requests: int = 100) -> Bake:
        return Bake(
            plan=BakePlan(region="europe", for_s=FOR_S, limits=Limits(min_requests=min_requests)),
            name=self.name,
            models=("resnet",),
            world=self.world,
            metrics=self.counts,
            others=lambda: others,
            undo="tfk8s rollback --region europe",
        )

    @property
    def name(self) -> ServiceName:
        return ServiceName.of(self.source.spec)

    @property
    def record(self) -> BakeRecord | None:
        body = self.cluster.get(inventory_ref(name="resnet", namespace=NAMESPACE))
        return read_bake(text_at(body, "data", BAKE_KEY))

    def change(self, *, bad: bool = False, is_changed: bool = True, **options: Any) -> None:
        """What apply does around its work."""
        bake = self.bake(**options)
        before = before_change(bake)
        if bad:
            since = self.clock.monotonic_s()
            self.counts.bad_since = lambda: since
        after_change(bake, before=before, is_changed=is_changed)


@pytest.fixture
def stage() -> BakeStage:
    return BakeStage()


def test_a_good_change_passes_after_its_time_and_is_not_watched_again(stage: BakeStage) -> None:
    began = stage.clock.monotonic_s()

    stage.change()

    assert FOR_S <= stage.clock.monotonic_s() - began < FOR_S + 30
    assert stage.record == BakeRecord(phase="passed", looks=stage.record.looks if stage.record else 0)
    began = stage.clock.monotonic_s()
    stage.change(is_changed=False)
    assert stage.clock.monotonic_s() == began


def test_a_bad_change_is_stopped_before_its_time_with_what_was_measured(stage: BakeStage) -> None:
    began = stage.clock.monotonic_s()

    with pytest.raises(BakeFailedError) as caught:
        stage.change(bad=True)

    assert stage.clock.monotonic_s() - began < FOR_S
    assert "europe, beside before the change, is worse: errors: " in caught.value.message
    assert caught.value.hint == "the other regions are as they were; tfk8s rollback --region europe takes it back"
    assert stage.record is not None
    assert stage.record.phase == "failed"


def test_run_again_a_bad_change_is_stopped_again_though_nothing_changed(stage: BakeStage) -> None:
    with pytest.raises(BakeFailedError):
        stage.change(bad=True)

    with pytest.raises(BakeFailedError):
        stage.change(is_changed=False)


def test_the_servers_of_a_failed_change_are_not_what_the_next_is_compared_with(stage: BakeStage) -> None:
    with pytest.raises(BakeFailedError):
        stage.change(bad=True)
    failed = stage.record

    bake = stage.bake()
    before_change(bake)

    assert failed is not None
    assert stage.record is not None
    assert stage.record.before == failed.before
    assert stage.record.before.failed == 0


def test_killed_between_the_change_and_the_watch_the_next_run_watches(stage: BakeStage) -> None:
    before_change(stage.bake())  # and the run died in the middle of its change
    since = stage.clock.monotonic_s()
    stage.counts.bad_since = lambda: since
    stage.clock.sleep(600)  # meanwhile the bad pods answered

    with pytest.raises(BakeFailedError):
        stage.change(is_changed=False)


def test_killed_while_it_is_watched_the_next_run_goes_on_and_loses_no_time(stage: BakeStage) -> None:
    bake = stage.bake()
    before = before_change(bake)
    began = stage.clock.monotonic_s()

    def dies(seconds: float) -> None:
        if stage.clock.monotonic_s() - began > 60:
            raise KeyboardInterrupt
        FakeClock.sleep(stage.clock, seconds)

    stage.clock.sleep = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        after_change(bake, before=before, is_changed=True)
    del stage.clock.sleep

    stage.change(is_changed=False)

    assert stage.clock.monotonic_s() - began < FOR_S + 30
    assert stage.record is not None
    assert stage.record.phase == "passed"


def test_without_requests_it_is_held_and_then_stopped(stage: BakeStage) -> None:
    with pytest.raises(WaitTimeoutError, match=r"europe saw \d+ of 5000 predictions") as caught:
        stage.change(min_requests=5000)

    assert "rollout.minRequests" in str(caught.value.hint)
    assert stage.record is not None
    assert stage.record.phase == "baking"


def test_the_next_run_waits_as_long_again_for_what_was_missing(stage: BakeStage) -> None:
    with pytest.raises(WaitTimeoutError):
        stage.change(min_requests=2300)
    began = stage.clock.monotonic_s()

    stage.change(is_changed=False, min_requests=2300)

    assert 0 < stage.clock.monotonic_s() - began < FOR_S
    assert stage.record is not None
    assert stage.record.phase == "passed"
    with pytest.raises(WaitTimeoutError):
        stage.change(min_requests=5000)
    began = stage.clock.monotonic_s()
    with pytest.raises(WaitTimeoutError):
        stage.change(is_changed=False, min_requests=5000)
    assert FOR_S <= stage.clock.monotonic_s() - began < FOR_S + 30


def test_the_first_release_of_all_has_nothing_to_be_compared_with(stage: BakeStage) -> None:
    stage.cluster.delete(inventory_ref(name="resnet", namespace=NAMESPACE))

    assert before_change(stage.bake()) is None


def test_a_cluster_that_is_away_for_a_while_does_not_end_it(stage: BakeStage) -> None:
    bake = stage.bake()
    before = before_change(bake)
    away = [3]

    def unreachable() -> None:
        if stage.clock.monotonic_s() > 380 and away[0]:
            away[0] -= 1
            raise ClusterUnreachableError("nobody answers")

    stage.cluster.before_read = unreachable
    after_change(bake, before=before, is_changed=True)

    assert away == [0]


def test_a_container_that_ends_stops_it(stage: BakeStage) -> None:
    bake = stage.bake()
    before = before_change(bake)
    ended = stage.clock.utc_now().replace(year=2027).strftime("%Y-%m-%dT%H:%M:%SZ")
    (pod, *_) = stage.cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace=NAMESPACE))
    image = text_at(objects_at(pod, "spec", "containers")[0], "image")
    stage.workloads.fates = {image: Fate(last_state={"terminated": {"finishedAt": ended}})}

    with pytest.raises(BakeFailedError, match="its container server ended and was started again"):
        after_change(bake, before=before, is_changed=True)
