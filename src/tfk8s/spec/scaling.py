"""How many pods: a fixed number, or a range in which the autoscaler moves."""

from __future__ import annotations

from typing import Annotated, TypeAlias, Union

from pydantic import Discriminator, Field, Tag

from tfk8s.spec.deferred import PaceField, ScheduleField, SourceField, WakeField
from tfk8s.spec.metrics import CpuMetric, Metric
from tfk8s.spec.part import Part

Replicas: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
Least: TypeAlias = Annotated[int, Field(ge=0, le=1000)]
Window: TypeAlias = Annotated[int, Field(ge=0, le=3600)]


class Fixed(Part):
    """Always the same number of pods."""

    replicas: Replicas = 1
    """Number of pods. Default: 1, because nothing may cost more without being asked to."""


class Behavior(Part):
    """How calmly the autoscaler follows its metrics."""

    scale_down_window_seconds: Window = 300
    """Seconds during which the highest recommendation wins before pods are removed. Default: 300, as in
    Kubernetes."""

    scale_up_window_seconds: Window = 0
    """Seconds during which the lowest recommendation wins before pods are added. Default: 0, as in Kubernetes."""

    scale_up: PaceField | None = None
    """How fast pods may be added. Default: at most double, or two pods more, in 60 seconds."""

    scale_down: PaceField | None = None
    """How fast pods may be removed. Default: at most half, or one pod less, in 30 seconds."""


class Autoscaled(Part):
    """An autoscaler moves the number of pods."""

    min: Least = 1
    """Fewest pods. 0, where something can tell of demand without any pod: with keda and `wake`, or an external
    metric; requests that come meanwhile fail, see docs/scaling.md."""

    max: Replicas
    """Most pods; the bound of the cost."""

    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)] = (CpuMetric.model_construct(cpu=60),)
    """What the autoscaler looks at, each kind once; the metric that asks for most pods wins. Default: CPU at 60
    percent."""

    source: SourceField | None = None
    """Who knows the metrics that the server counts, as `{kind: keda, server: "http://prometheus.monitoring:9090"}`.
    Absent: a HorizontalPodAutoscaler that asks the cluster alone."""

    wake: WakeField | None = None
    """With keda and `min: 0`: what tells of demand while there is no pod."""

    schedules: Annotated[tuple[ScheduleField, ...], Field(max_length=50)] = ()
    """With keda: floors by the time of day, as `{start: 0 8 * * 1-5, end: 0 18 * * 1-5, min: 4}`."""

    behavior: Behavior = Behavior.unsaid()
    """How calmly it follows."""


def _kind(value: object) -> str:
    if isinstance(value, Fixed) or (isinstance(value, dict) and "replicas" in value):
        return "fixed-scaling"
    return "autoscaled-scaling"


Scaling: TypeAlias = Annotated[
    Union[Annotated[Fixed, Tag("fixed-scaling")], Annotated[Autoscaled, Tag("autoscaled-scaling")]],
    Discriminator(_kind),
]
