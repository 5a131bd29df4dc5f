"""How the model server is set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import Environment
from tfk8s.spec.flags import SERVER_FLAGS, FlagValue
from tfk8s.spec.part import Part

PositiveInt: TypeAlias = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _flag_value(value: object) -> FlagValue:
    if not isinstance(value, (bool, int, float, str)):
        raise PydanticCustomError("flag", "must be true, false, a number or text")
    return value


_FLAG_SCHEMA: JsonSchemaValue = {"type": ["boolean", "number", "string"]}


class BatchingSpec(Part):
    """Requests that wait a moment are computed together; the signature needs a batch axis."""

    max_batch_size: PositiveInt = 32
    """Most examples in a batch. Default: 32, where a CPU gains little more from a larger one."""

    timeout_micros: Annotated[int, Field(ge=0, le=60_000_000)] = 5000
    """Microseconds that a batch waits to fill. Default: 5000, small against the time of an image model on a CPU."""

    max_enqueued_batches: PositiveInt = 100
    """Batches that wait before requests are refused (HTTP 503). Default: 100, because a refusal beats a
    time-out."""

    threads: PositiveInt | None = None
    """Batches computed at once. Default: the CPU limit in whole cores."""

    allowed_batch_sizes: tuple[PositiveInt, ...] = ()
    """Sizes that batches are padded to, ascending, the last equal to `maxBatchSize`. Default: any size."""


class ServingSpec(Part):
    """Settings of the model server."""

    request_timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Seconds after which a REST request is answered with 504; pods stop that much later. Default: 30, the server's
    own."""

    batching: BatchingSpec | None = None
    """Computes requests together. Default: each on its own."""

    monitoring: bool = True
    """Whether Prometheus metrics are served, at /monitoring/prometheus/metrics on the REST port."""

    pod_monitoring: bool = False
    """The same as `monitoring.scrape: podMonitoring`: Google's managed Prometheus collects them. Default: false, and
    `monitoring.scrape` says it."""

    warmup: bool = True
    """Whether requests recorded in the model (`assets.extra/tf_serving_warmup_requests`) run before it serves."""

    load_retries: Annotated[int, Field(ge=0, le=100)] = 1
    """How often a failed load is tried again. Default: 1; the server's own 5, a minute apart, hide a broken model
    for 5 minutes, and Kubernetes starts the pod again anyway."""

    load_retry_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """Seconds between two tries. Default: 10, enough for a storage hiccup to pass."""

    file_poll_seconds: Annotated[int, Field(ge=1, le=86_400)] = 30
    """Seconds between looks for new versions, one listing a model and pod. Default: 30; the server's own 1 costs
    about 1000 USD a month on Cloud Storage. 0 is refused: a reload then never ends."""

    flags: Mapping[
        Annotated[str, WithJsonSchema({"enum": [flag.name for flag in SERVER_FLAGS.values() if flag.instead is None]})],
        Annotated[FlagValue, PlainValidator(_flag_value), WithJsonSchema(_FLAG_SCHEMA)],
    ] = Field(default_factory=dict)
    """Further flags of tensorflow_model_server, as `{rest_api_enable_cors_support: true}`. They win over what is
    computed; those that other fields set are refused with the field's name."""

    env: Environment = Field(default_factory=dict)
    """Environment variables of the server, all values text, as `{TF_CPP_MIN_LOG_LEVEL: "1"}`. They stand readable
    in the manifests: no place for secrets."""
