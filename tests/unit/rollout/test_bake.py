"""A change in the first region: compared with what was before it and with the other regions, and never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import PreconditionError
from tfk8s.rollout.bake import (
    BakePlan,
    BakeRecord,
    GoOn,
    Passed,
    Phase,
    Unknown,
    Worse,
    begun,
    looked,
    next_step,
    passed,
    read_bake,
    watched,
    write_bake,
)
from tfk8s.rollout.comparison import Limits
from tfk8s.rollout.traffic import Side, Traffic

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
PLAN = BakePlan(region="europe", for_s=600.0, limits=Limits(min_requests=100))


def traffic(answered: int, *, failed: int = 0, us: float = 1000.0) -> Traffic:
    return Traffic(latencies={us: answered}, errors={"INTERNAL": failed} if failed else {})


GOOD = traffic(1000)


def baking(seen: Traffic, *, before: Traffic = GOOD, others: Traffic | None = None) -> BakeRecord:
    return BakeRecord(
        phase="baking",
        started=START,
        before=before,
        region=Side(total=seen),
        others=Side(total=others or Traffic()),
        looks=3,
    )


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_one_that_is_no_worse_passes_when_its_time_is_up_and_not_before() -> None:
    record = baking(traffic(120))

    assert isinstance(next_step(record, plan=PLAN, now=at(609)), GoOn)
    step = next_step(record, plan=PLAN, now=at(610))

    assert isinstance(step, Passed)
    assert step.record == BakeRecord(phase="passed", looks=4)


def test_one_with_more_errors_stops_at_the_next_look_and_says_what_was_measured() -> None:
    step = next_step(baking(traffic(190, failed=12)), plan=PLAN, now=at(60))

    assert isinstance(step, Worse)
    assert step.record.phase == "failed"
    assert step.reasons[0].startswith(
        "europe, beside before the change, is worse: errors: 5.94 % of 202 beside 0 % of 1000 (chance "
    )


def test_one_that_is_slower_stops() -> None:
    step = next_step(baking(traffic(200, us=50_000.0)), plan=PLAN, now=at(60))

    assert isinstance(step, Worse)
    assert "slower than 1 ms: 100 % of 200 beside 0 % of 1000" in step.reasons[0]


def test_what_all_regions_have_meanwhile_is_not_of_the_change() -> None:
    alone = next_step(baking(traffic(190, failed=12)), plan=PLAN, now=at(60))
    together = next_step(baking(traffic(190, failed=12), others=traffic(19_000, failed=1_200)), plan=PLAN, now=at(60))

    assert isinstance(alone, Worse)
    assert isinstance(together, GoOn)
    slow = traffic(200, us=50_000.0)
    assert isinstance(next_step(baking(slow, others=slow), plan=PLAN, now=at(60)), GoOn)


def test_what_a_region_always_was_is_not_of_the_change() -> None:
    slow = traffic(200, us=50_000.0)

    assert isinstance(next_step(baking(slow, before=slow, others=GOOD), plan=PLAN, now=at(60)), GoOn)
    assert isinstance(next_step(baking(slow, before=GOOD, others=GOOD), plan=PLAN, now=at(60)), Worse)


def test_a_region_that_few_ask_hides_nothing() -> None:
    """It could not show that the first is worse, so it is not asked."""
    step = next_step(baking(traffic(190, failed=12), others=traffic(40)), plan=PLAN, now=at(60))

    assert isinstance(step, Worse)
    assert "the other regions" not in step.reasons[0]


def test_where_nothing_was_asked_before_the_other_regions_tell() -> None:
    bad = baking(traffic(190, failed=12), before=Traffic(), others=GOOD)

    step = next_step(bad, plan=PLAN, now=at(60))

    assert isinstance(step, Worse)
    assert step.reasons[0].startswith("europe, beside the other regions, is worse: errors")


def test_too_few_requests_hold_it_and_stop_it_after_twice_the_time() -> None:
    record = baking(traffic(99))

    held = next_step(record, plan=PLAN, now=at(700))
    assert isinstance(held, GoOn)
    assert held.held == ("europe saw 99 of 100 predictions",)
    assert isinstance(next_step(record, plan=PLAN, now=at(1209)), GoOn)
    assert isinstance(next_step(record, plan=PLAN, now=at(1210)), Unknown)
    nobody = replace(PLAN, limits=Limits(min_requests=0))
    assert isinstance(next_step(baking(Traffic(), before=Traffic()), plan=nobody, now=at(610)), Passed)


def test_what_waiting_cannot_cure_ends_it() -> None:
    step = next_step(baking(traffic(10)), plan=PLAN, now=at(5), failures=("Pod/a: its container ended",))

    assert isinstance(step, Worse)
    assert step.record.outcome == "Pod/a: its container ended"


def test_servers_of_a_change_that_was_not_shown_to_be_well_are_nothing_to_compare_with() -> None:
    bad = traffic(10, failed=90)

    assert begun(None, GOOD).before == GOOD
    assert begun(passed(baking(GOOD)), GOOD).before == GOOD
    for phase in ("changing", "baking", "failed"):
        record = replace(baking(GOOD), phase=phase)
        assert begun(record, bad) == BakeRecord(phase="changing", before=GOOD)


def test_nothing_is_counted_until_it_has_settled() -> None:
    record = watched(BakeRecord(phase="changing", before=GOOD), now=START)
    seen = {"uid": traffic(5)}
    for second, count in ((2, 5), (9, 50), (11, 60), (16, 75)):
        seen = {"uid": traffic(count)}
        record = looked(record, region=seen, others={}, listed={"uid"}, now=at(second))

    assert record.region.total == traffic(25)  # from the last look before it had settled, at 50
    assert record.before == GOOD


def test_a_pod_that_has_gone_keeps_what_it_counted() -> None:
    record = watched(BakeRecord(phase="changing"), now=START)
    for second, counts in ((8, {"a": 10, "b": 10}), (15, {"a": 30, "b": 20}), (20, {"b": 25})):
        region = {uid: traffic(count) for uid, count in counts.items()}
        record = looked(record, region=region, others={"c": traffic(second)}, listed={*counts, "c"}, now=at(second))

    assert record.region.total == traffic(35)
    assert set(record.region.last) == {"b"}
    assert record.others.total == traffic(12)


@given(
    st.sampled_from(("changing", "baking", "passed", "failed")),
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.text(max_size=30),
)
def test_what_is_written_is_read_again(phase: Phase, answered: int, failed: int, outcome: str) -> None:
    record = replace(
        baking(traffic(answered, failed=failed), others=GOOD),
        phase=phase,
        outcome=outcome,
        region=Side(last={"u": GOOD}),
    )

    assert read_bake(write_bake(record)) == record


@pytest.mark.parametrize("text", ["{", "[]", '{"phase": "done"}', "7"])
def test_what_somebody_else_wrote_is_refused(text: str) -> None:
    with pytest.raises(PreconditionError, match="what is noted of the bake cannot be read"):
        read_bake(text)
    assert read_bake("") is None


def test_a_watch_of_unknown_beginning_begins_anew() -> None:
    read = read_bake(write_bake(replace(baking(GOOD), started=None)))

    assert read is not None
    assert read.phase == "changing"
