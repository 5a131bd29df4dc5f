"""A HorizontalPodAutoscaler, rendered or live, as the controller reads it: after the API server's defaults.

Defaults: `SetDefaults_HorizontalPodAutoscaler` in pkg/apis/autoscaling/v2/defaults.go of
https://github.com/kubernetes/kubernetes, and for v1 `Convert_v1_HorizontalPodAutoscalerSpec_To_autoscaling_...` in
pkg/apis/autoscaling/v1/conversion.go. What the API server would refuse is refused (pkg/apis/autoscaling/validation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.config import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    RESOURCES,
    AverageValue,
    Behavior,
    Config,
    Flags,
    Metric,
    Policy,
    PolicyKind,
    Rules,
    SelectPolicy,
    Source,
    Utilization,
    Value,
)
from tfk8s.autoscale.fields import Field

if TYPE_CHECKING:
    from tfk8s.autoscale.config import Target
    from tfk8s.manifest import JsonObject

DEFAULT_CPU_PERCENT: Final = 80
_DEFAULT_FLAGS: Final = Flags()
_MAX_PERIOD_S: Final = 1800
_MAX_WINDOW_S: Final = 3600
_SERVICE_WIDE: Final = (Source.OBJECT, Source.EXTERNAL)
_OLD_METRICS: Final = "autoscaling.alpha.kubernetes.io/metrics"


def config_of(autoscaler: JsonObject, *, flags: Flags = _DEFAULT_FLAGS) -> Config:
    """Read an autoscaler.

    Args:
        autoscaler: A HorizontalPodAutoscaler of autoscaling/v2 or v1; metrics of the result are in its order.
        flags: Of the controller that would act on it.

    Raises:
        InputError: It is another kind or version, or the API server would refuse it; the path is named.
    """
    root = _root(autoscaler)
    spec = root.at("spec")
    version = root.at("apiVersion").text()
    metrics: tuple[Metric, ...]
    if version == "autoscaling/v1":
        metrics, behavior = (_cpu_of_v1(root),), None
    elif version == "autoscaling/v2":
        metrics = tuple(_metric(item) for item in spec.at("metrics").items()) or (_cpu(DEFAULT_CPU_PERCENT),)
        behavior = _behavior(spec.at("behavior"))
    else:
        raise root.at("apiVersion").error(
            f"is {version}", hint="write it as autoscaling/v2, which servers have from 1.23"
        )
    minimum = spec.at("minReplicas").whole(default=1)
    if minimum == 0 and not any(metric.source in _SERVICE_WIDE for metric in metrics):
        raise spec.at("minReplicas").error("is 0, and no metric of type Object or External could wake the service")
    maximum = spec.at("maxReplicas").whole(least=max(1, minimum))
    return Config(minimum=minimum, maximum=maximum, metrics=metrics, behavior=behavior, flags=flags)


def _root(autoscaler: JsonObject) -> Field:
    metadata, kind = autoscaler.get("metadata"), autoscaler.get("kind")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    root = Field(autoscaler, f"{kind or 'object'} {name or 'without a name'}")
    if kind != "HorizontalPodAutoscaler":
        raise root.at("kind").error("is not HorizontalPodAutoscaler")
    return root


def _cpu(percent: int) -> Metric:
    return Metric(source=Source.RESOURCE, target=Utilization(percent), name="cpu")


def _cpu_of_v1(root: Field) -> Metric:
    if root.at("metadata", "annotations", _OLD_METRICS).is_there:
        raise root.at("metadata").error(
            f"has the annotation {_OLD_METRICS}: metrics that autoscaling/v1 has no fields for",
            hint="read it as autoscaling/v2: `kubectl get hpa.v2.autoscaling NAME -o yaml`",
        )
    return _cpu(root.at("spec", "targetCPUUtilizationPercentage").whole(least=1, default=DEFAULT_CPU_PERCENT))


def _metric(item: Field) -> Metric:
    kind = item.at("type").text()
    try:
        source = Source(kind)
    except ValueError:
        known = ", ".join(each.value for each in Source)
        raise item.at("type").error(f"is {kind}; it can be {known}") from None
    part = item.at(source.key)
    if not part.is_there:
        raise part.error("is missing")
    named = part if source in RESOURCES else part.at("metric")
    container = part.at("container").text() if source is Source.CONTAINER_RESOURCE else ""
    return Metric(source=source, target=_target(part, source), name=named.at("name").text(), container=container)


def _target(part: Field, source: Source) -> Target:
    """Read the one target that the type of metric can have."""
    target = part.at("target")
    fields = {name: target.at(name) for name in ("averageUtilization", "averageValue", "value")}
    written = [name for name, field in fields.items() if field.is_there]
    allowed = {
        Source.RESOURCE: ("averageUtilization", "averageValue"),
        Source.CONTAINER_RESOURCE: ("averageUtilization", "averageValue"),
        Source.PODS: ("averageValue",),
    }.get(source, ("averageValue", "value"))
    if len(written) != 1 or written[0] not in allowed:
        found = " and ".join(written) or "nothing"
        raise target.error(f"has {found}; {source.value} takes {' or '.join(allowed)}")
    if written[0] == "averageUtilization":
        return Utilization(fields["averageUtilization"].whole(least=1))
    milli = fields[written[0]].milli()
    return AverageValue(milli) if written[0] == "averageValue" else Value(milli)


def _behavior(behavior: Field) -> Behavior | None:
    if not behavior.is_there:
        return None
    return Behavior(
        up=_rules(behavior.at("scaleUp"), default=DEFAULT_UP),
        down=_rules(behavior.at("scaleDown"), default=DEFAULT_DOWN),
    )


def _rules(rules: Field, *, default: Rules) -> Rules:
    policies, window = rules.at("policies"), rules.at("stabilizationWindowSeconds")
    tolerance, select = rules.at("tolerance"), rules.at("selectPolicy").text(default=default.select.value)
    found = tuple(_policy(item) for item in policies.items()) if policies.is_there else default.policies
    if not found:
        raise policies.error("is empty", hint="leave it out for the defaults, or write selectPolicy: Disabled")
    if select not in [each.value for each in SelectPolicy]:
        raise rules.at("selectPolicy").error(f"is {select}; it can be Max, Min or Disabled")
    return Rules(
        policies=found,
        select=SelectPolicy(select),
        window_s=window.whole(most=_MAX_WINDOW_S) if window.is_there else default.window_s,
        tolerance=tolerance.number() if tolerance.is_there else None,
    )


def _policy(item: Field) -> Policy:
    kind = item.at("type").text()
    if kind not in [each.value for each in PolicyKind]:
        raise item.at("type").error(f"is {kind}; it can be Pods or Percent")
    return Policy(
        kind=PolicyKind(kind),
        value=item.at("value").whole(least=1),
        period_s=item.at("periodSeconds").whole(least=1, most=_MAX_PERIOD_S),
    )
