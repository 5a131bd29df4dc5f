"""What holds of every autoscaler."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.autoscale.autoscalers import RATE, config, follow, sync
from tfk8s.autoscale.config import Behavior, Policy, PolicyKind, Rules, SelectPolicy
from tfk8s.autoscale.proposal import Scale, ServiceValue, propose
from tfk8s.autoscale.state import State

policies = st.builds(
    Policy,
    kind=st.sampled_from(PolicyKind),
    value=st.integers(1, 200),
    period_s=st.integers(1, 300),
)
some_rules = st.builds(
    Rules,
    policies=st.lists(policies, min_size=1, max_size=3).map(tuple),
    select=st.sampled_from(SelectPolicy),
    window_s=st.integers(0, 600),
)
behaviors = st.none() | st.builds(Behavior, up=some_rules, down=some_rules)
courses = st.lists(st.integers(0, 60), min_size=1, max_size=40)


@given(
    behavior=behaviors, wanted=courses, minimum=st.integers(1, 10), width=st.integers(0, 30), start=st.integers(1, 60)
)
def test_replicas_never_leave_the_bounds(
    behavior: Behavior | None, wanted: list[int], minimum: int, width: int, start: int
) -> None:
    asked = config(behavior, minimum=minimum, maximum=minimum + width)

    assert all(minimum <= each <= minimum + width for each in follow(wanted, asked=asked, start=start))


@given(low=st.integers(0, 10**9), more=st.integers(0, 10**9), current=st.integers(1, 100))
def test_more_load_never_asks_for_fewer_replicas(low: int, more: int, current: int) -> None:
    scale = Scale(spec=current, status=current)
    found = [
        propose(RATE, ServiceValue(milli=milli, ready=current, pods=current), scale=scale, tolerated=(0.9, 1.1))
        for milli in (low, low + more)
    ]

    assert isinstance(found[0], int)
    assert isinstance(found[1], int)
    assert found[0] <= found[1]


@given(behavior=behaviors, start=st.integers(1, 50), loads=st.lists(st.integers(91, 109), min_size=1, max_size=40))
def test_load_within_the_tolerance_changes_nothing(behavior: Behavior | None, start: int, loads: list[int]) -> None:
    state, asked = State(), config(behavior)
    for index, each in enumerate(loads):
        reading = ServiceValue(milli=each * 1000 * start, ready=start, pods=start)
        decision = sync(state, reading, asked=asked, current=start, now=15.0 * index)
        assert decision.desired == start
        state = decision.state


@given(behavior=behaviors, wanted=courses, start=st.integers(1, 50))
def test_replicas_never_pass_what_was_recommended_or_the_bounds(
    behavior: Behavior | None, wanted: list[int], start: int
) -> None:
    found = follow(wanted, asked=config(behavior), start=start)

    assert max(found) <= max([start, *wanted])
    assert min(found) >= max(1, min([start, *wanted]))
