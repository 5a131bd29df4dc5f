"""What is written down of a canary while it runs, so that the next run of the command goes on where the last one ended.

It stands as JSON in an annotation of the canary's Deployment and goes with it. Counters of the pods are in it: a run
that was interrupted loses no prediction, because servers went on counting.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

from tfk8s.clock import rfc3339
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import integer_at, object_at, text_at, time_at, value_at
from tfk8s.manifest.json_text import parse_json
from tfk8s.rollout.comparison import Limits
from tfk8s.rollout.traffic import Side
from tfk8s.rollout.traffic_form import read_side, side_form

CANARY_ANNOTATION: Final = "tfk8s.dev/canary"

Phase: TypeAlias = Literal["starting", "observing", "promoting", "removing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRecord:
    """A canary that was begun.

    Attributes:
        model: its name in the URL.
        version: the version that is tried.
        label: the label that leads to it on the canary's pods, "" where clients use none.
        before: the version that clients get from the other pods.
        weight: percent of the requests that were asked for.
        started: when it was made.
        for_s: how long it is to be observed.
        start_s: how long its pods may take to become ready.
        limits: what it is held to.
        settle_s: how long after its start nothing is counted yet.
        phase: how far it is.
        observing: since when it is observed.
        looks: judged looks so far.
        canary, beside: what each side has counted.
        outcome: once it is being removed, why.
    """

    model: str
    version: int
    label: str
    before: int
    weight: int
    started: datetime
    for_s: float
    start_s: float
    limits: Limits
    settle_s: float = 10.0
    phase: Phase = "starting"
    observing: datetime | None = None
    looks: int = 0
    canary: Side = field(default_factory=Side)
    beside: Side = field(default_factory=Side)
    outcome: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether servers of both sides have been asked for their counters yet."""
        return bool(self.canary.last and self.beside.last)

    @property
    def longest_s(self) -> float:
        """Seconds that it may take in all, from its start."""
        return self.start_s + self.settle_s + 2 * self.for_s

    @property
    def deadline(self) -> datetime:
        """When it should have come to an end by itself, whatever happens; later than that it was left."""
        if self.observing is None:
            return self.started + timedelta(seconds=self.longest_s)
        return self.observing + timedelta(seconds=self.settle_s + 2 * self.for_s)

    def __str__(self) -> str:
        """In a few words: what, since when, how far."""
        since = self.started.strftime("%Y-%m-%d %H:%M:%S UTC")
        by = f" by label {self.label}" if self.label else ""
        return f"a canary of version {self.version} of {self.model}{by} has been there since {since} ({self.phase})"

    def moved(self, phase: Phase, *, outcome: str = "") -> CanaryRecord:
        """The record in another phase."""
        return replace(self, phase=phase, outcome=outcome or self.outcome)


def write_record(record: CanaryRecord) -> str:
    """As one line of JSON; equal records give equal text."""
    value: JsonObject = {
        "model": record.model,
        "version": record.version,
        "label": record.label,
        "before": record.before,
        "weight": record.weight,
        "started": rfc3339(record.started),
        "deadline": rfc3339(record.deadline),
        "forSeconds": record.for_s,
        "startSeconds": record.start_s,
        "settleSeconds": record.settle_s,
        "limits": {
            "minRequests": record.limits.min_requests,
            "moreErrors": record.limits.more_errors,
            "moreSlow": record.limits.more_slow,
            "falseAbort": record.limits.false_abort,
            "firstLook": record.limits.first_look,
        },
        "phase": record.phase,
        "observing": rfc3339(record.observing) if record.observing is not None else None,
        "looks": record.looks,
        "canary": side_form(record.canary),
        "beside": side_form(record.beside),
        "outcome": record.outcome,
    }
    return json.dumps(value, separators=(",", ":"))


def read_record(text: str) -> CanaryRecord | None:
    """Read what `write_record` wrote; None of an empty text.

    Raises:
        PreconditionError: it is something else; guessing would judge by numbers that nobody counted.
    """
    if not text:
        return None
    try:
        value: JsonValue = parse_json(text)
        return _record(value)
    except (ValueError, TypeError, KeyError) as error:
        raise PreconditionError(
            f"the annotation {CANARY_ANNOTATION} of the canary cannot be read ({type(error).__name__})",
            hint="remove the canary with tfk8s versions canary --abort, and begin anew",
        ) from error


def _record(value: JsonValue) -> CanaryRecord:
    started, phase = time_at(value, "started"), text_at(value, "phase")
    limits = object_at(value, "limits")
    if started is None or phase not in get_args(Phase):
        raise ValueError(phase)
    return CanaryRecord(
        model=text_at(value, "model"),
        version=integer_at(value, "version"),
        label=text_at(value, "label"),
        before=integer_at(value, "before"),
        weight=integer_at(value, "weight"),
        started=started,
        for_s=_number(value, "forSeconds"),
        start_s=_number(value, "startSeconds"),
        settle_s=_number(value, "settleSeconds"),
        limits=Limits(
            min_requests=integer_at(limits, "minRequests"),
            more_errors=_number(limits, "moreErrors"),
            more_slow=_number(limits, "moreSlow"),
            false_abort=_number(limits, "falseAbort"),
            first_look=integer_at(limits, "firstLook"),
        ),
        phase=_phase(phase),
        observing=time_at(value, "observing"),
        looks=integer_at(value, "looks"),
        canary=read_side(object_at(value, "canary")),
        beside=read_side(object_at(value, "beside")),
        outcome=text_at(value, "outcome"),
    )


def _phase(text: str) -> Phase:
    return next(phase for phase in get_args(Phase) if phase == text)


def _number(value: JsonValue, key: str) -> float:
    number = value_at(value, key)
    if not isinstance(number, (int, float)):
        raise TypeError(key)
    return float(number)
