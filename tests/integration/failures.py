"""Ways to break a service that works: each changes the rendered objects of one, in a namespace of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

Objects: TypeAlias = "list[dict[str, Any]]"
Break: TypeAlias = Callable[[Objects], None]

ABSENT_IMAGE: Final = "example.invalid/half:1"


def of_kind(objects: Objects, kind: str) -> dict[str, Any]:
    """The object of a kind; the first one when there are several."""
    return next(body for body in objects if body["kind"] == kind)


def _pod(objects: Objects) -> dict[str, Any]:
    spec = of_kind(objects, "Deployment")["spec"]["template"]["spec"]
    assert isinstance(spec, dict)
    return spec


def _container(objects: Objects) -> dict[str, Any]:
    container = _pod(objects)["containers"][0]
    assert isinstance(container, dict)
    return container


def _mount(objects: Objects, volume: dict[str, Any], *, path: str) -> None:
    _pod(objects).setdefault("volumes", []).append({"name": "broken", **volume})
    _container(objects).setdefault("volumeMounts", []).append({"name": "broken", "mountPath": path})


def _made(objects: Objects, api_version: str, kind: str, **fields: Any) -> None:
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "broken"}, **fields}
    objects.insert(0, body)


def no_version(objects: Objects) -> None:
    """An empty directory where the model should be."""
    _mount(objects, {"emptyDir": {}}, path="/models/half_plus")


def _config(objects: Objects, old: str, new: str) -> None:
    data = of_kind(objects, "ConfigMap")["data"]
    assert any(old in text for text in data.values())
    for key, text in data.items():
        data[key] = text.replace(old, new)


def wrong_path(objects: Objects) -> None:
    """A base path that the image does not have."""
    _config(objects, "/models/half_plus", "/models/half_minus")


def label(objects: Objects) -> None:
    """A label that points to a version that is not loaded."""
    text = of_kind(objects, "ConfigMap")["data"]
    for key, value in text.items():
        head, _, tail = value.rpartition("}")
        inner, _, rest = head.rpartition("}")
        text[key] = f'{inner}  version_labels {{ key: "stable" value: 9 }}\n  }}{rest}}}{tail}'


def image_absent(objects: Objects) -> None:
    """An image of a registry that is not there."""
    _container(objects)["image"] = ABSENT_IMAGE
    _container(objects)["imagePullPolicy"] = "Always"


def _request(objects: Objects, **amounts: str) -> None:
    resources = _container(objects)["resources"]
    resources["requests"].update(amounts)
    resources.setdefault("limits", {}).update(amounts)


def too_much_cpu(objects: Objects) -> None:
    """More CPU than any node has."""
    _request(objects, cpu="64")


def too_much_memory(objects: Objects) -> None:
    """More memory than any node has."""
    _request(objects, memory="1Ti")


def no_gpu(objects: Objects) -> None:
    """A GPU where no node has one."""
    _container(objects)["resources"].setdefault("limits", {})["nvidia.com/gpu"] = "1"


def wrong_node(objects: Objects) -> None:
    """A node selector that no node fits."""
    _pod(objects)["nodeSelector"] = {"cloud.google.com/gke-nodepool": "inference"}


def out_of_memory(objects: Objects) -> None:
    """A limit below what the server needs to begin."""
    _request(objects, memory="16Mi")


def probe_path(objects: Objects) -> None:
    """Probes that ask for /healthz, which the server does not know."""
    container = _container(objects)
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        if "httpGet" in container.get(kind, {}):
            container[kind]["httpGet"]["path"] = "/healthz"
            container[kind]["failureThreshold"] = 60


def liveness_path(objects: Objects) -> None:
    """A liveness probe that asks for what the server does not know: it is killed again and again."""
    container = _container(objects)
    container.pop("startupProbe", None)
    container["livenessProbe"] = {"httpGet": {"path": "/healthz", "port": 8501}, "periodSeconds": 1}


def no_rest_port(objects: Objects) -> None:
    """A command of one's own, which leaves out the port for REST that the image's entry point gives."""
    _container(objects)["command"] = ["tensorflow_model_server", "--port=8500"]


def port_clash(objects: Objects) -> None:
    """REST and gRPC on one port."""
    _container(objects)["args"].append("--port=8501")


def bad_flag(objects: Objects) -> None:
    """A flag that the server does not have."""
    _container(objects)["args"].append("--enable_batchin")


def no_config(objects: Objects) -> None:
    """Without the ConfigMap that the pods mount."""
    objects.remove(of_kind(objects, "ConfigMap"))


def claim_missing(objects: Objects) -> None:
    """A claim that does not exist."""
    _mount(objects, {"persistentVolumeClaim": {"claimName": "models"}}, path="/more")


def claim_pending(objects: Objects) -> None:
    """A claim of a storage class that does not exist."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast"}
    _made(objects, "v1", "PersistentVolumeClaim", spec=spec)
    _mount(objects, {"persistentVolumeClaim": {"claimName": "broken"}}, path="/more")


def quota(objects: Objects) -> None:
    """A quota without room for a pod."""
    _made(objects, "v1", "ResourceQuota", spec={"hard": {"requests.memory": "64Mi", "pods": "4"}})


def other_selector(objects: Objects) -> None:
    """A Service that selects no pod."""
    of_kind(objects, "Service")["spec"]["selector"] = {"app": "half"}


def other_port(objects: Objects) -> None:
    """A Service that leads to a port where nobody listens."""
    for port in of_kind(objects, "Service")["spec"]["ports"]:
        port["targetPort"] = 8080


def walled(objects: Objects) -> None:
    """A NetworkPolicy that lets nobody in, in the place of the one that does."""
    objects[:] = [body for body in objects if body["kind"] != "NetworkPolicy"]
    _made(objects, "networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Ingress"]})


def budget(objects: Objects) -> None:
    """A disruption budget that allows no eviction."""
    labels = of_kind(objects, "Deployment")["spec"]["selector"]["matchLabels"]
    objects[:] = [body for body in objects if body["kind"] != "PodDisruptionBudget"]
    _made(objects, "policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": {"matchLabels": labels}})


def balancer(objects: Objects) -> None:
    """A load balancer in a cluster that makes none."""
    of_kind(objects, "Service")["spec"]["type"] = "LoadBalancer"


def illegal_instruction(objects: Objects) -> None:
    """A process that dies as one does on a CPU without AVX."""
    # a child dies, as below the entry point: process 1 would not; Kubernetes makes one $ of two
    _container(objects)["command"] = ["/bin/sh", "-c", "sh -c 'kill -ILL $$$$'; exit $?"]


def no_program(objects: Objects) -> None:
    """A command that the image does not have."""
    _container(objects)["command"] = ["/usr/bin/tensorflow_model_serverr"]


FAILURES: Final[dict[str, Break]] = {
    "no-version": no_version,
    "wrong-path": wrong_path,
    "label": label,
    "image-absent": image_absent,
    "too-much-cpu": too_much_cpu,
    "too-much-memory": too_much_memory,
    "no-gpu": no_gpu,
    "wrong-node": wrong_node,
    "out-of-memory": out_of_memory,
    "probe-path": probe_path,
    "liveness-path": liveness_path,
    "no-rest-port": no_rest_port,
    "port-clash": port_clash,
    "bad-flag": bad_flag,
    "no-config": no_config,
    "claim-missing": claim_missing,
    "claim-pending": claim_pending,
    "quota": quota,
    "other-selector": other_selector,
    "other-port": other_port,
    "walled": walled,
    "budget": budget,
    "balancer": balancer,
    "illegal-instruction": illegal_instruction,
    "no-program": no_program,
}
