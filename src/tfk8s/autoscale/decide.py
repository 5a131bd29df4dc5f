"""One sync of the controller: replicas, conditions, and what it remembers for the next."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.autoscale.config import Source
from tfk8s.autoscale.limits import (
    DOWN_LIMIT,
    TOO_FEW,
    TOO_MANY,
    UP_LIMIT,
    WITHIN,
    limit,
    limit_plain,
    longest_period_s,
)
from tfk8s.autoscale.proposal import Invalid, Reading, Scale, propose
from tfk8s.autoscale.state import Condition, Conditions, State, with_event
from tfk8s.autoscale.windows import stabilize, stabilize_plain, windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfk8s.autoscale.config import Config
    from tfk8s.autoscale.state import Recommendation

_GOT_SCALE: Final = Condition(kind="AbleToScale", is_true=True, reason="SucceededGetScale")
_READY: Final = Condition(kind="AbleToScale", is_true=True, reason="ReadyForNewScale")
_UP_STABILIZED: Final = Condition(kind="AbleToScale", is_true=True, reason="ScaleUpStabilized")
_DOWN_STABILIZED: Final = Condition(kind="AbleToScale", is_true=True, reason="ScaleDownStabilized")
_RESCALED: Final = Condition(kind="AbleToScale", is_true=True, reason="SucceededRescale")
_ACTIVE: Final = Condition(kind="ScalingActive", is_true=True, reason="ValidMetricFound")
_DISABLED: Final = Condition(kind="ScalingActive", is_true=False, reason="ScalingDisabled")
_LIMITED: Final = {
    reason: Condition(kind="ScalingLimited", is_true=reason != WITHIN, reason=reason)
    for reason in (WITHIN, TOO_MANY, TOO_FEW, UP_LIMIT, DOWN_LIMIT)
}
_ZERO: Final = Condition(kind="ScaledToZero", is_true=True, reason="ScaledToZero")
_NOT_ZERO: Final = Condition(kind="ScaledToZero", is_true=False, reason="NotScaledToZero")
_OF_SERVICE: Final = (Source.OBJECT, Source.EXTERNAL)


class Fault(enum.Enum):
    """Why a sync ends before it reads a metric: the reason that a condition gives for it."""

    NO_SCALE = "FailedGetScale"
    NO_SELECTOR = "InvalidSelector"
    SHARED_PODS = "AmbiguousSelector"


class Observation(NamedTuple):
    """What one sync reads.

    Attributes:
        now: Seconds on any clock that only goes forward.
        scale: Replicas that the target asks for and has, even where the controller cannot read them.
        readings: One for each metric of the spec, in its order.
        fault: Why the metrics are not read.
    """

    now: float
    scale: Scale
    readings: tuple[Reading, ...]
    fault: Fault | None = None


class Decision(NamedTuple):
    """What one sync decides.

    Attributes:
        desired: Replicas that the target asks for from now on.
        wanted: Replicas that the metrics asked for; `None`: they were not asked, or could not answer.
        proposals: What each metric asked for; empty when they were not asked.
        chosen: Index of the metric that decided; -1: none.
        conditions: Of the status afterwards.
        state: For the next sync.
    """

    desired: int
    wanted: int | None
    proposals: tuple[int | Invalid, ...]
    chosen: int
    conditions: Conditions
    state: State


def decide(state: State, observation: Observation, config: Config) -> Decision:
    """Carry out one sync of an autoscaler, as kube-controller-manager does.

    Args:
        state: What the last sync left; `State()` at the start of the controller.
        observation: What this one reads.
        config: Spec and flags; as valid as the API server demands.
    """
    current, now, old = observation.scale.spec, observation.now, state.conditions
    fault = observation.fault
    if fault is not None and fault is Fault.NO_SCALE:  # looked at by each sync, and a member of an enum costs a while
        unable = Condition(kind="AbleToScale", is_true=False, reason=fault.value)
        return _unasked(current, state=state, conditions=old._replace(able=unable))
    if not state.recommendations:  # replicas found at the start count as recommended, or a restart could scale down
        state = state._replace(recommendations=((now, current),))
    if current == 0:
        if _is_left_at_zero(old, config):
            return _unasked(0, state=state, conditions=old._replace(able=_GOT_SCALE, active=_DISABLED))
    elif not config.minimum <= current <= config.maximum:
        desired = config.maximum if current > config.maximum else config.minimum
        state = _remember_change(state, desired, current=current, config=config, now=now)
        zero = _zero(old, desired, current=current, config=config)
        return _unasked(desired, state=state, conditions=old._replace(able=_RESCALED, zero=zero))
    if fault is not None:
        inactive = Condition(kind="ScalingActive", is_true=False, reason=fault.value)
        return _unasked(current, state=state, conditions=old._replace(able=_GOT_SCALE, active=inactive))
    return _ask(state, observation, config)


def _ask(state: State, observation: Observation, config: Config) -> Decision:
    """Let the metrics decide."""
    current, now, old = observation.scale.spec, observation.now, state.conditions
    proposals = _proposals(observation, config)
    wanted, chosen, invalid = _most(proposals)
    if invalid is not None and (chosen < 0 or wanted < current):
        inactive = Condition(kind="ScalingActive", is_true=False, reason=invalid.reason)
        failed = old._replace(able=_GOT_SCALE, active=inactive)
        return _unasked(current, state=state, conditions=failed, proposals=proposals)
    desired, able, limited, kept = _normalize(max(wanted, 0), state=state, current=current, config=config, now=now)
    if current == 0 and desired < config.minimum:  # a minimum that was raised while the service was at zero
        desired = config.minimum
    zero = old.zero
    if desired != current:
        able, zero = _RESCALED, _zero(old, desired, current=current, config=config)
        state = _remember_change(state, desired, current=current, config=config, now=now)
    conditions = Conditions(able, _ACTIVE, limited, zero)
    return Decision(desired, wanted, proposals, chosen, conditions, State(kept, state.ups, state.downs, conditions))


def _is_left_at_zero(conditions: Conditions, config: Config) -> bool:
    """Whether a service without replicas is left alone: somebody else scaled it to zero, or nothing could wake it."""
    if not config.flags.remembers_zero:
        return config.minimum != 0
    if conditions.zero is None or not conditions.zero.is_true:
        return True
    return config.minimum == 0 and not _has_service_metric(config)


def _zero(conditions: Conditions, desired: int, *, current: int, config: Config) -> Condition | None:
    """Return the condition ScaledToZero after a change of replicas."""
    if not config.flags.remembers_zero:
        return conditions.zero
    is_zero = desired == 0 and current > 0 and config.minimum == 0 and _has_service_metric(config)
    return _ZERO if is_zero else _NOT_ZERO


def _has_service_metric(config: Config) -> bool:
    return any(metric.source in _OF_SERVICE for metric in config.metrics)


def _proposals(observation: Observation, config: Config) -> tuple[int | Invalid, ...]:
    tolerated, scale, clamps = config.tolerated(), observation.scale, config.flags.clamps_values
    return tuple(
        [
            propose(metric, reading, scale=scale, tolerated=tolerated, clamps_values=clamps)
            for metric, reading in zip(config.metrics, observation.readings, strict=True)
        ]
    )


def _unasked(
    desired: int, *, state: State, conditions: Conditions, proposals: tuple[int | Invalid, ...] = ()
) -> Decision:
    """Return a decision that no metric took part in."""
    return Decision(
        desired=desired,
        wanted=None,
        proposals=proposals,
        chosen=-1,
        conditions=conditions,
        state=state._replace(conditions=conditions),
    )


def _most(proposals: Sequence[int | Invalid]) -> tuple[int, int, Invalid | None]:
    """Return the most replicas that a metric asks for, which one, and the first that says nothing.

    After a zero any other one decides.
    """
    wanted, chosen, invalid = 0, -1, None
    for index, proposal in enumerate(proposals):
        if isinstance(proposal, Invalid):
            invalid = invalid or proposal
        elif wanted == 0 or proposal > wanted:
            wanted, chosen = proposal, index
    return wanted, chosen, invalid


def _normalize(
    wanted: int, *, state: State, current: int, config: Config, now: float
) -> tuple[int, Condition, Condition, tuple[Recommendation, ...]]:
    """Apply windows, policies and bounds; return replicas, two conditions, and the recommendations to remember."""
    behavior, flags = config.behavior, config.flags
    if behavior is None:
        window_s = flags.downscale_stabilization_s
        stable, kept = stabilize_plain(state.recommendations, wanted, now=now, window_s=window_s)
        held = _DOWN_STABILIZED
        desired, reason = limit_plain(stable, current=current, config=config)
    else:
        windows_s = windows_of(behavior, flags)
        stable, kept = stabilize(state.recommendations, wanted, current=current, now=now, windows_s=windows_s)
        held = _UP_STABILIZED if wanted >= current else _DOWN_STABILIZED
        rules = behavior.up if stable > current else behavior.down
        desired, reason = limit(stable, current=current, config=config, rules=rules, state=state, now=now)
    able = _READY if stable == wanted else held
    return desired, able, _LIMITED[reason], kept


def _remember_change(state: State, desired: int, *, current: int, config: Config, now: float) -> State:
    behavior = config.behavior
    if behavior is None:
        return state
    if desired > current:
        period_s = longest_period_s(behavior.up)
        return state._replace(ups=with_event(state.ups, desired - current, now=now, longest_period_s=period_s))
    period_s = longest_period_s(behavior.down)
    return state._replace(downs=with_event(state.downs, current - desired, now=now, longest_period_s=period_s))
