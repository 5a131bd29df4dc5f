"""What the next syncs decide as long as metrics and pods stay as they are: the model goes on from what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.autoscale.decide import Decision, Fault, Observation, decide
from tfk8s.autoscale.explanation import Outlook
from tfk8s.autoscale.memory import moment

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Config
    from tfk8s.autoscale.proposal import Reading, Scale
    from tfk8s.autoscale.state import State

SYNC_S: Final = 15.0
"""--horizontal-pod-autoscaler-sync-period by default."""

_HORIZON_S: Final = 3600.0 + SYNC_S  # no window is longer than an hour


class Facts(NamedTuple):
    """What stays as it is."""

    now: float
    scale: Scale
    readings: tuple[Reading, ...]
    fault: Fault | None
    config: Config


class _Change(NamedTuple):
    at: float
    replicas: int


def next_decision(state: State, facts: Facts) -> Decision:
    """Return what the next sync decides."""
    seen = Observation(now=facts.now, scale=facts.scale, readings=facts.readings, fault=facts.fault)
    return decide(state, seen, facts.config)


def foretell(least: State, most: State, *, facts: Facts) -> Outlook:
    """Tell the next sync, and when replicas change first.

    Args:
        least: What the controller remembers for certain.
        most: What it remembers at most.
        facts: What stays.
    """
    decision = next_decision(most, facts)
    current = facts.scale.spec
    if decision.desired != current:
        return Outlook(replicas=decision.desired, words=_reason(decision, current=current, facts=facts))
    soonest, latest = _first_change(least, facts), _first_change(most, facts)
    if latest is None or soonest is None:
        return Outlook(replicas=current, words=_reason(decision, current=current, facts=facts))
    return Outlook(
        replicas=current,
        words=_reason(decision, current=current, facts=facts),
        change_to=latest.replicas,
        soonest=moment(soonest.at),
        latest=moment(latest.at),
    )


def _first_change(state: State, facts: Facts) -> _Change | None:
    """Go on sync by sync; without a change all conditions of the next one are those of this one."""
    now = facts.now
    while now <= facts.now + _HORIZON_S:
        decision = next_decision(state, facts._replace(now=now))
        if decision.desired != facts.scale.spec:
            return _Change(now, decision.desired)
        if decision.wanted is None or decision.wanted == facts.scale.spec:
            return None  # nothing is held back
        state, now = decision.state, now + SYNC_S
    return None


def _reason(decision: Decision, *, current: int, facts: Facts) -> str:
    able, active, limited, _ = decision.conditions
    if facts.fault is not None:
        return f"the metrics are not asked ({facts.fault.value})"
    if active is not None and not active.is_true:
        return f"it does nothing ({active.reason})"
    if decision.wanted is None:
        return "the count lies outside its bounds, which it mends without asking the metrics"
    asked = f"the metrics ask for {decision.wanted}"
    reasons = [each.reason for each in (able, limited) if each is not None and _holds(each.reason)]
    if reasons:
        return f"{asked} ({', '.join(reasons)})"
    return asked if decision.desired != current or decision.wanted != current else "the metrics ask for no change"


def _holds(reason: str) -> bool:
    return reason.endswith(("Stabilized", "Limit", "Replicas"))
