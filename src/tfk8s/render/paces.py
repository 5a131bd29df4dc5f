"""How fast an autoscaler goes when the spec says it.

Every field is written, so that no default of the API server makes the live object differ from the rendered one: KEDA
would write it again and again.
"""

from __future__ import annotations

from decimal import Decimal

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.facts import Facts
from tfk8s.spec import PacePolicy, PaceSpec, Quantity

TOLERANCE_MINOR = 35
"""HPAConfigurableTolerance is off before: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/."""

_SELECT = {"max": "Max", "min": "Min", "disabled": "Disabled"}


def pace(spec: PaceSpec, facts: Facts, *, window_s: int, usual: list[JsonValue]) -> JsonObject:
    """One direction of `behavior`.

    Args:
        spec: what is said of it.
        facts: the service; its release decides whether a tolerance is known.
        window_s: the stabilization window.
        usual: the policies where none are said.
    """
    found: JsonObject = {
        "stabilizationWindowSeconds": window_s,
        "selectPolicy": _SELECT[spec.select],
        "policies": [_policy(policy) for policy in spec.policies] or usual,
    }
    if spec.tolerance_percent is not None and knows_tolerance(facts):
        # As the API server writes it: 50m for 0.05.
        found["tolerance"] = str(Quantity(Decimal(spec.tolerance_percent) / 100))
    return found


def knows_tolerance(facts: Facts) -> bool:
    """Whether the release keeps a tolerance of one autoscaler."""
    return facts.options.kubernetes_minor >= TOLERANCE_MINOR


def pace_reason(spec: PaceSpec, *, key: str, usual: str) -> str:
    """Why it is so."""
    if spec.select == "disabled":
        return f"never: scaling.behavior.{key}.select is disabled"
    return f"as scaling.behavior.{key} says" if spec.policies else usual


def _policy(policy: PacePolicy) -> JsonObject:
    if policy.pods is not None:
        return {"type": "Pods", "value": policy.pods, "periodSeconds": policy.seconds}
    return {"type": "Percent", "value": policy.percent, "periodSeconds": policy.seconds}
