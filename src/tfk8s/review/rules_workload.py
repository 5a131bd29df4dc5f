"""What a change of a Deployment outside of its pods means."""

from __future__ import annotations

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import text_at, value_at
from tfk8s.manifest.scalers import COUNTING
from tfk8s.review.risk import Risk
from tfk8s.review.rule import Field, Rule, Told
from tfk8s.review.words import inside, plural, setting, whole


def _replicas(field: Field) -> Told:
    before, after = field.before, field.after
    what = setting("replicas", before, after)
    if after == 0:
        return Told(what=what, risk=Risk.DOWNTIME, then="nobody answers")
    if after is None:
        scaled = any(_scales(scaler, field) for kind in COUNTING for scaler in field.world.following(kind))
        then = "no restart; the autoscaler counts" if scaled else "no restart; without an autoscaler the server sets 1"
        return Told(what=what, risk=Risk.NONE, then=then)
    if isinstance(before, int) and isinstance(after, int):
        count = f"{plural(abs(after - before), 'pod')} {'more' if after > before else 'fewer'}"
        return Told(what=what, risk=Risk.NONE, then=f"no restart, {count}")
    return Told(what=what, risk=Risk.NONE)


def _scales(scaler: JsonValue, field: Field) -> bool:
    target = value_at(scaler, "spec", "scaleTargetRef")
    return text_at(target, "name") == text_at(field.new, "metadata", "name")


def _selector(field: Field) -> Told:
    what = f"selector changes ({inside(field.before, field.after)})"
    kind = text_at(field.new, "kind")
    then = f"it cannot be changed, so the {kind} is deleted and made anew, and nobody answers meanwhile"
    return Told(what=what, risk=Risk.DOWNTIME, then=then)


def _strategy(field: Field) -> Told:
    what = whole("rollout strategy", field.before, field.after)
    if text_at(field.after, "type") == "Recreate":
        return Told(what=what, risk=Risk.DOWNTIME, then="every rollout stops all pods before new ones start")
    return Told(what=what, risk=Risk.NONE, then="no restart; counts at the next rollout")


def _claim_templates(field: Field) -> Told:
    return Told(what=whole("volume claims", field.before, field.after), risk=Risk.DATA, then="pods get other volumes")


def _quiet(name: str, words: str, *, unit: str = "") -> Rule:
    def tell(field: Field) -> Told:
        return Told(what=setting(words, _with(field.before, unit), _with(field.after, unit)), risk=Risk.NONE)

    return Rule(pattern=("spec", name), tell=tell)


def _with(value: JsonValue, unit: str) -> JsonValue:
    return f"{value} {unit}" if unit and value is not None else value


WORKLOAD_RULES = (
    Rule(pattern=("spec", "replicas"), tell=_replicas),
    Rule(pattern=("spec", "selector"), tell=_selector),
    Rule(pattern=("spec", "strategy"), tell=_strategy),
    Rule(pattern=("spec", "volumeClaimTemplates"), tell=_claim_templates),
    _quiet("progressDeadlineSeconds", "time for a rollout", unit="s"),
    _quiet("minReadySeconds", "time that a new pod must answer before an old one goes", unit="s"),
    _quiet("revisionHistoryLimit", "old revisions kept"),
    _quiet("paused", "paused"),
)
