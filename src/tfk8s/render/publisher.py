"""The publisher: a Job whose pod mounts the claim for writing, through which files reach a volume of the cluster.

It runs the service's own image, so that nothing has to be pulled, as the user of the servers, so that they can read
what it writes. It does nothing but sleep; commands are run in it. It ends and goes by itself, whoever started it.
Nothing that selects the pods of a service (Service, NetworkPolicy, budget, Deployment) may ever select this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import (
    COMPONENT_LABEL,
    INSTANCE_LABEL,
    MANAGED_BY_LABEL,
    MANAGER,
    NAME_LABEL,
    PART_OF_LABEL,
    service_selector,
)
from tfk8s.render.served import CLAIM_ROOT
from tfk8s.spec import object_name

PUBLISHER: Final = "publisher"
"""The component, the end of the Job's name, and the name of its container."""

PUBLISHER_APPLICATION: Final = "tensorflow-serving-publisher"
"""The application, another one than the service's: every selector of a service asks for that."""

_KEPT_S: Final = 60
_GROUP: Final = 1000
_TAKEN: Final = ("serviceAccountName", "nodeSelector", "tolerations", "imagePullSecrets")
_RESOURCES: Final[JsonObject] = {
    "requests": {"cpu": "50m", "memory": "32Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherWish:
    """Which claim is written, and for how long at most.

    Attributes:
        instance: the service.
        claim: name of the PersistentVolumeClaim.
        beside_servers: whether it must run on the node of a pod of the service, which holds the volume.
        deadline_s: after so long the Job ends its pod.
    """

    instance: str
    claim: str
    beside_servers: bool
    deadline_s: int


def publisher_job(deployment: JsonObject, *, wish: PublisherWish) -> Manifest:
    """The Job, made from the Deployment whose pods read the claim."""
    pod = object_at(deployment, "spec", "template", "spec")
    server: JsonObject = next(iter(objects_at(pod, "containers")), {})
    labels: JsonObject = {**publisher_labels(wish.instance)}
    container: JsonObject = {
        "name": PUBLISHER,
        "image": text_at(server, "image"),
        "imagePullPolicy": text_at(server, "imagePullPolicy") or "IfNotPresent",
        "command": ["sleep", str(wish.deadline_s)],
        "resources": _RESOURCES,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "models", "mountPath": f"{CLAIM_ROOT}/{wish.claim}"}],
    }
    spec: JsonObject = {
        **{key: pod[key] for key in _TAKEN if pod.get(key)},
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "securityContext": _security(pod, server=server),
        "containers": [container],
        "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": wish.claim}}],
        **({"affinity": _beside(wish.instance)} if wish.beside_servers else {}),
    }
    return Manifest.of(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": object_name(wish.instance, PUBLISHER),
                "namespace": text_at(deployment, "metadata", "namespace"),
                "labels": labels,
            },
            "spec": {
                "backoffLimit": 0,
                "completions": 1,
                "parallelism": 1,
                "activeDeadlineSeconds": wish.deadline_s,
                "ttlSecondsAfterFinished": _KEPT_S,
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }
    )


def publisher_labels(instance: str) -> dict[str, str]:
    """What the publisher carries: ours, and nothing that a selector of the service looks for."""
    return {
        NAME_LABEL: PUBLISHER_APPLICATION,
        INSTANCE_LABEL: instance,
        COMPONENT_LABEL: PUBLISHER,
        PART_OF_LABEL: instance,
        MANAGED_BY_LABEL: MANAGER,
    }


def _security(pod: JsonObject, *, server: JsonObject) -> JsonObject:
    """The servers' user; its group gets the volume, which a provisioner may have given to root alone."""
    own, container = object_at(pod, "securityContext"), object_at(server, "securityContext")
    user = integer_at(container, "runAsUser") or integer_at(own, "runAsUser") or _GROUP
    group = integer_at(container, "runAsGroup") or integer_at(own, "runAsGroup") or user
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": _number(value_at(own, "fsGroup"), default=group),
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _number(value: JsonValue, *, default: int) -> int:
    return value if isinstance(value, int) else default


def _beside(instance: str) -> JsonObject:
    """A volume that one node alone can mount is mounted where a server runs."""
    selector: JsonObject = {"matchLabels": {**service_selector(instance)}}
    term: JsonObject = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
