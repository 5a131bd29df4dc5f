"""A service on a fake cluster whose pods mount a configuration, with a model server a pod."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes.cluster import FakeCluster
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tfk8s.app.fleet import read_fleet
from tfk8s.app.service import Deployable
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION, ownership_labels, workload_selector
from tfk8s.manifest.server_config import (
    MODELS_FILE,
    ModelConfig,
    ServerConfig,
    VersionPolicy,
    config_hash,
    write_server_config,
)
from tfk8s.ports import Endpoint, ModelServer, ServerCode, ServingState, VersionState
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.rollout.fleet import Fleet

NAMED = small_service().name
CONFIG_MAP = ObjectRef(api_version="v1", kind="ConfigMap", namespace="serving", name=f"{NAME}-config")


def server_config(versions: VersionPolicy = (1,), **labels: int) -> ServerConfig:
    return ServerConfig(models=(ModelConfig(name=NAME, base_path=f"/models/{NAME}", versions=versions, labels=labels),))


def server(*states: VersionState | int, **labels: int) -> FakeModelServer:
    """A number is a version that is available."""
    listed = (
        VersionState(number=each, state=ServingState.AVAILABLE) if isinstance(each, int) else each for each in states
    )
    return FakeModelServer(model=NAME, states=tuple(listed), labels=labels)


def failed(number: int, words: str = "no such bucket") -> VersionState:
    return VersionState(number=number, state=ServingState.END, error_code="NOT_FOUND", error_message=words)


@dataclass
class Silent(FakeModelServer):
    """A server that refuses to say anything."""

    def status(self, model: str) -> tuple[VersionState, ...]:
        raise refused(ServerCode.UNAVAILABLE, f"nothing of {model} now")


@dataclass
class EachPod:
    """A model server a pod, by the end of the pod's name."""

    servers: dict[str, FakeModelServer]
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        pod = endpoint.how.rpartition(" ")[2]
        self.asked.append(pod)
        yield next(found for end, found in self.servers.items() if pod.endswith(end))


def mounted(config: ServerConfig, *, replicas: int = 2, annotation: str | None = None) -> Deployable:
    """The small service with a configuration in its ConfigMap, mounted, and its hash on the template."""
    text = write_server_config(config)
    made = small_service(replicas=replicas, config=text)
    return replace(made, manifests=Manifests(_mounting(item, text, annotation) for item in made.manifests))


def _mounting(item: Manifest, text: str, annotation: str | None) -> Manifest:
    if item.ref.kind != "Deployment":
        return item
    body: Any = dict(item.body)
    template = body["spec"]["template"]
    volumes = [{"name": "config", "configMap": {"name": CONFIG_MAP.name}}]
    digest = annotation or config_hash({MODELS_FILE: text})
    metadata = {**template["metadata"], "annotations": {CONFIG_HASH_ANNOTATION: digest}}
    template = {**template, "metadata": metadata, "spec": {**template["spec"], "volumes": volumes}}
    return Manifest.of({**body, "spec": {**body["spec"], "template": template}})


def running_stage(config: ServerConfig, *, replicas: int = 2, cluster: FakeCluster | None = None) -> Stage:
    """A cluster with the service, applied and ready; from now on no controller changes anything."""
    stage = Stage(cluster)
    stage.apply(mounted(config, replicas=replicas))
    stage.cluster.before_read = lambda: None
    deployment = stage.cluster.get(small_service().deployment)
    annotations = object_at(deployment, "spec", "template", "metadata", "annotations")
    for pod in pods_on(stage):
        stage.cluster.put({**pod, "metadata": {**object_at(pod, "metadata"), "annotations": annotations}})
    return stage


def pods_on(stage: Stage) -> tuple[JsonObject, ...]:
    """The pods as the cluster has them."""
    return stage.cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace="serving"))


def write_config(stage: Stage, config: ServerConfig) -> None:
    """Change the live ConfigMap as somebody would by hand."""
    live = stage.cluster.get(CONFIG_MAP)
    assert live is not None
    stage.cluster.put({**live, "data": {MODELS_FILE: write_server_config(config)}})


def add_canary(stage: Stage, config: ServerConfig) -> None:
    """A pod of the component canary with its own ConfigMap, as a second Deployment would make."""
    labels: JsonObject = {**ownership_labels(NAME, component="canary")}
    text = write_server_config(config)
    metadata: JsonObject = {"namespace": "serving", "labels": labels}
    stage.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {**metadata, "name": f"{NAME}-canary-config"},
            "data": {MODELS_FILE: text},
        }
    )
    assert workload_selector(NAME, component="canary").items() <= labels.items()
    stage.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **metadata,
                "name": f"{NAME}-canary-x",
                "uid": "canary",
                "annotations": {CONFIG_HASH_ANNOTATION: config_hash({MODELS_FILE: text})},
            },
            "spec": {
                "containers": [{"name": "server", "ports": [{"name": "rest", "containerPort": 8501}]}],
                "volumes": [{"name": "config", "configMap": {"name": f"{NAME}-canary-config"}}],
            },
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        }
    )


def fleet_on(stage: Stage, *servers: FakeModelServer, **by_end: FakeModelServer) -> Fleet:
    """Ask the pods: the first server is that of the pod -0, and so on; `canary_x` is that of resnet-canary-x."""
    named = {f"-{number}": each for number, each in enumerate(servers)}
    named |= {f"-{end.replace('_', '-')}": each for end, each in by_end.items()}
    return read_fleet(NAMED, cluster=stage.cluster, servers=EachPod(named))
