"""What a change of the autoscaler or the disruption budget means; pods are never replaced for it."""

from __future__ import annotations

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told, below
from tfk8s.review.turns import by_metric
from tfk8s.review.view import View
from tfk8s.review.words import inside, setting, shown, whole

SCALER_VIEWS = (View(pattern=("spec", "metrics"), turn=by_metric),)


SLEEPS = "the last pod goes while nobody asks, and requests fail until one is ready"


def least(field: Field) -> Told:
    """Fewest pods; none at all is downtime for whoever comes first."""
    what = setting("autoscaling min", field.before, field.after)
    if field.after == 0:
        return Told(what=what, risk=Risk.DOWNTIME, then=SLEEPS)
    return Told(what=what, risk=Risk.NONE, then=f"no restart{_towards(field, more='pods start until there are')}")


def most(field: Field) -> Told:
    """Most pods."""
    what = setting("autoscaling max", field.before, field.after)
    if isinstance(field.before, int) and isinstance(field.after, int) and field.after < field.before:
        return Told(what=what, risk=Risk.NONE, then=f"no restart; pods beyond {field.after} are stopped")
    return Told(what=what, risk=Risk.NONE)


def _towards(field: Field, *, more: str) -> str:
    before, after = field.before, field.after
    grows = isinstance(before, int) and isinstance(after, int) and after > before
    return f"; {more} {after}" if grows else ""


def target(field: Field) -> Told:
    """Whose pods are counted."""
    old, new = (f"{text_at(side, 'kind')} {text_at(side, 'name')}" for side in (field.before, field.after))
    same = old == new
    what = f"scales {inside(field.before, field.after)}" if same else f"scales {old} to {new}"
    return Told(what=what, risk=Risk.NONE, then="no restart; nobody counts the pods of the other one any more")


def _metric(field: Field) -> Told:
    """Such as `autoscaling target cpu 60 % to 70 %`."""
    return Told(what=setting(f"autoscaling target {field.name}", _aim(field.before), _aim(field.after)), risk=Risk.NONE)


def _aim(metric: JsonValue) -> JsonValue:
    kind = text_at(metric, "type")
    part = object_at(metric, f"{kind[:1].lower()}{kind[1:]}")
    target = object_at(part, "target")
    for key, unit in (("averageUtilization", " %"), ("averageValue", " a pod"), ("value", "")):
        if key in target:
            return f"{shown(target[key])}{unit}"
    return None if metric is None else shown(metric)


def _window(direction: str) -> Rule:
    def tell(field: Field) -> Told:
        what = setting(f"pause before scaling {direction}", _seconds(field.before), _seconds(field.after))
        return Told(what=what, risk=Risk.NONE)

    key = f"scale{direction.capitalize()}"
    return Rule(pattern=("behavior", key, "stabilizationWindowSeconds"), tell=tell)


def _seconds(value: JsonValue) -> JsonValue:
    return f"{value} s" if isinstance(value, int) else value


def _behaviour(field: Field) -> Told:
    direction = {"scaleUp": "up", "scaleDown": "down"}.get(field.name, field.name)
    rest = {"v": _without_window(field.before)}, {"v": _without_window(field.after)}
    return Told(what=whole(f"steps of scaling {direction}", rest[0]["v"], rest[1]["v"]), risk=Risk.NONE)


def _without_window(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if key != "stabilizationWindowSeconds"}


BEHAVIOR_RULES = (_window("up"), _window("down"), Rule(pattern=("behavior", ANY), tell=_behaviour))
"""At whatever place an autoscaler has them."""

SCALER_RULES = (
    Rule(pattern=("spec", "minReplicas"), tell=least),
    Rule(pattern=("spec", "maxReplicas"), tell=most),
    Rule(pattern=("spec", "scaleTargetRef"), tell=target),
    Rule(pattern=("spec", "metrics", ANY), tell=_metric),
    Rule(pattern=("spec", "metrics"), tell=lambda field: _plain(field, "autoscaling metrics")),
    *below(("spec",), BEHAVIOR_RULES),
)


def _plain(field: Field, name: str) -> Told:
    return Told(what=whole(name, field.before, field.after), risk=Risk.NONE)


def _budget(key: str, words: str) -> Rule:
    def tell(field: Field) -> Told:
        what = setting(words, field.before, field.after)
        return Told(what=what, risk=Risk.NONE, then="no restart; counts when nodes are drained")

    return Rule(pattern=("spec", key), tell=tell)


def _guarded(field: Field) -> Told:
    return Told(what=f"pods that the budget guards: {inside(field.before, field.after)}", risk=Risk.NONE)


BUDGET_RULES = (
    _budget("maxUnavailable", "pods that may be drained at a time"),
    _budget("minAvailable", "pods that stay while nodes are drained"),
    _budget("unhealthyPodEvictionPolicy", "draining of pods that are not ready"),
    Rule(pattern=("spec", "selector"), tell=_guarded),
)
