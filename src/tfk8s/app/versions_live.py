"""What the cluster says of a service before a version is added: how it is configured, and what clients get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.app.service import ServiceName
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import InputError, PreconditionError, PredictionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at, value_at
from tfk8s.manifest.server_config import MODELS_FILE, ModelConfig, read_server_config
from tfk8s.model import Signature
from tfk8s.plan.capacity import amount_of
from tfk8s.ports import ByVersion, Transport
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import ServiceSpec, object_name


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveService:
    """A service as it runs.

    Attributes:
        image: of its pods.
        memory: bytes that a pod may use.
        models: how the server is configured, by the model's name; empty when that cannot be read.
    """

    image: str
    memory: int
    models: Mapping[str, ModelConfig]


def read_live(name: ServiceName, *, cluster: Cluster) -> LiveService:
    """Read the Deployment and the server's configuration.

    Raises:
        PreconditionError: there is no such service.
    """
    called = name.objects.deployment if name.objects is not None else name.name
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=called)
    deployment = cluster.get(ref)
    if deployment is None:
        raise PreconditionError(
            f"there is no {ref} on {cluster.identity}, so there is nothing to add a version to",
            hint="deploy the service first: tfk8s up, or tfk8s apply",
        )
    server: JsonObject = next(iter(objects_at(deployment, "spec", "template", "spec", "containers")), {})
    return LiveService(
        image=text_at(server, "image"),
        memory=int(amount_of(value_at(server, "resources", "limits", "memory"))),
        models=_models(name, cluster=cluster),
    )


def _models(name: ServiceName, *, cluster: Cluster) -> Mapping[str, ModelConfig]:
    ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace=name.namespace, name=object_name(name.name, "config"))
    text = text_at(cluster.get(ref), "data", MODELS_FILE)
    try:
        return {model.name: model for model in read_server_config(text).models} if text else {}
    except InputError:
        return {}


def served_signatures(spec: ServiceSpec, *, model: str, number: int, access: ServerAccess) -> tuple[Signature, ...]:
    """What a running server says of a version, through the Service.

    Raises:
        PredictionError: nobody answers, or the version is not served.
        PreconditionError: there is no ready pod.
    """
    transport: Transport = "rest" if "rest" in spec.expose.ports else "grpc"
    try:
        with (
            access.reach.open(ServiceName.of(spec).service, transport=transport) as endpoint,
            access.servers.connect(endpoint) as server,
        ):
            return server.metadata(model, target=ByVersion(number=number)).signatures
    except (PredictionError, PreconditionError) as error:
        why = f"version {number} is what clients rely on, and could not be asked what it promises"
        error.details = (*error.details, why)
        raise
