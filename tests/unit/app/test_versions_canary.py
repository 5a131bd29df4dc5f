"""Canaries from their first object to the last, on a fake cluster: promoted, aborted, killed, resumed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.workloads import Fate
from tests.unit.app.apply_stage import DeadError
from tests.unit.app.canary_stage import CanaryStage
from tfk8s.app.canary_live import live_canary, write_down
from tfk8s.app.versions_canary import abort_canary
from tfk8s.errors import PreconditionError, RolloutFailedError
from tfk8s.manifest.fields import integer_at, object_at, text_at, value_at
from tfk8s.ports import Note, Waiting, Warn
from tfk8s.ports.cluster import ClusterUnreachableError

STABLE = ("Deployment", "resnet")


def said(stage: CanaryStage) -> str:
    lines = []
    for event in stage.told.events:
        if isinstance(event, (Note, Warn)):
            lines.append(event.message)
        if isinstance(event, Waiting):
            lines.append("; ".join(event.reasons))
    return "\n".join(lines)


def identity(stage: CanaryStage) -> tuple[str, int]:
    body = stage.live(*STABLE)
    return text_at(body, "metadata", "uid"), integer_at(body, "metadata", "generation")


def test_a_good_canary_becomes_everybodys_and_leaves_nothing_behind() -> None:
    stage = CanaryStage()

    outcome = stage.run()

    assert outcome.promoted
    assert stage.promoted == [2]
    assert 'key: "stable"\n      value: 2' in stage.config()
    assert stage.of_canary() == []
    assert "the canary gets 1 of 5 pods = 20 % of the requests" in said(stage)
    assert "look 1: continue; errors: 0 % of" in said(stage)
    assert stage.clock.monotonic_s() > 120


def test_a_bad_canary_goes_by_itself_and_the_other_pods_are_what_they_were() -> None:
    stage = CanaryStage()
    before, pods = identity(stage), stage.pods()
    stage.metrics.canary_errors = 0.5

    outcome = stage.run(for_s=3600.0)

    assert not outcome.promoted
    assert "the canary is worse: errors: 5" in outcome.reasons[0]
    assert stage.promoted == []
    assert stage.of_canary() == []
    assert (identity(stage), stage.pods()) == (before, pods)
    assert stage.clock.monotonic_s() < 300, "it was not the end of its time that ended it"


def test_a_slow_canary_goes_by_itself() -> None:
    stage = CanaryStage()
    stage.metrics.canary_us = 1800.0

    outcome = stage.run(for_s=3600.0)

    assert "slower than 1 ms: 100 % of" in outcome.reasons[0]


def test_its_pods_answer_with_the_version_under_the_name_that_clients_use_and_the_others_do_not() -> None:
    stage = CanaryStage()
    seen: list[str] = []

    def look(verb: str) -> None:
        if verb.startswith("delete") and not seen:
            seen.extend([stage.config("resnet-canary-config"), stage.config()])

    stage.cluster.before_write = look
    stage.metrics.canary_errors = 1.0
    stage.run()

    canary, stable = seen
    assert 'key: "stable"\n      value: 2' in canary
    assert 'key: "stable"\n      value: 1' in stable


def test_without_labels_its_pods_hold_what_the_others_hold_and_the_version() -> None:
    stage = CanaryStage(model={"source": "pvc://claim/m", "versions": [1]})
    stage.server.states = stage.server.states[:1]

    made = {item.ref.kind: item.body for item in stage.prepare().request.objects}

    config = text_at(made["ConfigMap"], "data", "models.config")
    assert "versions: 1\n" in config
    assert "versions: 2\n" in config
    container = value_at(made["Deployment"], "spec", "template", "spec", "containers")
    assert "/versions/2/metadata" in str(container)
    assert stage.prepare().promoted.served_models[0].versions == (2,)


def test_neither_the_deployment_nor_the_autoscaler_of_the_service_is_written_before_it_is_promoted() -> None:
    """K38.2."""
    stage = CanaryStage(scaling={"min": 4, "max": 8})
    stage.cluster.scale(stage.ref("Deployment", "resnet"), 4)
    stage.clock.sleep(10)
    stage.pods()
    stage.clock.sleep(10)
    stage.cluster.writes.clear()
    stage.metrics.canary_errors = 1.0

    stage.run()

    written = {verb.split(" ", 1)[1] for verb in stage.cluster.writes}
    assert written
    assert all("canary" in ref for ref in written), written


def test_a_canary_whose_container_ends_is_aborted_with_what_the_log_says() -> None:
    """K38.2."""
    stage = CanaryStage()
    ended: Any = {"waiting": {"reason": "CrashLoopBackOff"}}
    stage.workloads.fates = {"example.test/bad:1": Fate(ready_after_s=None, state=ended, restarts=2)}

    outcome = stage.run(image="example.test/bad:1", start_s=60.0)

    assert not outcome.promoted
    assert "its container ended and was started again (2 times)" in outcome.reasons[0]
    assert stage.of_canary() == []
    assert stage.clock.monotonic_s() < 60


def test_a_canary_whose_pods_never_become_ready_is_aborted_in_time() -> None:
    stage = CanaryStage()
    stage.workloads.fates = {"example.test/slow:1": Fate(ready_after_s=None)}

    outcome = stage.run(image="example.test/slow:1", start_s=60.0)

    assert "0 of 1 pods are ready after 60 s" in outcome.reasons[0]


def test_without_traffic_it_is_held_and_then_aborted_for_that() -> None:
    stage = CanaryStage()
    stage.metrics.per_s = 0.01

    outcome = stage.run()

    assert "not enough traffic in" in outcome.reasons[0]
    assert "held, and aborted after as long again: not enough traffic" in said(stage)
    assert stage.clock.monotonic_s() > 240


def test_a_pod_that_does_not_answer_is_named_and_counted_later() -> None:
    stage = CanaryStage()
    stage.metrics.silent = lambda pod: pod.startswith("resnet-canary") and 20 < stage.clock.monotonic_s() < 40

    outcome = stage.run()

    assert "not counted this time: Pod/resnet-canary-" in said(stage)
    assert outcome.promoted
    assert outcome.record.canary.total.total > 100


@pytest.mark.parametrize("is_bad", [False, True], ids=["good", "bad"])
def test_a_run_that_dies_before_any_of_its_writes_is_finished_by_the_next(is_bad: bool) -> None:
    total = _killed(None, is_bad=is_bad)
    assert total > 8

    for dies_at in range(1, total + 1):
        _killed(dies_at, is_bad=is_bad)


def _killed(dies_at: int | None, *, is_bad: bool) -> int:
    stage = CanaryStage(scaling={"replicas": 1})
    stage.metrics.canary_errors = 0.5 if is_bad else 0.0
    stage.metrics.per_s = 60.0
    writes = 0

    def maybe_die(verb: str) -> None:
        nonlocal writes
        if "Pod/" in verb or "ReplicaSet/" in verb:
            return
        writes += 1
        if writes == dies_at:
            raise DeadError

    stage.cluster.before_write = maybe_die
    try:
        outcome = stage.run(for_s=3.0, settle_s=1.0, accept_share=True)
    except DeadError:
        stage.clock.sleep(60)
        outcome = stage.run(for_s=3.0, settle_s=1.0, accept_share=True)
    assert outcome.promoted is not is_bad, dies_at
    assert stage.of_canary() == [], dies_at
    version = 1 if is_bad else 2
    assert f'key: "stable"\n      value: {version}' in stage.config(), dies_at
    return writes


def test_what_happened_while_nobody_looked_is_counted_by_the_run_that_goes_on() -> None:
    stage = CanaryStage()
    _interrupted(stage, after_s=30)
    live = live_canary(stage.name, cluster=stage.cluster)
    assert live is not None
    assert live.record is not None
    before = live.record.canary.total.total

    stage.clock.sleep(600)
    outcome = stage.run()

    assert outcome.promoted
    assert outcome.record.canary.total.total >= before + 600 * stage.metrics.per_s
    assert "going on with a canary of version 2 of resnet by label stable" in said(stage)


def _interrupted(stage: CanaryStage, *, after_s: float) -> None:
    """Ctrl-C some seconds after it was begun to be observed."""
    start_s = stage.clock.monotonic_s()

    def maybe_die(verb: str) -> None:
        del verb
        if stage.clock.monotonic_s() - start_s > after_s:
            raise DeadError

    stage.cluster.before_write = maybe_die
    with pytest.raises(DeadError):
        stage.run()
    stage.cluster.before_write = lambda _: None


def test_a_second_canary_is_refused_and_the_first_is_named() -> None:
    stage = CanaryStage(model={"source": "pvc://claim/m", "versions": [1, 2, 3], "labels": {"stable": 1}})
    _interrupted(stage, after_s=30)

    with pytest.raises(PreconditionError, match="a canary of version 2 of resnet by label stable") as refused:
        stage.run(3)

    assert "--abort" in str(refused.value.hint)


def test_abort_removes_it_and_says_what_it_was() -> None:
    stage = CanaryStage()
    before = identity(stage)
    _interrupted(stage, after_s=30)

    record = abort_canary(stage.name, routes=(), world=stage.world)

    assert record is not None
    assert (record.version, record.outcome) == (2, "aborted: it was asked for")
    assert stage.of_canary() == []
    assert identity(stage) == before
    assert abort_canary(stage.name, routes=(), world=stage.world) is None


def test_abort_removes_one_whose_record_somebody_broke_too() -> None:
    stage = CanaryStage()
    _interrupted(stage, after_s=30)
    body = stage.live("Deployment", "resnet-canary")
    assert body is not None
    object_at(body, "metadata", "annotations")["tfk8s.dev/canary"] = "{"
    stage.cluster.put(body)
    with pytest.raises(PreconditionError, match="cannot be read"):
        stage.run()

    assert abort_canary(stage.name, routes=(), world=stage.world) is None
    assert stage.of_canary() == []


def test_what_is_being_promoted_is_not_aborted_half_way() -> None:
    stage = CanaryStage()
    _interrupted(stage, after_s=30)
    live = live_canary(stage.name, cluster=stage.cluster)
    assert live is not None
    assert live.record is not None
    write_down(live.record.moved("promoting"), name=stage.name, cluster=stage.cluster)

    with pytest.raises(PreconditionError, match="is being promoted"):
        abort_canary(stage.name, routes=(), world=stage.world)

    assert stage.run().promoted


def test_a_cluster_that_does_not_answer_for_a_while_ends_nothing() -> None:
    stage = CanaryStage()
    quiet = stage.cluster.before_read

    def fail() -> None:
        if 60 < stage.clock.monotonic_s() < 90:
            raise ClusterUnreachableError("nobody answers", hint="wait")
        quiet()

    stage.cluster.before_read = fail

    assert stage.run().promoted
    assert "nobody answers" in said(stage)


def test_a_promotion_that_fails_removes_the_canary_and_says_so() -> None:
    stage = CanaryStage()
    stage.promotion_fails = "pods did not become ready; rolled back to release 1"

    with pytest.raises(RolloutFailedError, match="rolled back to release 1"):
        stage.run()

    assert stage.of_canary() == []
    assert "aborted: the promotion failed: pods did not become ready" in stage.journal[-1]


def test_each_turn_is_told_to_the_journal() -> None:
    stage = CanaryStage()

    stage.run()

    assert stage.journal == ["begun: 20 % for 120 s", "promoted"]
