"""A canary as a state machine: what was found goes in, the next step comes out. No clock, no input or output.

starting -> observing -> promoting -> removing -> gone, and from the first two straight to removing when it is aborted.
Each phase is written down before its work begins, and each work may be done twice: after a death at any moment the same
facts give the same step again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import TypeAlias, Union

from typing_extensions import assert_never

from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.comparison import Judgement, Verdict, judge, missing_traffic
from tfk8s.rollout.traffic import Side, Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryFacts:
    """What was found at one look.

    Attributes:
        record: what is written down; None when no canary was begun.
        now: the moment of the look.
        wanted: pods that the canary should have.
        ready: pods of it that take requests.
        failures: what waiting cannot cure, such as a container that ended; () while nothing is wrong.
        missing: what its pods still wait for.
    """

    record: CanaryRecord | None
    now: datetime
    wanted: int = 0
    ready: int = 0
    failures: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Make the canary's objects and its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Its pods are on their way."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """Write the record down and look again later.

    Attributes:
        record: as it is now.
        judged: the look that was due, None when none was.
        held: what is missing although the time is up.
    """

    record: CanaryRecord
    judged: Judgement | None = None
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Give the version to everybody; the record says so before it is begun."""

    record: CanaryRecord
    judged: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """Remove the canary, for these reasons; the other pods are left as they are."""

    record: CanaryRecord
    reasons: tuple[str, ...]
    judged: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Go on removing it: it was promoted, or aborted for the reason in the record."""

    record: CanaryRecord


Step: TypeAlias = Union[Begin, Wait, Observe, Promote, Abort, Remove]

PROMOTED = "promoted"


def next_step(facts: CanaryFacts) -> Step:
    """What to do now."""
    record = facts.record
    if record is None:
        return Begin()
    match record.phase:
        case "removing":
            return Remove(record=record)
        case "promoting":
            return Promote(record=record)
        case "starting":
            return _failed(record, facts) or _started(record, facts)
        case "observing":
            return _failed(record, facts) or _observed(record, facts)
        case _:
            assert_never(record.phase)


def _failed(record: CanaryRecord, facts: CanaryFacts) -> Abort | None:
    return _abort(record, facts.failures) if facts.failures else None


def _abort(record: CanaryRecord, reasons: Sequence[str], *, judged: Judgement | None = None) -> Abort:
    looks = record.looks if judged is None else judged.look
    ended = replace(record, looks=looks).moved("removing", outcome="aborted: " + "; ".join(reasons))
    return Abort(record=ended, reasons=tuple(reasons), judged=judged)


def _started(record: CanaryRecord, facts: CanaryFacts) -> Step:
    if facts.wanted and facts.ready >= facts.wanted:
        return Observe(record=replace(record, phase="observing", observing=facts.now))
    if (facts.now - record.started).total_seconds() >= record.start_s:
        late = f"{facts.ready} of {facts.wanted} pods are ready after {record.start_s:.0f} s"
        return _abort(record, (late, *facts.missing))
    return Wait(reasons=(f"{facts.ready} of {facts.wanted} pods are ready", *facts.missing))


def _observed(record: CanaryRecord, facts: CanaryFacts) -> Step:
    canary, beside = record.canary.total, record.beside.total
    elapsed_s = (facts.now - (record.observing or record.started)).total_seconds() - record.settle_s
    missing = missing_traffic(canary, beside, limits=record.limits)
    if not record.is_counted and (facts.now - record.started).total_seconds() >= record.longest_s:
        return _abort(record, (f"no counters of both sides could be read in {record.longest_s:.0f} s",))
    if elapsed_s >= 2 * record.for_s and missing:
        return _abort(record, (f"not enough traffic in {elapsed_s:.0f} s", *missing))
    is_last = elapsed_s >= record.for_s and not missing
    if not is_last and record.limits.looks_due(canary.total) <= record.looks:
        return Observe(record=record, held=missing if elapsed_s >= record.for_s else ())
    judged = judge(canary, beside, limits=record.limits, look=record.looks + 1, is_last=is_last)
    if judged.verdict is Verdict.ABORT:
        return _abort(record, judged.reasons, judged=judged)
    seen = replace(record, looks=judged.look)
    if judged.verdict is Verdict.PROMOTE:
        return Promote(record=seen.moved("promoting"), judged=judged)
    return Observe(record=seen, judged=judged, held=missing if elapsed_s >= record.for_s else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Counters of one look, by the uid of the pod; pods that could not be asked are listed all the same."""

    canary: Mapping[str, Traffic]
    beside: Mapping[str, Traffic]
    listed: frozenset[str]


def counted(record: CanaryRecord, seen: Counted, *, now: datetime) -> CanaryRecord:
    """The record with another look at the counters; until it has settled, everything so far is forgotten again.

    A fresh server answers its first requests slowly, which the pods beside it did long ago. The observation begins when
    both sides were first counted: what killed a run before that takes nothing from its time.
    """
    begun = record.observing if record.observing is not None and record.is_counted else now
    if (now - begun).total_seconds() < record.settle_s:
        fresh = Side()
        return replace(
            record,
            observing=begun,
            canary=fresh.looked(seen.canary, listed=seen.listed),
            beside=fresh.looked(seen.beside, listed=seen.listed),
        )
    return replace(
        record,
        canary=record.canary.looked(seen.canary, listed=seen.listed),
        beside=record.beside.looked(seen.beside, listed=seen.listed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of the requests a canary of whole pods gets, when a Service spreads them evenly."""

    canary: int
    beside: int

    @property
    def percent(self) -> float:
        """Of all requests."""
        return 100 * self.canary / (self.canary + self.beside) if self.canary else 0.0

    def __str__(self) -> str:
        """`2 of 10 pods = 20 %`."""
        return f"{self.canary} of {self.canary + self.beside} pods = {self.percent:.3g} %"


def smallest_share(weight: int, *, beside: int) -> Share:
    """The fewest pods that get the weight or more, beside so many others.

    Args:
        weight: percent, from 1 to 99.
        beside: pods of the other side; at least one.
    """
    return Share(canary=ceil(weight * beside / (100 - weight)), beside=beside)
