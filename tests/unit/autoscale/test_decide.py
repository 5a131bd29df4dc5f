"""Windows, policies, bounds, several metrics and conditions: tables computed by hand, one sync every 15 s."""

from __future__ import annotations

import pytest

from tests.unit.autoscale.autoscalers import RATE, config, follow, load, percent, pods, rules, sync
from tfk8s.autoscale.config import DEFAULT_UP, Behavior, Config, Flags, Metric, SelectPolicy, Source, Utilization, Value
from tfk8s.autoscale.decide import Decision, Fault, Observation, decide
from tfk8s.autoscale.pods import PodTotals
from tfk8s.autoscale.proposal import Invalid, NoReading, Scale, ServiceValue
from tfk8s.autoscale.state import ScaleEvent, State, with_event

CPU = Metric(source=Source.RESOURCE, target=Utilization(50), name="cpu")
FREE_DOWN = rules(percent(100, 15))
MIN = SelectPolicy.MIN


def test_without_behavior_growth_is_twice_the_replicas_or_four() -> None:
    assert follow([40] * 6, asked=config(), start=1) == [4, 8, 16, 32, 40, 40]


def test_without_behavior_the_most_of_five_minutes_holds() -> None:
    # at 300 s the recommendation of 0 s still counts, at 315 s it is too old
    wanted = [10] + [2] * 22

    assert follow(wanted, asked=config(), start=10) == [10] * 21 + [2, 2]


def test_with_behavior_a_recommendation_as_old_as_the_window_no_longer_counts() -> None:
    wanted = [10] + [2] * 22

    assert follow(wanted, asked=config(Behavior()), start=10) == [10] * 20 + [2, 2, 2]


@pytest.mark.parametrize(
    ("behavior", "start", "wanted", "expected"),
    [
        # two pods a minute: at 60 s the event of 0 s is over
        (Behavior(up=rules(pods(2, 60))), 1, [20] * 9, [3, 3, 3, 3, 5, 5, 5, 5, 7]),
        # half more a minute, rounded up: 1 -> 2 -> 3 -> 5
        (Behavior(up=rules(percent(50, 60))), 1, [20] * 9, [2, 2, 2, 2, 3, 3, 3, 3, 5]),
        # the most of both, and the least of both
        (Behavior(up=rules(pods(4, 15), percent(100, 15))), 1, [40] * 5, [5, 10, 20, 40, 40]),
        (Behavior(up=rules(pods(4, 15), percent(100, 15), select=MIN)), 1, [40] * 5, [2, 4, 8, 12, 16]),
        (Behavior(up=rules(pods(4, 15), select=SelectPolicy.DISABLED)), 3, [40] * 3, [3, 3, 3]),
        # downwards: one pod a half minute; a tenth, cut
        (Behavior(down=rules(pods(1, 30))), 9, [1] * 6, [8, 8, 7, 7, 6, 6]),
        (Behavior(down=rules(percent(10, 15))), 19, [1] * 4, [17, 15, 13, 11]),
        (Behavior(down=rules(percent(10, 15), pods(4, 15))), 19, [1] * 4, [15, 11, 7, 3]),
        (Behavior(down=rules(percent(10, 15), pods(4, 15), select=MIN)), 19, [1] * 4, [17, 15, 13, 11]),
        (Behavior(down=rules(pods(4, 15), select=SelectPolicy.DISABLED)), 9, [1] * 3, [9, 9, 9]),
        # what was removed within the period may be added again beside the policy's value
        (Behavior(up=rules(pods(1, 60)), down=FREE_DOWN), 9, [4, 20, 20], [4, 10, 10]),
        # upwards the least within the window: the 9 waits until the 2 is 30 s old
        (Behavior(up=rules(pods(50, 15), window_s=30)), 2, [2, 9, 9, 9], [2, 2, 9, 9]),
        # both windows: the replicas stay where both allow it
        (
            Behavior(up=rules(pods(50, 15), window_s=60), down=rules(percent(100, 15), window_s=60)),
            5,
            [9, 2, 9, 2],
            [5] * 4,
        ),
    ],
)
def test_policies_and_windows(behavior: Behavior, start: int, wanted: list[int], expected: list[int]) -> None:
    assert follow(wanted, asked=config(behavior), start=start) == expected


