"""Whether a canary does worse than the pods beside it: the statistical rule, and what it may claim.

Two things are compared, each with Fisher's exact test, one-sided (the canary is worse), which holds for any number of
requests, small ones too:

- errors: failed predictions among all;
- latency: slow ones among those that were answered. Slow is what is above the highest bound of the server's buckets
  that at least 5 % of the answered predictions of both sides together exceed. The bound is chosen from both sides as
  one, so choosing it cannot favour either, and the test stays exact.

The comparison looks several times: when the canary has seen 25, 50, 100, 200 ... predictions, and once at the end. When
it looks does not depend on what it sees. Of the false-abort probability (1 % over the whole run) each of the two things
gets a half, and look k gets 1 / (k (k + 1)) of that half; the parts add up to the half however many looks there are, so
a canary that is as good as the others is aborted with a probability of 1 % at most. This takes the requests of both
sides for independent and alike; a balancer that sends one side other requests than the other breaks it.

A difference must also matter: by default half a percentage point of errors, ten points of slow predictions. Below that
a canary is not aborted, however certain the difference is.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tfk8s.rollout.traffic import Traffic, joined

Rule: TypeAlias = Literal["errors", "latency"]

_TAIL_SHARE = 0.05
"""Share of all answered predictions that is slow, at least."""

_RULES = 2
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What messages call the two sides."""

    tried: str
    beside: str


