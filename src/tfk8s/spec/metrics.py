"""What the autoscaler looks at. A new kind is a variant here and an arm in `render`.

CPU and memory are what most specs say; the others are loaded when a spec has one (`tfk8s.spec.deferred`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, Union

from pydantic import Discriminator, Field, Tag

from tfk8s.spec.deferred import Deferred
from tfk8s.spec.part import Part

if TYPE_CHECKING:
    from tfk8s.spec.server_metrics import FurtherMetric

Percent: TypeAlias = Annotated[int, Field(ge=1, le=100)]


class CpuMetric(Part):
    """Mean CPU use of the pods."""

    kind: ClassVar[Literal["cpu"]] = "cpu"

    cpu: Percent
    """Percent of the CPU request that the pods shall use on average; more adds pods. 60 leaves room for the time
    that a new pod needs to load the model."""


class MemoryMetric(Part):
    """Mean memory use of the pods."""

    kind: ClassVar[Literal["memory"]] = "memory"

    memory: Percent
    """Percent of the memory request that the pods shall use on average. The server gives little memory back, so
    this adds pods and seldom removes them."""


METRIC_KINDS = (
    "cpu",
    "memory",
    "containerCpu",
    "containerMemory",
    "requestsPerSecond",
    "inFlight",
    "latencyMilliseconds",
    "external",
)
"""The key that tells each kind in the file."""

SERVER_KINDS = frozenset({"requestsPerSecond", "inFlight", "latencyMilliseconds"})
"""Those that the server itself counts, and that somebody must have collected."""


def metric_kind(metric: Metric) -> str:
    """The key that tells the metric's kind in the file."""
    return str(metric.kind)


def kind_of(value: object) -> str | None:
    """The kind of what may become a metric or is one, None when it says none."""
    if isinstance(value, dict):
        return next((kind for kind in METRIC_KINDS if kind in value), None)
    return getattr(value, "kind", None)


def _tag(value: object) -> str | None:
    kind = kind_of(value)
    if kind is None:
        return None
    return f"{kind}-metric" if kind in ("cpu", "memory") else "further-metric"


if TYPE_CHECKING:
    Metric: TypeAlias = Union[CpuMetric, MemoryMetric, FurtherMetric]
else:
    Metric = Annotated[
        Union[
            Annotated[CpuMetric, Tag("cpu-metric")],
            Annotated[MemoryMetric, Tag("memory-metric")],
            Annotated[Any, Deferred("tfk8s.spec.server_metrics", "FurtherMetric"), Tag("further-metric")],
        ],
        Discriminator(
            _tag,
            custom_error_type="metric",
            custom_error_message=f"must be a map with one of {', '.join(METRIC_KINDS)}, such as {{cpu: 60}}",
        ),
    ]
