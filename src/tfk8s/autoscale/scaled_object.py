"""KEDA's ScaledObject as the HorizontalPodAutoscaler that KEDA makes of it, and what KEDA does beside that.

Fields and defaults: https://keda.sh/docs/2.21/reference/scaledobject-spec/; the autoscaler that is made:
`controllers/keda/hpa.go` of https://github.com/kedacore/keda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.autoscale.fields import Field
from tfk8s.autoscale.zero import Trigger, Zero
from tfk8s.spec.quantity import parse_quantity

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject, JsonValue

DEFAULT_MAX: Final = 100
DEFAULT_POLLING_S: Final = 30
DEFAULT_COOLDOWN_S: Final = 300
_RESOURCES: Final = ("cpu", "memory")


class Scaled(NamedTuple):
    """What a ScaledObject comes to.

    Attributes:
        autoscaler: The HorizontalPodAutoscaler.
        zero: How it goes to zero; `None`: it does not.
        schedules: Its cron triggers, as KEDA reads them, by the place of their metric.
    """

    autoscaler: JsonObject
    zero: Zero | None
    schedules: dict[int, dict[str, str]]


def read_scaled_object(body: JsonObject) -> Scaled:
    """Read a ScaledObject.

    Raises:
        InputError: It is none, or has what cannot be simulated; the path is named.
    """
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    spec = Field(body, f"ScaledObject {name or 'without a name'}").at("spec")
    triggers = spec.at("triggers").items()
    if not triggers:
        raise spec.at("triggers").error("is empty")
    least = spec.at("minReplicaCount").whole(default=0)
    advanced = spec.at("advanced", "horizontalPodAutoscalerConfig", "behavior")
    made: JsonObject = {
        "minReplicas": max(least, 1),
        "maxReplicas": spec.at("maxReplicaCount").whole(least=1, default=DEFAULT_MAX),
        "metrics": [_metric(trigger, index) for index, trigger in enumerate(triggers)],
    }
    if advanced.is_there:
        made["behavior"] = advanced.value
    autoscaler: JsonObject = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": f"keda-hpa-{name}"},
        "spec": made,
    }
    return Scaled(autoscaler, _zero(spec, triggers) if least == 0 else None, _schedules(triggers))


def _zero(spec: Field, triggers: tuple[Field, ...]) -> Zero:
    """CPU and memory wake nobody: KEDA leaves them to the autoscaler."""
    waking = [
        Trigger(metric=index, activation=_number(trigger.at("metadata", "activationThreshold"), default="0"))
        for index, trigger in enumerate(triggers)
        if trigger.at("type").text() not in _RESOURCES
    ]
    if not waking:
        raise spec.at("minReplicaCount").error("is 0, and no trigger could wake the service")
    return Zero(
        triggers=tuple(waking),
        polling_s=spec.at("pollingInterval").whole(least=1, default=DEFAULT_POLLING_S),
        cooldown_s=spec.at("cooldownPeriod").whole(default=DEFAULT_COOLDOWN_S),
        first_cooldown_s=spec.at("initialCooldownPeriod").whole(default=0),
    )


def _schedules(triggers: tuple[Field, ...]) -> dict[int, dict[str, str]]:
    keys = ("timezone", "start", "end", "desiredReplicas")
    return {
        index: {key: trigger.at("metadata", key).text() for key in keys}
        for index, trigger in enumerate(triggers)
        if trigger.at("type").text() == "cron"
    }


def _metric(trigger: Field, index: int) -> JsonValue:
    kind = trigger.at("type").text()
    if kind in _RESOURCES:
        return _resource(trigger, kind)
    name = trigger.at("name").text(default="") or f"s{index}-{kind}"
    threshold = trigger.at("metadata", "desiredReplicas" if kind == "cron" else "threshold")
    amount = "1" if kind == "cron" else threshold.text()
    whole = trigger.at("metricType").text(default="AverageValue")
    if whole not in ("AverageValue", "Value"):
        raise trigger.at("metricType").error(f"is {whole}; {kind} takes AverageValue or Value")
    key = "averageValue" if whole == "AverageValue" else "value"
    return {"type": "External", "external": {"metric": {"name": name}, "target": {"type": whole, key: amount}}}


def _resource(trigger: Field, kind: str) -> JsonValue:
    value, container = trigger.at("metadata", "value"), trigger.at("metadata", "containerName").text(default="")
    target: JsonObject = {"type": "AverageValue", "averageValue": value.text()}
    if trigger.at("metricType").text(default="Utilization") == "Utilization":
        target = {"type": "Utilization", "averageUtilization": int(_number(value))}
    if container:
        part: JsonObject = {"name": kind, "container": container, "target": target}
        return {"type": "ContainerResource", "containerResource": part}
    return {"type": "Resource", "resource": {"name": kind, "target": target}}


def _number(field: Field, *, default: str | None = None) -> float:
    try:
        return float(parse_quantity(field.text(default=default)).value)
    except ValueError as error:
        raise field.error(f"cannot be read: {error}") from error
