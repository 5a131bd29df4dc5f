from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from tfk8s.errors import PreconditionError
from tfk8s.rollout.canary import (
    Abort,
    Begin,
    CanaryFacts,
    Counted,
    Observe,
    Promote,
    Remove,
    Step,
    Wait,
    counted,
    next_step,
    smallest_share,
)
from tfk8s.rollout.canary_record import CanaryRecord, read_record, write_record
from tfk8s.rollout.comparison import Limits, Verdict
from tfk8s.rollout.traffic import Side, Traffic

NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=timezone.utc)
NEW = CanaryRecord(
    model="m",
    version=2,
    label="stable",
    before=1,
    weight=20,
    started=NOW,
    for_s=300.0,
    start_s=120.0,
    limits=Limits(),
)
OBSERVED = replace(NEW, phase="observing", observing=NOW)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def traffic(answered: int, failed: int = 0) -> Traffic:
    return Traffic(latencies={1000.0: answered}, errors={"INTERNAL": failed} if failed else {})


def seen(record: CanaryRecord, *, canary: Traffic, beside: Traffic) -> CanaryRecord:
    return replace(record, canary=Side(total=canary, last={"c": canary}), beside=Side(total=beside, last={"s": beside}))


def test_without_a_record_it_is_begun() -> None:
    assert next_step(CanaryFacts(record=None, now=NOW)) == Begin()


def test_it_is_observed_only_once_all_of_its_pods_are_ready() -> None:
    waiting = next_step(CanaryFacts(record=NEW, now=at(10), wanted=2, ready=1, missing=("Pod/a: it starts",)))
    assert waiting == Wait(reasons=("1 of 2 pods are ready", "Pod/a: it starts"))

    ready = next_step(CanaryFacts(record=NEW, now=at(20), wanted=2, ready=2))
    assert ready == Observe(record=replace(NEW, phase="observing", observing=at(20)))


def test_pods_that_crash_or_never_load_abort_it_with_what_was_found() -> None:
    found = next_step(CanaryFacts(record=NEW, now=at(5), wanted=1, failures=("Pod/a: ended with exit code 255",)))

    assert isinstance(found, Abort)
    assert found.record.phase == "removing"
    assert found.record.outcome == "aborted: Pod/a: ended with exit code 255"


def test_a_crash_in_the_middle_aborts_it_however_good_its_answers_were() -> None:
    good = seen(OBSERVED, canary=traffic(500), beside=traffic(2000))

    found = next_step(CanaryFacts(record=good, now=at(100), wanted=1, failures=("Pod/a: ended",)))

    assert isinstance(found, Abort)


def test_pods_that_are_not_ready_in_time_abort_it() -> None:
    found = next_step(CanaryFacts(record=NEW, now=at(120), wanted=1, missing=("Pod/a: no node can take it",)))

    assert isinstance(found, Abort)
    assert found.reasons == ("0 of 1 pods are ready after 120 s", "Pod/a: no node can take it")


def test_between_looks_nothing_is_judged() -> None:
    record = replace(seen(OBSERVED, canary=traffic(0, 40), beside=traffic(200)), looks=1)

    assert next_step(CanaryFacts(record=record, now=at(50))) == Observe(record=record)


def test_a_look_that_is_due_is_judged_and_counted() -> None:
    record = seen(OBSERVED, canary=traffic(30), beside=traffic(120))

    found = next_step(CanaryFacts(record=record, now=at(50)))

    assert isinstance(found, Observe)
    assert found.judged is not None
    assert (found.judged.look, found.judged.verdict, found.record.looks) == (1, Verdict.CONTINUE, 1)


def test_a_bad_canary_is_aborted_long_before_its_time_is_up() -> None:
    record = seen(OBSERVED, canary=traffic(0, 30), beside=traffic(120))

    found = next_step(CanaryFacts(record=record, now=at(15)))

    assert isinstance(found, Abort)
    assert found.judged is not None
    assert "the canary is worse: errors" in found.record.outcome


def test_a_good_one_is_promoted_when_its_time_is_up_and_no_sooner() -> None:
    record = replace(seen(OBSERVED, canary=traffic(200), beside=traffic(800)), looks=4)

    assert isinstance(next_step(CanaryFacts(record=record, now=at(309))), Observe)
    found = next_step(CanaryFacts(record=record, now=at(310)))  # ten seconds of settling count for nothing
    assert isinstance(found, Promote)
    assert found.record.phase == "promoting"
    assert found.judged is not None
    assert found.judged.look == 5


