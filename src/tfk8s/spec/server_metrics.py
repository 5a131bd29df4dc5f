"""What an autoscaler can look at beside the pods' CPU and memory; loaded when a spec has one of these.

How each is asked for, as a query, stands once in `tfk8s.render.queries`.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, TypeAlias, Union

from pydantic import AfterValidator, Discriminator, Field, PlainSerializer, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import QUANTITY_SCHEMA, DnsLabel, SelectorLabels, quantity
from tfk8s.spec.metrics import Percent, kind_of
from tfk8s.spec.part import Part
from tfk8s.spec.promql import PromQl
from tfk8s.spec.quantity import Quantity

SERVER_CONTAINER: Literal["model-server"] = "model-server"
"""The container of the pods in which the server runs."""

MAX_EXTERNAL_NAME = 100


def _amount(value: object) -> Quantity:
    amount = quantity(value)
    if not amount.value or amount.value * 1000 != amount.milli:
        message = "{text} is no target: write a number above 0 in steps of 0.001, such as 50 or 0.5"
        raise PydanticCustomError("quantity", message, {"text": str(amount)})
    return amount


def _metric_name(text: str) -> str:
    if len(text) > MAX_EXTERNAL_NAME or not re.match(METRIC_NAME, text):
        message = "{text} is no name of a metric (letters, digits, - _ . | : at most {most})"
        raise PydanticCustomError("name", message, {"text": text, "most": MAX_EXTERNAL_NAME})
    return text


METRIC_NAME = r"[A-Za-z0-9][A-Za-z0-9_.|:-]*\Z"
Amount: TypeAlias = Annotated[Quantity, PlainValidator(_amount), PlainSerializer(str), WithJsonSchema(QUANTITY_SCHEMA)]
MetricName: TypeAlias = Annotated[str, AfterValidator(_metric_name)]


class ContainerCpuMetric(Part):
    """Mean CPU use of one container of the pods."""

    kind: ClassVar[Literal["containerCpu"]] = "containerCpu"

    container_cpu: Percent
    """Percent of the container's CPU request, on average: what `cpu` is where a mesh or an operator adds containers
    to the pods, whose use would count there."""

    container: DnsLabel = SERVER_CONTAINER
    """Name of the container. Default: model-server, where the server runs."""


class ContainerMemoryMetric(Part):
    """Mean memory use of one container of the pods."""

    kind: ClassVar[Literal["containerMemory"]] = "containerMemory"

    container_memory: Percent
    """Percent of the container's memory request, on average."""

    container: DnsLabel = SERVER_CONTAINER
    """Name of the container. Default: model-server, where the server runs."""


class RequestsMetric(Part):
    """Predictions that each pod answers in a second."""

    kind: ClassVar[Literal["requestsPerSecond"]] = "requestsPerSecond"

    requests_per_second: Amount
    """Predictions a second that one pod shall get on average, REST and gRPC together, failed ones too. Probes are not
    counted. `tfk8s bench` measures what a pod can do."""


class InFlightMetric(Part):
    """Predictions that each pod works on at once."""

    kind: ClassVar[Literal["inFlight"]] = "inFlight"

    in_flight: Amount
    """Predictions that one pod shall be working on at a time, on average: rate times time (Little's law), from what
    was answered. Follows slow requests that a rate does not show."""


class LatencyMetric(Part):
    """How long predictions take inside the server."""

    kind: ClassVar[Literal["latencyMilliseconds"]] = "latencyMilliseconds"

    latency_milliseconds: Annotated[int, Field(ge=1, le=3_600_000)]
    """Milliseconds in which the server shall answer; time on the network and in the queue before it is not in it.
    Latency does not fall in proportion to pods: better as a second metric beside a rate."""

    percentile: Annotated[int, Field(ge=1, le=99)] = 95
    """Of which the target speaks: 95 for the time that 95 of 100 predictions stay below. Default: 95."""


class ExternalSource(Part):
    """A number from outside of the pods."""

    name: MetricName
    """Name of the metric, as external.metrics.k8s.io serves it; with keda: the name of its trigger."""

    query: PromQl | None = None
    """With keda: the PromQL expression that gives the number, as `sum(queue_length{queue="images"})`."""

    selector: SelectorLabels = Field(default_factory=dict)
    """Without keda: labels of the metric, as `{queue: images}`."""

    average_value: Amount | None = None
    """The number for each pod: of 90 and 30, three pods. Either this or `value`."""

    value: Amount | None = None
    """The number as a whole: above it pods are added in proportion."""


class ExternalMetric(Part):
    """A number from outside of the pods, such as the length of a queue."""

    kind: ClassVar[Literal["external"]] = "external"

    external: ExternalSource
    """Which number, and what it shall be: `{name: queue-length, averageValue: 30}`."""


def _tag(value: object) -> str | None:
    return f"{kind_of(value)}-metric"  # never a key of the map itself, which the path of an error would take it for


FurtherMetric: TypeAlias = Annotated[
    Union[
        Annotated[ContainerCpuMetric, Tag("containerCpu-metric")],
        Annotated[ContainerMemoryMetric, Tag("containerMemory-metric")],
        Annotated[RequestsMetric, Tag("requestsPerSecond-metric")],
        Annotated[InFlightMetric, Tag("inFlight-metric")],
        Annotated[LatencyMetric, Tag("latencyMilliseconds-metric")],
        Annotated[ExternalMetric, Tag("external-metric")],
    ],
    Discriminator(_tag),
]
"""Every kind but CPU and memory of the pods."""