@pytest.mark.parametrize("behavior", [None, Behavior(down=FREE_DOWN)])
def test_bounds_hold_and_are_said(behavior: Behavior | None) -> None:
    asked = config(behavior, minimum=3, maximum=6)
    high = sync(State(), load(9, current=4), asked=asked, current=4)
    low = sync(State(recommendations=((-900, 4),)), load(1, current=4), asked=asked, current=4)

    assert (high.desired, high.wanted, high.conditions.limited and high.conditions.limited.reason) == (
        6,
        9,
        "TooManyReplicas",
    )
    assert (low.desired, low.wanted, low.conditions.limited and low.conditions.limited.reason) == (
        3,
        1,
        "TooFewReplicas",
    )


@pytest.mark.parametrize(("current", "expected"), [(9, 6), (1, 3)])
def test_replicas_outside_the_bounds_are_set_to_them_without_asking_a_metric(current: int, expected: int) -> None:
    found = sync(State(), NoReading("unreachable"), asked=config(minimum=3, maximum=6), current=current)

    assert (found.desired, found.wanted, found.proposals) == (expected, None, ())
    assert found.conditions.able is not None
    assert found.conditions.able.reason == "SucceededRescale"
    assert found.conditions.active is None


def test_a_service_that_somebody_scaled_to_zero_is_left_alone() -> None:
    found = sync(State(), load(9, current=1), asked=config(minimum=1), current=0)

    assert found.desired == 0
    assert found.conditions.active is not None
    assert (found.conditions.active.is_true, found.conditions.active.reason) == (False, "ScalingDisabled")


def test_with_a_minimum_of_zero_it_goes_to_zero_and_back() -> None:
    asked = config(Behavior(up=DEFAULT_UP, down=FREE_DOWN), minimum=0)

    assert follow([2, 0, 0, 3, 3], asked=asked, start=2) == [2, 0, 0, 3, 3]


def two(*, current: int, rate: int, cpu: int | None) -> tuple[int, str, int]:
    """Sync with two metrics; the second asks for so many replicas, or says nothing."""
    asked = Config(maximum=50, metrics=(RATE, CPU))
    reading = (
        NoReading("no metrics API")
        if cpu is None
        else PodTotals(pods=current, counted=current, usage=cpu * 50, requests=100 * current)
    )
    found = sync(
        State(recommendations=((-900, 1),)),
        load(rate, current=current),
        reading,
        asked=asked,
        current=current,
    )
    assert found.conditions.active is not None
    return found.desired, found.conditions.active.reason, found.chosen


def test_of_several_metrics_the_most_replicas_win() -> None:
    assert two(current=4, rate=5, cpu=7) == (7, "ValidMetricFound", 1)
    assert two(current=4, rate=6, cpu=2) == (6, "ValidMetricFound", 0)


def test_a_metric_that_says_nothing_forbids_scaling_down_alone() -> None:
    assert two(current=4, rate=2, cpu=None) == (4, "FailedGetResourceMetric", -1)
    assert two(current=4, rate=4, cpu=None) == (4, "ValidMetricFound", 0)
    assert two(current=4, rate=6, cpu=None) == (6, "ValidMetricFound", 0)


def test_when_no_metric_says_anything_nothing_is_remembered_but_the_start() -> None:
    found = sync(State(), NoReading("no metrics API"), asked=config(), current=4, now=15)

    assert (found.desired, found.proposals) == (4, (Invalid("FailedGetExternalMetric", "no metrics API"),))
    assert found.state.recommendations == ((15, 4),)
    assert found.conditions.limited is None