CANARY_SIDES = Sides(tried="the canary", beside="the pods beside it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a canary is held to; shares are between 0 and 1.

    Attributes:
        min_requests: predictions that each side must have seen before a canary can be promoted.
        more_errors: share of errors above the other side's that is put up with.
        more_slow: share of slow predictions above the other side's that is put up with.
        false_abort: probability of aborting a canary that is as good as the others, over the whole run.
        first_look: predictions of the canary before the first look; it doubles from look to look.
    """

    min_requests: int = 100
    more_errors: float = 0.005
    more_slow: float = 0.10
    false_abort: float = 0.01
    first_look: int = 25

    def level(self, look: int) -> float:
        """The probability of a false abort that each rule may spend at a look, counted from 1."""
        return self.false_abort / _RULES / (look * (look + 1))

    def looks_due(self, seen: int) -> int:
        """How many looks a canary that has seen so many predictions should have had."""
        return 0 if seen < self.first_look else int(math.log2(seen / self.first_look)) + 1


class Verdict(enum.Enum):
    """What comes of a look."""

    CONTINUE = "continue"
    ABORT = "abort"
    PROMOTE = "promote"
    NOT_ENOUGH = "not enough traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One rule at one look.

    Attributes:
        rule: what is counted as bad.
        bad, of: of the canary.
        bad_beside, of_beside: of the pods beside it.
        chance: probability of so many bad ones or more on the canary, were both sides alike.
        level: what `chance` must be below to abort.
        margin: the difference of shares that is put up with.
        bound: for latency, what slow means, in microseconds; 0 when nothing could be compared.
    """

    rule: Rule
    bad: int
    of: int
    bad_beside: int
    of_beside: int
    chance: float
    level: float
    margin: float
    bound: float = 0.0

    @property
    def is_worse(self) -> bool:
        """Whether the canary is certainly worse, by more than is put up with."""
        return self.chance < self.level and share(self.bad, self.of) - share(self.bad_beside, self.of_beside) > (
            self.margin
        )

    def __str__(self) -> str:
        """As progress and records say it."""
        if self.rule == "latency" and not self.bound:
            return "latency: nothing to compare"
        what = "errors" if self.rule == "errors" else f"slower than {self.bound / 1000:.3g} ms"
        return (
            f"{what}: {percent(self.bad, self.of)} of {self.of} beside "
            f"{percent(self.bad_beside, self.of_beside)} of {self.of_beside}"
            f" (chance {self.chance:.2g}, limit {self.level:.2g})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict of one look, with its numbers and, for all but `continue`, the reasons."""

    look: int
    verdict: Verdict
    measured: tuple[Measured, ...]
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As progress says it."""
        return f"look {self.look}: {self.verdict.value}; " + "; ".join(map(str, (*self.measured, *self.reasons)))


def judge(
    canary: Traffic,
    beside: Traffic,
    *,
    limits: Limits,
    look: int,
    is_last: bool = False,
    sides: Sides = CANARY_SIDES,
) -> Judgement:
    """Compare what both sides saw since the beginning.

    Args:
        canary: of the canary's pods.
        beside: of the others.
        limits: what it is held to.
        look: which look this is, from 1.
        is_last: whether the time is up: then it is promoted, aborted, or there was not enough traffic.
        sides: what messages call them.
    """
    measured = (
        _errors(canary, beside, limits=limits, look=look),
        _latency(canary, beside, limits=limits, look=look),
    )
    worse = tuple(f"{sides.tried} is worse: {each}" for each in measured if each.is_worse)
    if worse:
        return Judgement(look=look, verdict=Verdict.ABORT, measured=measured, reasons=worse)
    if not is_last:
        return Judgement(look=look, verdict=Verdict.CONTINUE, measured=measured)
    missing = missing_traffic(canary, beside, limits=limits, sides=sides)
    if missing:
        return Judgement(look=look, verdict=Verdict.NOT_ENOUGH, measured=measured, reasons=missing)
    seen = f"{share(least_errors(measured[0]), canary.total):.2%} of errors or more would have aborted it"
    return Judgement(look=look, verdict=Verdict.PROMOTE, measured=measured, reasons=(seen,))


def missing_traffic(
    canary: Traffic, beside: Traffic, *, limits: Limits, sides: Sides = CANARY_SIDES
) -> tuple[str, ...]:
    """Which side has seen less than a promotion needs; () when neither has."""
    seen = {sides.tried: canary.total, sides.beside: beside.total}
    return tuple(
        f"{who} saw {count} of {limits.min_requests} predictions"
        for who, count in seen.items()
        if count < limits.min_requests
    )


def slow_bound(both: Traffic) -> float:
    """The highest bound of a bucket that at least 5 % of the answered predictions exceed; 0 when there is none."""
    needed = max(1.0, _TAIL_SHARE * both.answered)
    found = 0.0
    for bound in sorted(both.latencies):
        if both.slower_than(bound) >= needed:
            found = bound
    return found


def chance_of(bad: int, of: int, *, bad_beside: int, of_beside: int) -> float:
    """Fisher's exact test: the probability of `bad` or more of `of`, when all bad ones fall on both sides by lot."""
    whole, all_bad = of + of_beside, bad + bad_beside
    if not whole or not bad or bad * whole <= all_bad * of:
        return 1.0  # no worse than the whole: the exact number, above a third, would change nothing
    term = math.exp(_log_choose(of, bad) + _log_choose(of_beside, bad_beside) - _log_choose(whole, all_bad))
    total, count = term, bad
    while count < min(of, all_bad) and term > _NEGLIGIBLE * total:
        beside = all_bad - count
        term *= (of - count) * beside / ((count + 1) * (of_beside - beside + 1))
        total, count = total + term, count + 1
    return min(total, 1.0)


def least_errors(errors: Measured) -> int:
    """The fewest errors of the canary that would have aborted it at that look; all of its requests at most."""
    low, high = errors.bad, errors.of
    while low < high:
        middle = (low + high) // 2
        if _with(errors, bad=middle).is_worse:
            high = middle
        else:
            low = middle + 1
    return low


def _with(errors: Measured, *, bad: int) -> Measured:
    chance = chance_of(bad, errors.of, bad_beside=errors.bad_beside, of_beside=errors.of_beside)
    return replace(errors, bad=bad, chance=chance)


def _errors(canary: Traffic, beside: Traffic, *, limits: Limits, look: int) -> Measured:
    counts = _Counts(bad=canary.failed, of=canary.total, bad_beside=beside.failed, of_beside=beside.total)
    return counts.measured("errors", level=limits.level(look), margin=limits.more_errors)


def _latency(canary: Traffic, beside: Traffic, *, limits: Limits, look: int) -> Measured:
    bound = slow_bound(joined(canary, beside))
    counts = _Counts(
        bad=canary.slower_than(bound) if bound else 0,
        of=canary.answered,
        bad_beside=beside.slower_than(bound) if bound else 0,
        of_beside=beside.answered,
    )
    return counts.measured("latency", level=limits.level(look), margin=limits.more_slow, bound=bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    bad: int
    of: int
    bad_beside: int
    of_beside: int

    def measured(self, rule: Rule, *, level: float, margin: float, bound: float = 0.0) -> Measured:
        return Measured(
            rule=rule,
            bad=self.bad,
            of=self.of,
            bad_beside=self.bad_beside,
            of_beside=self.of_beside,
            chance=chance_of(self.bad, self.of, bad_beside=self.bad_beside, of_beside=self.of_beside),
            level=level,
            margin=margin,
            bound=bound,
        )


def _log_choose(of: int, count: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)


def share(part: int, of: int) -> float:
    """Part of a whole, 0 of nothing."""
    return part / of if of else 0.0


def percent(part: int, of: int) -> str:
    """The same for people."""
    return f"{100 * share(part, of):.3g} %"
