"""A live autoscaler in short: replicas, bounds, each metric beside its target, and its conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.autoscale.account import current_words, name_of, target_words
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.reading import status_of
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNow:
    """A metric beside its target; `current` is "unknown" without a value."""

    name: str
    current: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionNow:
    """A condition of the status. `is_good`: it lets the autoscaler do its work (ScalingLimited is good when False)."""

    kind: str
    status: str
    reason: str
    is_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What `show` shows.

    Attributes:
        name: Of the HorizontalPodAutoscaler.
        target: As in `Deployment/resnet`.
        made_by: Whose it is, as in `ScaledObject/resnet`; "" when nobody else makes it.
        minimum: Bound.
        maximum: Bound.
        current: Replicas that the last sync found.
        desired: Replicas that it left.
        ready: Pods of the target that are ready; None: the target does not exist.
        last_change: When replicas changed last, as the status has it; "" for never.
        metrics: In the order of the spec.
        conditions: As the status has them.
    """

    name: str
    target: str
    made_by: str
    minimum: int
    maximum: int
    current: int
    desired: int
    ready: int | None
    last_change: str
    metrics: tuple[MetricNow, ...]
    conditions: tuple[ConditionNow, ...]


def summarize(scaler: JsonObject, *, target: JsonObject | None) -> Summary:
    """Read an autoscaler and what it scales (None: that is absent).

    Raises:
        InputError: A field of the autoscaler that no API server would store.
    """
    config = config_of(scaler)
    ref, status = object_at(scaler, "spec", "scaleTargetRef"), object_at(scaler, "status")
    return Summary(
        name=text_at(scaler, "metadata", "name"),
        target=f"{text_at(ref, 'kind')}/{text_at(ref, 'name')}",
        made_by=maker_of(scaler),
        minimum=config.minimum,
        maximum=config.maximum,
        current=integer_at(status, "currentReplicas"),
        desired=integer_at(status, "desiredReplicas"),
        ready=None if target is None else integer_at(target, "status", "readyReplicas"),
        last_change=text_at(status, "lastScaleTime"),
        metrics=tuple(
            MetricNow(
                name=name_of(metric),
                current=current_words(metric, status_of(metric, scaler)),
                target=target_words(metric),
            )
            for metric in config.metrics
        ),
        conditions=tuple(_condition(item) for item in objects_at(status, "conditions")),
    )


def maker_of(scaler: JsonObject) -> str:
    """Return who makes an autoscaler, as in `ScaledObject/resnet`; "" where nobody does."""
    owners = objects_at(scaler, "metadata", "ownerReferences")
    return next((f"{text_at(each, 'kind')}/{text_at(each, 'name')}" for each in owners), "")


def _condition(item: JsonObject) -> ConditionNow:
    kind, status = text_at(item, "type"), text_at(item, "status")
    good = "True" if kind in ("AbleToScale", "ScalingActive") else "False"
    return ConditionNow(kind=kind, status=status, reason=text_at(item, "reason"), is_good=status == good)
