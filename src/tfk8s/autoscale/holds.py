"""What stands between what the metrics ask for and what the replicas are: tolerance, windows, policies, bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.autoscale.config import PolicyKind, SelectPolicy
from tfk8s.autoscale.explanation import Hold
from tfk8s.autoscale.limits import DOWN_LIMIT, TOO_FEW, TOO_MANY, UP_LIMIT, allowed_by
from tfk8s.autoscale.troubles import is_asleep
from tfk8s.autoscale.windows import windows_of
from tfk8s.manifest.fields import condition_of, text_at, time_at

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Policy, Rules
    from tfk8s.autoscale.decide import Decision
    from tfk8s.autoscale.explanation import Outlook
    from tfk8s.autoscale.live import LiveScaler
    from tfk8s.autoscale.outlook import Facts
    from tfk8s.autoscale.state import State


def holds_of(
    seen: LiveScaler, *, facts: Facts, decision: Decision, outlook: Outlook, memory: State
) -> tuple[Hold, ...]:
    """Return what the last sync was held by, and the next one will be, each once.

    Args:
        seen: With the conditions of the last sync.
        facts: What stays.
        decision: Of the next sync.
        outlook: When the hold ends.
        memory: With the changes that policies count.
    """
    if is_asleep(seen):
        return (Hold(code="Asleep", words="KEDA has scaled it to zero, because no trigger is active"),)
    able, limited = condition_of(seen.scaler, "AbleToScale"), condition_of(seen.scaler, "ScalingLimited")
    if text_at(condition_of(seen.scaler, "ScalingActive"), "status") == "False":
        limited = {}  # left as it was when metrics were last read
    codes: list[str] = []
    if text_at(able, "reason") in ("ScaleDownStabilized", "ScaleUpStabilized"):
        codes.append(text_at(able, "reason"))
    if text_at(limited, "status") == "True":
        codes.append(text_at(limited, "reason"))
    coming = (decision.conditions.able, decision.conditions.limited) if decision.wanted is not None else ()
    codes += [each.reason for each in coming if each is not None and _is_hold(each.reason)]
    since = time_at(limited, "lastTransitionTime") if text_at(limited, "status") == "True" else None
    found = [
        _hold(code, facts=facts, decision=decision, memory=memory, outlook=outlook) for code in dict.fromkeys(codes)
    ]
    return tuple(
        Hold(code=each.code, words=each.words, since=since, soonest=each.soonest, latest=each.latest)
        if each.code in (TOO_MANY, TOO_FEW, UP_LIMIT, DOWN_LIMIT)
        else each
        for each in found
    )


def _is_hold(reason: str) -> bool:
    return reason in (TOO_MANY, TOO_FEW, UP_LIMIT, DOWN_LIMIT, "ScaleDownStabilized", "ScaleUpStabilized")


def _hold(code: str, *, facts: Facts, decision: Decision, memory: State, outlook: Outlook) -> Hold:
    config, current = facts.config, facts.scale.spec
    asked = "" if decision.wanted is None else f", and the metrics ask for {decision.wanted} now"
    match code:
        case "ScaleDownStabilized" | "ScaleUpStabilized":
            words = _window_words(code, facts=facts) + asked
            return Hold(code=code, words=words, soonest=outlook.soonest, latest=outlook.latest)
        case "TooManyReplicas":
            return Hold(code=code, words=_bound_words("max", config.maximum, wanted=decision.wanted))
        case "TooFewReplicas":
            return Hold(code=code, words=_bound_words("min", config.minimum, wanted=decision.wanted))
        case "ScaleUpLimit" if config.behavior is None:
            most = max(2 * current, 4)
            return Hold(code=code, words=f"without behavior one sync sets at most twice the pods, or 4: {most}{asked}")
        case "ScaleUpLimit" | "ScaleDownLimit":
            return Hold(
                code=code,
                words=_policy_words(code, facts=facts, memory=memory) + asked,
                soonest=outlook.soonest,
                latest=outlook.latest,
            )
        case _:
            return Hold(code=code, words=code)


def _bound_words(kind: str, bound: int, *, wanted: int | None) -> str:
    is_beyond = wanted is not None and (wanted > bound if kind == "max" else wanted < bound)
    if is_beyond:
        return f"the metrics ask for {wanted}, and {kind}Replicas is {bound}"
    return f"what they asked for before is {'more' if kind == 'max' else 'less'} than {kind}Replicas, {bound}"


def _window_words(code: str, *, facts: Facts) -> str:
    config = facts.config
    if config.behavior is None:
        up_s, down_s = 0.0, config.flags.downscale_stabilization_s
    else:
        up_s, down_s = windows_of(config.behavior, config.flags)
    if code == "ScaleUpStabilized":
        return f"the least that the metrics asked for in the last {up_s:.0f} s holds (window of scaleUp)"
    return f"the most that the metrics asked for in the last {down_s:.0f} s holds (window of scaleDown)"


def _policy_words(code: str, *, facts: Facts, memory: State) -> str:
    behavior = facts.config.behavior
    if behavior is None:
        return code
    sign, rules, name = (1, behavior.up, "scaleUp") if code == UP_LIMIT else (-1, behavior.down, "scaleDown")
    if rules.select is SelectPolicy.DISABLED:
        return f"{name} is disabled (selectPolicy: Disabled)"
    told = " and ".join(
        f"{_change_words(policy)}, which leads to {_lead(policy, facts=facts, memory=memory, sign=sign)}"
        for policy in rules.policies
    )
    return f"{name} allows {told}{_select_words(rules)}"


def _lead(policy: Policy, *, facts: Facts, memory: State, sign: int) -> int:
    current = facts.scale.spec
    found = allowed_by(policy, current=current, state=memory, now=facts.now, sign=sign)
    return max(found, current) if sign > 0 else min(found, current)


def _change_words(policy: Policy) -> str:
    unit = "%" if policy.kind is PolicyKind.PERCENT else "pod" if policy.value == 1 else "pods"
    return f"{policy.value} {unit} in {policy.period_s} s"


def _select_words(rules: Rules) -> str:
    if len(rules.policies) == 1:
        return ""
    return f"; the {'most' if rules.select is SelectPolicy.MAX else 'least'} change holds"
