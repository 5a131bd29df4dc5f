from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.rollout.comparison import Limits, Verdict, chance_of, judge, least_errors, slow_bound
from tfk8s.rollout.traffic import Traffic, joined

BUCKETS = (*(10 * 1.8**exponent for exponent in range(33)), math.inf)
"""Of the server, in microseconds."""


def errors(failed: int, *, of: int) -> Traffic:
    return Traffic(latencies={BUCKETS[10]: of - failed}, errors={"INTERNAL": failed})


@given(of=st.integers(1, 12), of_beside=st.integers(0, 12), data=st.data())
def test_the_chance_is_that_of_fishers_exact_test(of: int, of_beside: int, data: st.DataObject) -> None:
    bad, beside = data.draw(st.integers(0, of)), data.draw(st.integers(0, of_beside))
    ways = math.comb(of + of_beside, bad + beside)
    exact = sum(
        Fraction(math.comb(of, count) * math.comb(of_beside, bad + beside - count), ways)
        for count in range(bad, min(of, bad + beside) + 1)
        if bad + beside - count <= of_beside
    )

    found = chance_of(bad, of, bad_beside=beside, of_beside=of_beside)

    is_no_worse = bad * (of + of_beside) <= (bad + beside) * of
    assert found == (1.0 if is_no_worse else pytest.approx(float(exact), rel=1e-9))
    assert not is_no_worse or exact > Fraction(1, 4)  # taking it for 1 never decides anything


def test_millions_of_predictions_are_compared_at_once() -> None:
    assert chance_of(60_000, 1_000_000, bad_beside=40_000, of_beside=4_000_000) == pytest.approx(0.0)
    assert 0.3 < chance_of(10_010, 1_000_000, bad_beside=40_000, of_beside=4_000_000) < 0.6


def test_the_levels_of_all_looks_and_rules_add_up_to_the_stated_probability() -> None:
    limits = Limits(false_abort=0.01)

    assert 2 * sum(limits.level(look) for look in range(1, 10_000)) == pytest.approx(0.01, rel=1e-3)
    assert 2 * sum(limits.level(look) for look in range(1, 10_000)) <= 0.01


def test_looks_are_due_each_time_the_canary_has_seen_twice_as_much() -> None:
    limits = Limits(first_look=25)

    assert [limits.looks_due(seen) for seen in (0, 24, 25, 49, 50, 99, 100, 1600)] == [0, 0, 1, 1, 2, 2, 3, 7]


def test_slow_is_above_the_highest_bound_that_a_twentieth_exceeds() -> None:
    assert slow_bound(Traffic(latencies={10.0: 94, 18.0: 6})) == 10.0
    assert slow_bound(Traffic(latencies={10.0: 94, 18.0: 2, 32.4: 4})) == 10.0
    assert slow_bound(Traffic(latencies={10.0: 90, 18.0: 5, 32.4: 5})) == 18.0
    assert slow_bound(Traffic(latencies={18.0: 100})) == 0.0
    assert slow_bound(Traffic()) == 0.0


def test_a_canary_that_fails_everything_is_aborted_at_the_first_look() -> None:
    found = judge(errors(25, of=25), errors(0, of=100), limits=Limits(), look=1)

    assert found.verdict is Verdict.ABORT
    assert "errors: 100 % of 25 beside 0 % of 100" in found.reasons[0]


def test_a_difference_that_is_certain_and_does_not_matter_aborts_nothing() -> None:
    canary, beside = errors(3_000, of=1_000_000), errors(4_000, of=4_000_000)
    assert chance_of(3_000, 1_000_000, bad_beside=4_000, of_beside=4_000_000) < 1e-9

    assert judge(canary, beside, limits=Limits(), look=9, is_last=True).verdict is Verdict.PROMOTE
    strict = Limits(more_errors=0.001)
    assert judge(canary, beside, limits=strict, look=9, is_last=True).verdict is Verdict.ABORT