@pytest.mark.parametrize(
    ("behavior", "current", "wanted", "able", "limited"),
    [
        (None, 4, 4, "ReadyForNewScale", "DesiredWithinRange"),
        (None, 4, 6, "SucceededRescale", "DesiredWithinRange"),
        (None, 4, 2, "ScaleDownStabilized", "DesiredWithinRange"),
        (None, 4, 30, "SucceededRescale", "ScaleUpLimit"),
        (Behavior(up=rules(pods(1, 15), window_s=60)), 4, 9, "ScaleUpStabilized", "DesiredWithinRange"),
        (Behavior(up=rules(pods(1, 15))), 4, 9, "SucceededRescale", "ScaleUpLimit"),
        (Behavior(down=rules(pods(1, 15))), 4, 1, "SucceededRescale", "ScaleDownLimit"),
        (Behavior(), 4, 1, "ScaleDownStabilized", "DesiredWithinRange"),
    ],
)
def test_conditions_say_what_held_it(
    behavior: Behavior | None, current: int, wanted: int, able: str, limited: str
) -> None:
    found = sync(State(), load(wanted, current=current), asked=config(behavior), current=current).conditions

    assert found.able is not None
    assert found.limited is not None
    assert (found.able.reason, found.limited.reason) == (able, limited)
    assert found.limited.is_true == (limited != "DesiredWithinRange")


def test_an_event_takes_the_last_place_that_no_policy_needs() -> None:
    events = (ScaleEvent(0, 1), ScaleEvent(10, 2), ScaleEvent(90, 3))

    assert with_event(events, 7, now=100, longest_period_s=60) == (
        ScaleEvent(0, 1, is_outdated=True),
        ScaleEvent(100, 7),
        ScaleEvent(90, 3),
    )
    assert with_event((ScaleEvent(40, 1),), 7, now=100, longest_period_s=60) == (ScaleEvent(40, 1), ScaleEvent(100, 7))


QUEUE = Metric(source=Source.EXTERNAL, target=Value(1_000), name="queue")
NEWEST = Flags.of_release((1, 37))


def zero_sync(state: State, milli: int, *, current: int, minimum: int = 0, flags: Flags = NEWEST) -> Decision:
    asked = Config(minimum=minimum, maximum=9, metrics=(QUEUE,), behavior=Behavior(down=FREE_DOWN), flags=flags)
    reading = ServiceValue(milli=milli, ready=current, pods=current)
    return sync(state, reading, asked=asked, current=current)


def test_the_newest_controller_wakes_what_it_scaled_to_zero_itself() -> None:
    asleep = zero_sync(State(), 0, current=3)
    woken = zero_sync(asleep.state, 2_500, current=0)

    assert (asleep.desired, woken.desired) == (0, 3)
    assert [found.conditions.zero.is_true for found in (asleep, woken) if found.conditions.zero] == [True, False]


@pytest.mark.parametrize(("flags", "desired"), [(NEWEST, 0), (Flags.of_release((1, 34)), 3)])
def test_what_somebody_else_scaled_to_zero_is_left_there_since_37(flags: Flags, desired: int) -> None:
    assert zero_sync(State(), 2_500, current=0, flags=flags).desired == desired


def test_a_minimum_raised_while_a_service_sleeps_wakes_it_since_37() -> None:
    asleep = zero_sync(State(), 0, current=3)

    assert zero_sync(asleep.state, 0, current=0, minimum=2).desired == 2


@pytest.mark.parametrize(("release", "desired"), [((1, 34), 1), ((1, 37), 6)])
def test_a_value_beyond_an_int32_grows_a_service_since_37_and_shrank_it_before(
    release: tuple[int, int], desired: int
) -> None:
    assert zero_sync(State(), 10**16, current=2, minimum=1, flags=Flags.of_release(release)).desired == desired


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault.NO_SCALE, "able"), (Fault.NO_SELECTOR, "active"), (Fault.SHARED_PODS, "active")],
)
def test_a_fault_before_the_metrics_changes_nothing_but_one_condition(fault: Fault, kind: str) -> None:
    seen = Observation(now=0.0, scale=Scale(spec=3, status=3), readings=(load(9, current=3),), fault=fault)
    found = decide(State(), seen, config())
    told = getattr(found.conditions, kind)

    assert found.desired == 3
    assert (told.is_true, told.reason) == (False, fault.value)
