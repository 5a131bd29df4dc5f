"""What a change of a ScaledObject of KEDA means; pods are never replaced for it."""

from __future__ import annotations

from dataclasses import replace

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.scalers import bounds_of
from tfk8s.names.autoscaling import WAKE_TRIGGER
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Steps, Told, below
from tfk8s.review.rules_scaling import BEHAVIOR_RULES, least, most, target
from tfk8s.review.turns import by_trigger
from tfk8s.review.view import View
from tfk8s.review.words import change, inside, setting, whole

SCALED_VIEWS = (View(pattern=("spec", "triggers"), turn=by_trigger),)

_AUTOSCALER: Steps = ("spec", "advanced", "horizontalPodAutoscalerConfig")


def _trigger(field: Field) -> Told:
    kind = text_at(field.after or field.before, "type")
    if kind == "cron":
        return _schedule(field)
    if field.name == WAKE_TRIGGER:
        return _wake(field)
    what = f"autoscaling target {field.name}"
    old, new = _aim(field.before), _aim(field.after)
    told = setting(what, old, new) if old != new else whole(what, field.before, field.after)
    return Told(what=told, risk=Risk.NONE, then=_asks(field))


def _asks(field: Field) -> str:
    """Whom KEDA asks, and what, from now on; "" where that stays."""
    before, after = (object_at(side, "metadata") for side in (field.before, field.after))
    if not before or not after:
        return ""
    if before.get("serverAddress") != after.get("serverAddress"):
        old, new = text_at(before, "serverAddress"), text_at(after, "serverAddress")
        return f"no restart; KEDA asks {new} in place of {old}"
    return "no restart; KEDA asks another question" if before.get("query") != after.get("query") else ""


def _aim(trigger: JsonValue) -> JsonValue:
    if trigger is None:
        return None
    metadata = object_at(trigger, "metadata")
    if text_at(trigger, "metricType") == "Utilization":
        return f"{text_at(metadata, 'value')} %"
    each = "" if text_at(trigger, "metricType") == "Value" else " a pod"
    return f"{text_at(metadata, 'threshold')}{each}"


def _schedule(field: Field) -> Told:
    floors = [text_at(side, "metadata", "desiredReplicas") or None for side in (field.before, field.after)]
    what = change(f"schedule {field.name}, at least", floors[0], floors[1])
    return Told(what=what, risk=Risk.NONE, then="no restart; counts while it lasts")


def _wake(field: Field) -> Told:
    sleeps = bounds_of(field.new)[0] == 0
    if field.after is None and sleeps:
        return Told(what="what wakes the service removed", risk=Risk.DOWNTIME, then="nobody starts its first pod")
    asked = [text_at(side, "metadata", "query") or None for side in (field.before, field.after)]
    return Told(what=setting("what wakes the service:", asked[0], asked[1]), risk=Risk.NONE)


def _seconds(key: str, words: str) -> Rule:
    def tell(field: Field) -> Told:
        sides = [f"{side} s" if isinstance(side, int) else side for side in (field.before, field.after)]
        return Told(what=setting(words, sides[0], sides[1]), risk=Risk.NONE)

    return Rule(pattern=("spec", key), tell=tell)


def _renamed(field: Field) -> Told:
    what = setting("name of the autoscaler that KEDA makes", field.before, field.after)
    return Told(what=what, risk=Risk.NONE, then="no restart; KEDA makes it anew, and the number of pods stays")


def _floor(field: Field) -> Told:
    """Fewest pods: KEDA's default is none."""
    return least(replace(field, after=0) if field.after is None else field)


SCALED_RULES = (
    Rule(pattern=("spec", "minReplicaCount"), tell=_floor),
    Rule(pattern=("spec", "maxReplicaCount"), tell=most),
    Rule(pattern=("spec", "scaleTargetRef"), tell=target),
    Rule(pattern=("spec", "triggers", ANY), tell=_trigger),
    Rule(
        pattern=("spec", "triggers"),
        tell=lambda field: Told(what=f"triggers: {inside(field.before, field.after)}", risk=Risk.NONE),
    ),
    _seconds("pollingInterval", "time between two looks while there is no pod"),
    _seconds("cooldownPeriod", "time without demand before the last pod goes"),
    _seconds("initialCooldownPeriod", "time before the last pod of a new service may go"),
    Rule(pattern=(*_AUTOSCALER, "name"), tell=_renamed),
    *below(_AUTOSCALER, BEHAVIOR_RULES),
)