def test_too_little_traffic_is_no_pass_and_says_which_side_lacks_it() -> None:
    found = judge(errors(0, of=99), errors(0, of=400), limits=Limits(), look=3, is_last=True)

    assert found.verdict is Verdict.NOT_ENOUGH
    assert found.reasons == ("the canary saw 99 of 100 predictions",)


def test_a_pass_says_how_many_errors_it_would_have_seen() -> None:
    canary, beside = errors(0, of=200), errors(2, of=800)
    found = judge(canary, beside, limits=Limits(), look=4, is_last=True)

    assert found.verdict is Verdict.PROMOTE
    least = least_errors(found.measured[0])
    assert f"{least / 200:.2%} of errors" in found.reasons[0]
    assert judge(errors(least, of=200), beside, limits=Limits(), look=4).verdict is Verdict.ABORT
    assert judge(errors(least - 1, of=200), beside, limits=Limits(), look=4).verdict is Verdict.CONTINUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Of a side: its share of errors, and a log-normal latency."""

    errors: float = 0.01
    median_us: float = 3000.0
    sigma: float = 0.5


@cache
def weights(behaviour: Behaviour) -> tuple[float, ...]:
    below = [
        0.5 * (1 + math.erf(math.log(bound / behaviour.median_us) / behaviour.sigma / math.sqrt(2)))
        for bound in BUCKETS[:-1]
    ]
    return tuple(now - before for before, now in zip([0.0, *below], [*below, 1.0], strict=True))


def traffic(behaviour: Behaviour, count: int, *, chance: random.Random) -> Traffic:
    failed = sum(chance.random() < behaviour.errors for _ in range(count))
    answered = Counter(chance.choices(BUCKETS, weights(behaviour), k=count - failed))
    return Traffic(latencies=answered, errors={"INTERNAL": failed} if failed else {})


def is_aborted(canary: Behaviour, beside: Behaviour, *, requests: int, share: float, chance: random.Random) -> bool:
    """A whole run: looks as they become due, and one at the end."""
    limits = Limits(more_errors=0.0, more_slow=0.0)  # the margins could only lower the rate of false aborts
    one = other = Traffic()
    looks = 0
    for seen in range(50, requests + 1, 50):
        here = sum(chance.random() < share for _ in range(50))
        one = joined(one, traffic(canary, here, chance=chance))
        other = joined(other, traffic(beside, 50 - here, chance=chance))
        if limits.looks_due(one.total) > looks or seen == requests:
            looks += 1
            found = judge(one, other, limits=limits, look=looks, is_last=seen == requests)
            if found.verdict is Verdict.ABORT:
                return True
    return False


def rate(canary: Behaviour, beside: Behaviour, *, runs: int, requests: int, share: float = 0.2) -> float:
    chance = random.Random(f"{canary} {beside} {requests} {share}")  # noqa: S311 - the same runs every time
    return sum(is_aborted(canary, beside, requests=requests, share=share, chance=chance) for _ in range(runs)) / runs


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("behaviour", [Behaviour(), Behaviour(errors=0.2), Behaviour(sigma=1.5)])
def test_a_canary_that_is_as_good_as_the_others_is_aborted_once_in_a_hundred_runs_at_most(
    behaviour: Behaviour, share: float
) -> None:
    assert rate(behaviour, behaviour, runs=300, requests=1000, share=share) <= 0.01


def test_five_more_errors_in_a_hundred_are_caught_in_99_of_100_runs_by_800_predictions_of_the_canary() -> None:
    bad = Behaviour(errors=0.06)

    assert rate(bad, Behaviour(), runs=100, requests=4000) >= 0.99


def test_twice_the_latency_is_caught_in_99_of_100_runs_by_100_predictions_of_the_canary() -> None:
    slow = Behaviour(median_us=6000.0)

    assert rate(slow, Behaviour(), runs=100, requests=500) >= 0.99
    assert rate(Behaviour(median_us=6000.0, sigma=0.05), Behaviour(sigma=0.05), runs=100, requests=500) >= 0.99
