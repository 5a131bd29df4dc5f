"""How fast an autoscaler goes: `behavior` of a HorizontalPodAutoscaler, which a ScaledObject has too."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Part
from tfk8s.manifest import JsonObject, JsonValue

_USUAL: dict[str, list[JsonValue]] = {
    "scaleUp": [{"pods": 2, "seconds": 60}, {"percent": 100, "seconds": 60}],
    "scaleDown": [{"pods": 1, "seconds": 30}, {"percent": 50, "seconds": 30}],
}
"""What a spec means that says nothing."""

_FORMS = {"Pods": "pods", "Percent": "percent"}
_PERCENT = 100


def behavior_of(behavior: Part) -> JsonObject:
    """The part `behavior`, {} when it is what a spec means anyway."""
    found: JsonObject = {}
    for key in ("scaleUp", "scaleDown"):
        direction = behavior.at(key)
        seconds = direction.number("stabilizationWindowSeconds")
        if seconds is not None and seconds != (0 if key == "scaleUp" else 300):
            found[f"{key}WindowSeconds"] = seconds
        pace = _pace(direction, usual=_USUAL[key])
        if pace:
            found[key] = pace
    return found


def _pace(direction: Part, *, usual: list[JsonValue]) -> JsonObject:
    select = (direction.text("selectPolicy") or "Max").lower()
    policies = [policy for part in direction.items("policies") for policy in _policy(part)]
    tolerance = _tolerance(direction)
    if select == "disabled":
        return {"select": select}
    pace: JsonObject = {}
    if policies and policies != usual:
        pace["policies"] = policies
    if select != "max":
        pace["select"] = select
    if tolerance is not None:
        pace["tolerancePercent"] = tolerance
    return pace


def _policy(part: Part) -> list[JsonValue]:
    form, value, seconds = part.text("type"), part.number("value"), part.number("periodSeconds")
    if form not in _FORMS or value is None or seconds is None:
        part.tell(NoteKind.LOST, "is no policy of pods or percent in some seconds")
        return []
    return [{_FORMS[form]: value, "seconds": seconds}]


def _tolerance(direction: Part) -> int | None:
    given = direction.use("tolerance")
    if given is None:
        return None
    try:
        percent = Decimal(str(given).removesuffix("m")) * _PERCENT / (1000 if str(given).endswith("m") else 1)
    except InvalidOperation:
        direction.at("tolerance").tell(NoteKind.LOST, f"{given} is no number")
        return None
    rounded = min(int(percent.to_integral_value()), _PERCENT)
    if rounded != percent:
        direction.at("tolerance").tell(NoteKind.CHANGED, f"becomes {rounded} percent")
    return rounded
