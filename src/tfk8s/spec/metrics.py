"""What the autoscaler looks at. A new source is a variant here and an arm in `render`."""

from __future__ import annotations

from typing import Annotated, TypeAlias, Union

from pydantic import Discriminator, Field, Tag
from typing_extensions import assert_never

from tfk8s.spec.part import Part

Percent: TypeAlias = Annotated[int, Field(ge=1, le=100)]


class CpuMetric(Part):
    """Mean CPU use of the pods."""

    cpu: Percent
    """Percent of the CPU request that the pods shall use on average; more adds pods. 60 leaves room for the time
    that a new pod needs to load the model."""


class MemoryMetric(Part):
    """Mean memory use of the pods."""

    memory: Percent
    """Percent of the memory request that the pods shall use on average. The server gives little memory back, so
    this adds pods and seldom removes them."""


METRIC_KINDS = ("cpu", "memory")


def metric_kind(metric: CpuMetric | MemoryMetric) -> str:
    """The key that tells the metric's kind in the file."""
    match metric:
        case CpuMetric():
            return "cpu"
        case MemoryMetric():
            return "memory"
        case _:
            assert_never(metric)


def _tag(value: object) -> str | None:
    if isinstance(value, (CpuMetric, MemoryMetric)):
        return f"{metric_kind(value)}-metric"
    kinds = [kind for kind in METRIC_KINDS if isinstance(value, dict) and kind in value]
    return f"{kinds[0]}-metric" if kinds else None


Metric: TypeAlias = Annotated[
    Union[Annotated[CpuMetric, Tag("cpu-metric")], Annotated[MemoryMetric, Tag("memory-metric")]],
    Discriminator(
        _tag,
        custom_error_type="metric",
        custom_error_message="must be a map with one of cpu, memory, such as {cpu: 60}",
    ),
]
