"""A change bakes in the first region before it goes on: what is written down, and what one look leads to. Pure.

changing -> baking -> passed, or failed. It is written down before anything is changed, with what the servers had
counted until then: a run that is killed at any moment leaves a record that makes the next one bake what it finds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias, Union, get_args

from tfk8s.clock import rfc3339
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import integer_at, object_at, text_at, time_at
from tfk8s.manifest.json_text import parse_json
from tfk8s.rollout.comparison import Judgement, Limits, Sides, Verdict, judge, missing_traffic
from tfk8s.rollout.traffic import Side, Traffic, joined
from tfk8s.rollout.traffic_form import read_side, read_traffic, side_form, traffic_form

BAKE_KEY: Final = "bake"
"""Where the record of a service has it."""

SETTLE_S: Final = 10.0
"""After a change nothing is counted for so long: fresh servers answer their first requests slowly."""

_OTHERS_SHARE: Final = 0.25
"""The other regions are compared with when they see so many predictions for each one: fewer could show nothing."""

Phase: TypeAlias = Literal["changing", "baking", "passed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeRecord:
    """A change in the first region.

    Attributes:
        phase: how far it is.
        started: since when it is watched.
        before: what the servers had counted before it, since their start.
        region: what they count since.
        others: what those of the other regions count meanwhile.
        looks: judged looks so far.
        outcome: why it failed.
    """

    phase: Phase
    started: datetime | None = None
    before: Traffic = field(default_factory=Traffic)
    region: Side = field(default_factory=Side)
    others: Side = field(default_factory=Side)
    looks: int = 0
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        """Whether what runs there has not been shown to be well."""
        return self.phase != "passed"

    @property
    def beside(self) -> Traffic:
        """Everything that there is to compare with."""
        return joined(self.before, self.others.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class BakePlan:
    """What a change is held to.

    Attributes:
        region: name of the first region.
        for_s: how long it is watched.
        limits: and by what.
    """

    region: str
    for_s: float
    limits: Limits

    @property
    def sides(self) -> Sides:
        """What messages call what is counted."""
        return Sides(tried=self.region, beside="what it is compared with")


class Comparison(NamedTuple):
    """One of the two comparisons of a look."""

    beside: str
    judged: Judgement

    def __str__(self) -> str:
        """As progress says it."""
        return f"beside {self.beside}: {self.judged}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """Look again later.

    Attributes:
        record: as it is now.
        judged: the look that was due, a comparison each; () when none was.
        held: what is missing although the time is up.
    """

    record: BakeRecord
    judged: tuple[Comparison, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The next region may begin."""

    record: BakeRecord
    judged: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """It must not go on."""

    record: BakeRecord
    reasons: tuple[str, ...]
    judged: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Too few requests to tell, in twice the time."""

    record: BakeRecord
    reasons: tuple[str, ...]


BakeStep: TypeAlias = Union[GoOn, Passed, Worse, Unknown]


def begun(record: BakeRecord | None, before: Traffic) -> BakeRecord:
    """The record before a change; servers of a change that was not shown to be well are nothing to compare with."""
    known = record.before if record is not None and record.is_open else before
    return BakeRecord(phase="changing", before=known)


def watched(record: BakeRecord, *, now: datetime) -> BakeRecord:
    """The record once the change is made."""
    return BakeRecord(phase="baking", started=now, before=record.before)


def looked(
    record: BakeRecord,
    *,
    region: Mapping[str, Traffic],
    others: Mapping[str, Traffic],
    listed: Collection[str],
    now: datetime,
) -> BakeRecord:
    """The record with another look at the counters; until it has settled, everything so far is forgotten again.

    Args:
        record: until now.
        region: counters by the uid of the pod, of those that answered in the first region.
        others: the same for the other regions.
        listed: uids of all pods that there are.
        now: the moment of the look.
    """
    fresh = _elapsed_s(record, now=now) < 0
    before_region, before_others = (Side(), Side()) if fresh else (record.region, record.others)
    return replace(
        record,
        region=before_region.looked(region, listed=listed),
        others=before_others.looked(others, listed=listed),
    )


def next_step(record: BakeRecord, *, plan: BakePlan, now: datetime, failures: tuple[str, ...] = ()) -> BakeStep:
    """What a look leads to; `failures` are what waiting cannot cure."""
    if failures:
        return _worse(record, failures)
    elapsed_s = _elapsed_s(record, now=now)
    seen = record.region.total
    missing = missing_traffic(seen, record.beside, limits=plan.limits, sides=plan.sides)
    if elapsed_s >= 2 * plan.for_s and missing:
        return Unknown(record=record, reasons=missing)
    is_last = elapsed_s >= plan.for_s and not missing
    held = missing if elapsed_s >= plan.for_s else ()
    if not is_last and plan.limits.looks_due(seen.total) <= record.looks:
        return GoOn(record=record, held=held)
    found = _judged(record, plan=plan, is_last=is_last)
    after = replace(record, looks=record.looks + 1)
    if all(each.judged.verdict is Verdict.ABORT for each in found):
        return _worse(after, tuple(reason for each in found for reason in each.judged.reasons), judged=found)
    if is_last:
        return Passed(record=passed(after), judged=found)
    return GoOn(record=after, judged=found, held=held)


def _judged(record: BakeRecord, *, plan: BakePlan, is_last: bool) -> tuple[Comparison, ...]:
    """Compare it in time, with what was before, and in place, with the other regions meanwhile.

    It is worse when it is worse than both. What slows all regions down is not of the change, nor is what one region
    always was; and a false alarm is no more likely than by either comparison alone.
    """
    seen, others = record.region.total, record.others.total
    compared = {"before the change": record.before} if record.before.total or not others.total else {}
    if others.total >= max(plan.limits.first_look, _OTHERS_SHARE * seen.total):
        compared["the other regions"] = others
    return tuple(
        Comparison(
            name,
            judge(
                seen,
                beside,
                limits=replace(plan.limits, min_requests=0),  # what is missing was told before
                look=record.looks + 1,
                is_last=is_last,
                sides=Sides(tried=f"{plan.region}, beside {name},", beside=name),
            ),
        )
        for name, beside in (compared or {"the other regions": others}).items()
    )


def passed(record: BakeRecord) -> BakeRecord:
    """The record of a change that may go on; what was counted is of no use any more."""
    return BakeRecord(phase="passed", looks=record.looks)


def _worse(record: BakeRecord, reasons: tuple[str, ...], *, judged: tuple[Comparison, ...] = ()) -> Worse:
    failed = replace(record, phase="failed", outcome="; ".join(reasons))
    return Worse(record=failed, reasons=reasons, judged=judged)


def _elapsed_s(record: BakeRecord, *, now: datetime) -> float:
    return (now - record.started).total_seconds() - SETTLE_S if record.started is not None else -SETTLE_S


def write_bake(record: BakeRecord) -> str:
    """As one line of JSON; equal records give equal text."""
    value: JsonObject = {
        "phase": record.phase,
        "started": rfc3339(record.started) if record.started is not None else None,
        "before": traffic_form(record.before),
        "region": side_form(record.region),
        "others": side_form(record.others),
        "looks": record.looks,
        "outcome": record.outcome,
    }
    return json.dumps(value, separators=(",", ":"))


def read_bake(text: str) -> BakeRecord | None:
    """Read what `write_bake` wrote; None of an empty text.

    Raises:
        PreconditionError: it is something else; guessing would let a change pass that nobody watched.
    """
    if not text:
        return None
    try:
        value: JsonValue = parse_json(text)
        phase, started = _phase(text_at(value, "phase")), time_at(value, "started")
        return BakeRecord(
            phase=phase if started is not None or phase != "baking" else "changing",  # watched since when, it must say
            started=started,
            before=read_traffic(object_at(value, "before")),
            region=read_side(object_at(value, "region")),
            others=read_side(object_at(value, "others")),
            looks=integer_at(value, "looks"),
            outcome=text_at(value, "outcome"),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise PreconditionError(
            f"what is noted of the bake cannot be read ({type(error).__name__})",
            hint=f"remove the key {BAKE_KEY} of the ConfigMap with the service's record: the next change bakes anew",
        ) from error


def _phase(text: str) -> Phase:
    found: dict[str, Phase] = {phase: phase for phase in get_args(Phase)}
    return found[text]
