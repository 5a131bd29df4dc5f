"""What the controller still remembers of an autoscaler, as far as its events and its status tell.

The memory itself cannot be read: recommendations between two changes of replicas are known to nobody else. What is
made here is the least it can hold, and the most: so a window's end is told as a time between two.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.explanation import PastDecision
from tfk8s.autoscale.state import Condition, Conditions, ScaleEvent, State
from tfk8s.manifest.event import last_seen
from tfk8s.manifest.fields import condition_of, integer_at, text_at, time_at

if TYPE_CHECKING:
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.manifest import JsonObject

_NEW_SIZE: Final = re.compile(r"New size: (?P<size>\d+); reason: (?P<reason>.*)", re.DOTALL)
_STABILIZED: Final = ("ScaleDownStabilized", "ScaleUpStabilized")
_REPEATED: Final = "FailedComputeMetricsReplicas"  # says again what the event of the metric says
# Go's print of a metric's selector, which holds nothing that the name of the metric does not say to people
_SELECTOR: Final = re.compile(r"/?\(?&LabelSelector\{MatchLabels:[^}]*\},MatchExpressions:[^}]*\},\}\)?")
_LONGEST: Final = timedelta(hours=1)  # no window or period of an autoscaler is longer


def past_of(seen: LiveScaler) -> tuple[PastDecision, ...]:
    """Return what the events tell, newest first; the API server keeps them for an hour."""
    own = [event for event in seen.events if text_at(event, "involvedObject", "kind") != "ScaledObject"]
    found = [_past(event) for event in own if text_at(event, "reason") != _REPEATED]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.at, reverse=True))


def said(text: str) -> str:
    """Return the controller's words without what only Go's printing adds."""
    return _SELECTOR.sub("", text)


def _past(event: JsonObject) -> PastDecision | None:
    at = last_seen(event)
    if at is None:
        return None
    reason, message = text_at(event, "reason"), said(text_at(event, "message"))
    size = _NEW_SIZE.fullmatch(message)
    times = max(integer_at(event, "count", default=1), integer_at(event, "series", "count"))
    if size is not None and reason == "SuccessfulRescale":
        replicas = int(size["size"])
        words = f"to {replicas} {'pod' if replicas == 1 else 'pods'}: {size['reason']}"
        return PastDecision(at=at, words=words, times=times, replicas=replicas)
    return PastDecision(at=at, words=f"{reason}: {message}", times=times)


def least_memory(seen: LiveScaler, past: tuple[PastDecision, ...]) -> State:
    """Return what it remembers for certain: each change that an event tells, and the last one of the status."""
    oldest = seen.taken_at - _LONGEST
    changes = [(each.at, each.replicas) for each in reversed(past) if each.replicas is not None and each.at >= oldest]
    last = time_at(seen.scaler, "status", "lastScaleTime")
    desired = integer_at(seen.scaler, "status", "desiredReplicas")
    if last is not None and not any(abs(at - last) < timedelta(seconds=2) for at, _ in changes):
        changes = sorted([*changes, (last, desired)])
    ups, downs, before = [], [], None
    for at, replicas in changes:
        if before is not None and replicas > before:
            ups.append(ScaleEvent(at.timestamp(), replicas - before))
        elif before is not None and replicas < before:
            downs.append(ScaleEvent(at.timestamp(), before - replicas))
        before = replicas
    return State(
        recommendations=tuple((at.timestamp(), replicas) for at, replicas in changes) or ((0.0, desired),),
        ups=tuple(ups),
        downs=tuple(downs),
        conditions=_conditions(seen),
    )


def most_memory(seen: LiveScaler, least: State) -> State:
    """Return the longest hold that the status leaves open: what holds it now was asked for at the last sync still."""
    if text_at(condition_of(seen.scaler, "AbleToScale"), "reason") not in _STABILIZED:
        return least
    now = (seen.now, integer_at(seen.scaler, "status", "desiredReplicas"))
    return State(
        recommendations=(*least.recommendations, now), ups=least.ups, downs=least.downs, conditions=least.conditions
    )


def moment(seconds: float) -> datetime:
    """Return a time of the model as one for people."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


def _conditions(seen: LiveScaler) -> Conditions:
    kinds = ("AbleToScale", "ScalingActive", "ScalingLimited", "ScaledToZero")
    return Conditions(*(_condition(seen, kind) for kind in kinds))


def _condition(seen: LiveScaler, kind: str) -> Condition | None:
    found = condition_of(seen.scaler, kind)
    if not found:
        return None
    return Condition(kind=kind, is_true=text_at(found, "status") == "True", reason=text_at(found, "reason"))
