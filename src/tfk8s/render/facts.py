"""What several objects of a service need to know, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.ownership import ownership_labels
from tfk8s.manifest.server_config import config_hash
from tfk8s.render.config_files import config_files
from tfk8s.render.front import Front, drain_s, front_of
from tfk8s.render.image import check_reference, image_reference
from tfk8s.render.result import RenderOptions
from tfk8s.render.served import ServedModel, served_models
from tfk8s.render.sizing import Reasoned, memory_bytes
from tfk8s.render.timing import Situation
from tfk8s.spec import Autoscaled, ObjectNames, Quantity, ServiceSpec, object_names

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


class Facts(NamedTuple):
    """The spec together with what follows from it and from the models.

    Attributes:
        spec: the service.
        names: what its objects are called, and how they find each other.
        options: what is known beside it.
        models: the models as the server gets them.
        image: reference of the pods' image.
        config: the server's configuration files by name.
        situation: what times depend on.
        computed_memory: bytes that the models need.
        front: what the load balancer in front of the Service needs of the objects behind it.
    """

    spec: ServiceSpec
    names: ObjectNames
    options: RenderOptions
    models: tuple[ServedModel, ...]
    image: str
    config: Mapping[str, str]
    situation: Situation
    computed_memory: Reasoned
    front: Front

    @property
    def memory(self) -> Reasoned:
        """Bytes that a pod gets: what the spec says, or what was computed."""
        stated = self.spec.resources.memory
        return self.computed_memory if stated == "auto" else Reasoned(value=stated.units, reason="from the spec")

    @property
    def memory_quantity(self) -> Quantity:
        """The same as an amount that Kubernetes reads."""
        stated = self.spec.resources.memory
        return Quantity(Decimal(self.computed_memory.value), is_binary=True) if stated == "auto" else stated

    @property
    def least_pods(self) -> int:
        """Pods that there always are."""
        scaling = self.spec.scaling
        return scaling.min if isinstance(scaling, Autoscaled) else scaling.replicas

    @property
    def most_pods(self) -> int:
        """Pods that there may be."""
        scaling = self.spec.scaling
        return scaling.max if isinstance(scaling, Autoscaled) else scaling.replicas

    @property
    def serves_grpc(self) -> bool:
        """Whether clients may use the gRPC port."""
        return "grpc" in self.spec.expose.ports

    @property
    def config_hash(self) -> str:
        """Changes whenever a configuration file does."""
        return config_hash(self.config)

    def metadata(self, name: str, *, annotations: Mapping[str, str] | None = None) -> JsonObject:
        """The metadata of a namespaced object of the service."""
        labels: dict[str, JsonValue] = {**self.spec.labels, **ownership_labels(self.spec.name)}
        notes: dict[str, JsonValue] = {**self.spec.annotations, **(annotations or {})}
        metadata: JsonObject = {"name": name, "namespace": self.spec.namespace, "labels": in_key_order(labels)}
        return {**metadata, "annotations": in_key_order(notes)} if notes else metadata


def in_key_order(values: Mapping[str, JsonValue]) -> JsonObject:
    """Sort a map whose order has no meaning, so that the same content is the same text."""
    return dict(sorted(values.items()))


def gather(spec: ServiceSpec, models: Mapping[str, ModelInfo], *, options: RenderOptions) -> Facts:
    """Compute what several objects share.

    Raises:
        InputError: a model cannot be served as the spec says, or the given image is no reference.
    """
    served = served_models(spec, models)
    loads = tuple(model.load for model in served)
    startup = spec.lifecycle.startup_seconds
    return Facts(
        spec=spec,
        names=object_names(spec),
        options=options,
        models=served,
        image=check_reference(options.image or image_reference(spec, served)),
        config=config_files(spec, served),
        computed_memory=memory_bytes(loads),
        situation=Situation(
            loads=loads,
            has_gpu=spec.resources.gpu > 0,
            serves_grpc="grpc" in spec.expose.ports,
            request_timeout_s=spec.serving.request_timeout_seconds,
            load_retries=spec.serving.load_retries,
            load_retry_s=spec.serving.load_retry_seconds,
            drain_s=drain_s(spec),
            startup_s=None if startup == "auto" else startup,
        ),
        front=front_of(spec),
    )
