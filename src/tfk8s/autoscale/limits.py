"""How far one sync may go: bounds, and the policies of `behavior` with what they remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.config import PolicyKind, SelectPolicy
from tfk8s.autoscale.integers import ceil_to_int32

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Config, Policy, Rules
    from tfk8s.autoscale.state import ScaleEvent, State

WITHIN: Final = "DesiredWithinRange"
TOO_MANY: Final = "TooManyReplicas"
TOO_FEW: Final = "TooFewReplicas"
UP_LIMIT: Final = "ScaleUpLimit"
DOWN_LIMIT: Final = "ScaleDownLimit"


def limit_plain(wanted: int, *, current: int, config: Config) -> tuple[int, str]:
    """Keep within the bounds and, upwards, within twice the replicas or four; return replicas and reason."""
    limit = max(2 * current, 4)
    highest, reason = (limit, UP_LIMIT) if config.maximum > limit else (config.maximum, TOO_MANY)
    if wanted < config.minimum:
        return config.minimum, TOO_FEW
    return (highest, reason) if wanted > highest else (wanted, WITHIN)


def limit(wanted: int, *, current: int, config: Config, rules: Rules, state: State, now: float) -> tuple[int, str]:
    """Keep within the bounds and the policies of the direction; return replicas and reason.

    A bound in the other direction does not hold: as long as the minimum lies below the replicas, only a
    decrease meets it.
    """
    if wanted > current:
        allowed = max(current, _policy_limit(rules, current=current, state=state, now=now, sign=1))
        highest, reason = (allowed, UP_LIMIT) if config.maximum > allowed else (config.maximum, TOO_MANY)
        return (highest, reason) if wanted > highest else (wanted, WITHIN)
    if wanted < current:
        allowed = min(current, _policy_limit(rules, current=current, state=state, now=now, sign=-1))
        lowest, reason = (allowed, DOWN_LIMIT) if config.minimum < allowed else (config.minimum, TOO_FEW)
        return (lowest, reason) if wanted < lowest else (wanted, WITHIN)
    return wanted, WITHIN


def longest_period_s(rules: Rules) -> int:
    """Return how long the events of a direction are needed."""
    return max((policy.period_s for policy in rules.policies), default=0)


def _policy_limit(rules: Rules, *, current: int, state: State, now: float, sign: int) -> int:
    """Return the replicas that the policies lead to at most (`sign` 1) or at least (-1)."""
    if rules.select is SelectPolicy.DISABLED:
        return current
    proposals = [allowed_by(policy, current=current, state=state, now=now, sign=sign) for policy in rules.policies]
    widest = (rules.select is SelectPolicy.MAX) == (sign > 0)
    return max(proposals) if widest else min(proposals)


def allowed_by(policy: Policy, *, current: int, state: State, now: float, sign: int) -> int:
    """Return the replicas that one policy leads to at most (`sign` 1) or at least (-1)."""
    cutoff = now - policy.period_s
    start = current - _change_since(cutoff, state.ups) + _change_since(cutoff, state.downs)
    if policy.kind is PolicyKind.PODS:
        return start + sign * policy.value
    if sign > 0:  # rounded up, or one pod and 10 % would never become two
        return ceil_to_int32(start * (1 + policy.value / 100))
    return int(start * (1 - policy.value / 100))


def _change_since(cutoff: float, events: tuple[ScaleEvent, ...]) -> int:
    return sum(event.change for event in events if event.at > cutoff)