def test_without_enough_traffic_it_is_held_and_then_aborted() -> None:
    record = replace(seen(OBSERVED, canary=traffic(24), beside=traffic(800)), looks=0)

    held = next_step(CanaryFacts(record=record, now=at(400)))
    assert held == Observe(record=record, held=("the canary saw 24 of 100 predictions",))
    ended = next_step(CanaryFacts(record=record, now=at(610)))
    assert isinstance(ended, Abort)
    assert ended.reasons == ("not enough traffic in 600 s", "the canary saw 24 of 100 predictions")


def test_traffic_that_comes_while_it_is_held_promotes_it() -> None:
    record = replace(seen(OBSERVED, canary=traffic(100), beside=traffic(800)), looks=3)

    assert isinstance(next_step(CanaryFacts(record=record, now=at(500))), Promote)


@pytest.mark.parametrize("failures", [(), ("Pod/a: ended",)])
def test_what_was_decided_is_gone_on_with_whatever_the_pods_do(failures: tuple[str, ...]) -> None:
    promoting = OBSERVED.moved("promoting")
    assert next_step(CanaryFacts(record=promoting, now=NOW, failures=failures)) == Promote(record=promoting)

    removing = OBSERVED.moved("removing", outcome="promoted")
    assert next_step(CanaryFacts(record=removing, now=NOW, failures=failures)) == Remove(record=removing)


def test_what_a_fresh_server_answers_before_it_has_settled_is_not_counted() -> None:
    def look(record: CanaryRecord, answered: int, *, seconds: float) -> CanaryRecord:
        now = Counted(
            canary={"c": traffic(answered)}, beside={"s": traffic(1000 + answered)}, listed=frozenset({"c", "s"})
        )
        return counted(record, now, now=at(seconds))

    record = look(look(OBSERVED, 5, seconds=1), 9, seconds=9)
    assert (record.canary.total.total, record.beside.total.total) == (0, 0)

    record = look(record, 19, seconds=11)
    assert (record.canary.total.total, record.beside.total.total) == (10, 10)


def test_the_time_begins_when_both_sides_were_first_counted_however_long_nobody_looked() -> None:
    now = Counted(canary={"c": traffic(5)}, beside={"s": traffic(5)}, listed=frozenset({"c", "s"}))

    record = counted(OBSERVED, now, now=at(5000))

    assert record.observing == at(5000)
    assert isinstance(next_step(CanaryFacts(record=record, now=at(5001))), Observe)


def test_servers_that_never_tell_their_counters_abort_it() -> None:
    def look(seconds: float) -> Step:
        nothing = Counted(canary={}, beside={"s": traffic(5)}, listed=frozenset({"c", "s"}))
        return next_step(CanaryFacts(record=counted(OBSERVED, nothing, now=at(seconds)), now=at(seconds)))

    assert isinstance(look(729), Observe)

    found = look(730)

    assert isinstance(found, Abort)
    assert found.reasons == ("no counters of both sides could be read in 730 s",)


def test_a_record_comes_back_as_it_was_written() -> None:
    side = Side(total=traffic(5, 1), last={"uid": Traffic(latencies={10 * 1.8**7: 3, float("inf"): 1})})
    record = replace(OBSERVED, canary=side, beside=side, looks=3, outcome="aborted: x")

    assert read_record(write_record(record)) == record
    assert read_record(write_record(NEW)) == NEW
    assert read_record("") is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"started":"2026-11-01T12:00:00Z","phase":"dancing"}'])
def test_a_record_that_somebody_edited_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(PreconditionError) as refused:
        read_record(text)
    assert "--abort" in str(refused.value.hint)


def test_a_record_tells_by_when_it_should_have_ended() -> None:
    assert NEW.deadline == at(120 + 10 + 600)
    assert OBSERVED.deadline == at(10 + 600)


@pytest.mark.parametrize(
    ("weight", "beside", "said"),
    [
        (20, 8, "2 of 10 pods = 20 %"),
        (20, 1, "1 of 2 pods = 50 %"),
        (20, 3, "1 of 4 pods = 25 %"),
        (50, 3, "3 of 6 pods = 50 %"),
        (1, 200, "3 of 203 pods = 1.48 %"),
    ],
)
def test_a_share_is_the_smallest_that_reaches_the_weight(weight: int, beside: int, said: str) -> None:
    found = smallest_share(weight, beside=beside)

    assert str(found) == said
    assert found.percent >= weight
    assert 100 * (found.canary - 1) < weight * (found.canary - 1 + beside)
