"""The trial of one model version: a Job whose pod is the Deployment's own, but that it loads this version alone.

The pod template is taken from the rendered Deployment, so image, resources, security, volumes and node placement cannot
differ. What selects the pods of the service (Service, NetworkPolicy, budget, autoscaler through the Deployment) must
never select this one, so none of the labels that they look for is left on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import (
    COMPONENT_LABEL,
    CONFIG_HASH_ANNOTATION,
    INSTANCE_LABEL,
    MANAGED_BY_LABEL,
    MANAGER,
    NAME_LABEL,
    PART_OF_LABEL,
)
from tfk8s.manifest.server_config import MODELS_FILE, ModelConfig, ServerConfig, write_server_config
from tfk8s.spec import ObjectNames, object_name

TRIAL: Final = "trial"
"""The component that a trial is."""

TRIAL_APPLICATION: Final = "tensorflow-serving-trial"
"""The application, another one than the service's: every selector of a service asks for that."""

VERSION_LABEL: Final = "tfk8s.dev/version"
"""On a trial: the version that it loads."""

KEPT_S: Final = 600
"""How long a finished trial stays when nobody deletes it."""

_GRACE_S = 1
_NOT_TRIED: Final = ("startupProbe", "readinessProbe", "lifecycle")
_RETRIES = "--max_num_load_retries="


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The two objects of a trial.

    Attributes:
        job: makes the pod.
        config: the server's configuration files, with one model in one version.
        model: the model's name in the URL.
        version: the version that is tried.
        rest_port: where the server in the pod answers REST.
        deadline_s: seconds after which the Job ends its pod by itself.
    """

    job: Manifest
    config: Manifest
    model: str
    version: int
    rest_port: int
    deadline_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWish:
    """What is to be tried.

    Attributes:
        model: the model's name in the URL.
        base_path: the directory of its versions as the server sees it, the staged one where there is one.
        version: the version.
        deadline_s: seconds that scheduling, pulling, loading and asking may take together.
    """

    model: str
    base_path: str
    version: int
    deadline_s: int


def trial_objects(manifests: Manifests, *, names: ObjectNames, wish: TrialWish) -> Trial:
    """Make the trial of a version from the objects of the service that would serve it."""
    deployment = next(item for item in manifests if item.ref.kind == "Deployment" and item.ref.name == names.deployment)
    files = next(
        item
        for item in manifests
        if item.ref.kind == "ConfigMap" and item.ref.name == object_name(names.instance, "config")
    )
    name, namespace = object_name(names.instance, TRIAL), deployment.ref.namespace
    metadata = _metadata(name, namespace=namespace, names=names, wish=wish)
    data: JsonObject = {**object_at(files.body, "data"), MODELS_FILE: _models_file(wish)}
    config: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    template = object_at(deployment.body, "spec", "template")
    job: JsonObject = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": wish.deadline_s,
            "ttlSecondsAfterFinished": KEPT_S,
            "template": _template(template, name=name, labels=_pod_labels(template, names=names, wish=wish)),
        },
    }
    return Trial(
        job=Manifest.of(job),
        config=Manifest.of(config),
        model=wish.model,
        version=wish.version,
        rest_port=_rest_port(template),
        deadline_s=wish.deadline_s,
    )


def trial_labels(names: ObjectNames, *, version: int) -> dict[str, str]:
    """What a trial carries: ours, and nothing that a selector of the service looks for."""
    return {
        NAME_LABEL: TRIAL_APPLICATION,
        INSTANCE_LABEL: names.instance,
        COMPONENT_LABEL: TRIAL,
        PART_OF_LABEL: names.instance,
        MANAGED_BY_LABEL: MANAGER,
        VERSION_LABEL: str(version),
    }


def _metadata(name: str, *, namespace: str, names: ObjectNames, wish: TrialWish) -> JsonObject:
    labels: JsonObject = {**trial_labels(names, version=wish.version)}
    return {"name": name, "namespace": namespace, "labels": dict(sorted(labels.items()))}


def _pod_labels(template: JsonObject, *, names: ObjectNames, wish: TrialWish) -> JsonObject:
    """The Deployment's labels without each that selects its pods; policies of the cluster may ask for the rest."""
    selecting = {**names.service_labels, **names.workload_labels}
    kept = {key: value for key, value in object_at(template, "metadata", "labels").items() if key not in selecting}
    return dict(sorted({**kept, **trial_labels(names, version=wish.version)}.items()))


def _template(template: JsonObject, *, name: str, labels: JsonObject) -> JsonObject:
    """The pod without probes (it is asked from here, and must not be restarted), drain and spread."""
    annotations = {
        key: value
        for key, value in object_at(template, "metadata", "annotations").items()
        if key != CONFIG_HASH_ANNOTATION
    }
    pod = object_at(template, "spec")
    containers: list[JsonValue] = [_container(container) for container in objects_at(pod, "containers")]
    volumes: list[JsonValue] = [_volume(volume, config=name) for volume in objects_at(pod, "volumes")]
    spec: JsonObject = {
        **{key: value for key, value in pod.items() if key != "topologySpreadConstraints"},
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE_S,
        "containers": containers,
        "volumes": volumes,
    }
    metadata: JsonObject = {"labels": labels, **({"annotations": annotations} if annotations else {})}
    return {"metadata": metadata, "spec": spec}


def _container(container: JsonObject) -> JsonObject:
    args = [arg for arg in _texts(container.get("args")) if not arg.startswith(_RETRIES)]
    arguments: list[JsonValue] = [*args, f"{_RETRIES}0"]  # a failed load must be told at once
    kept = {key: value for key, value in container.items() if key not in _NOT_TRIED}
    return {**kept, "args": arguments}


def _texts(values: JsonValue) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _volume(volume: JsonObject, *, config: str) -> JsonObject:
    return {**volume, "configMap": {"name": config}} if value_at(volume, "configMap") is not None else volume


def _models_file(wish: TrialWish) -> str:
    model = ModelConfig(name=wish.model, base_path=wish.base_path, versions=(wish.version,))
    return write_server_config(ServerConfig(models=(model,)))


def _rest_port(template: JsonObject) -> int:
    for container in objects_at(template, "spec", "containers"):
        for port in objects_at(container, "ports"):
            number = value_at(port, "containerPort")
            if text_at(port, "name") == "rest" and isinstance(number, int):
                return number
    raise LookupError("every Deployment that is rendered opens its REST port")
