"""Ways to break a service by what it stands on and behind: nodes, claims, quotas, Services, autoscalers."""

from __future__ import annotations

from typing import Final

from tests.integration.breaking import Objects, container_of, make, mount, of_kind, pod_of, request

VOLUME: Final = "broken-elsewhere"
"""The one object here that is of no namespace, so that whoever makes it has to take it away."""


def too_much_cpu(objects: Objects) -> None:
    """More CPU than any node has."""
    request(objects, cpu="64")


def too_much_memory(objects: Objects) -> None:
    """More memory than any node has."""
    request(objects, memory="1Ti")


def no_gpu(objects: Objects) -> None:
    """A GPU where no node has one."""
    container_of(objects)["resources"].setdefault("limits", {})["nvidia.com/gpu"] = "1"


def wrong_node(objects: Objects) -> None:
    """A node selector that no node fits."""
    pod_of(objects)["nodeSelector"] = {"cloud.google.com/gke-nodepool": "inference"}


def no_config(objects: Objects) -> None:
    """Without the ConfigMap that the pods mount."""
    objects.remove(of_kind(objects, "ConfigMap"))


def claim_missing(objects: Objects) -> None:
    """A claim that does not exist."""
    mount(objects, {"persistentVolumeClaim": {"claimName": "models"}}, path="/more")


def claim_pending(objects: Objects) -> None:
    """A claim of a storage class that does not exist."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast"}
    make(objects, "v1", "PersistentVolumeClaim", spec=spec)
    mount(objects, {"persistentVolumeClaim": {"claimName": "broken"}}, path="/more")


def volume_elsewhere(objects: Objects) -> None:
    """A volume that can be had on a node that is not there."""
    wanted = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["elsewhere"]}
    kept = {"accessModes": ["ReadOnlyMany"], "storageClassName": ""}
    make(
        objects,
        "v1",
        "PersistentVolumeClaim",
        spec={**kept, "volumeName": VOLUME, "resources": {"requests": {"storage": "1Mi"}}},
    )
    make(
        objects,
        "v1",
        "PersistentVolume",
        name=VOLUME,
        spec={
            **kept,
            "capacity": {"storage": "1Mi"},
            "hostPath": {"path": "/tmp/broken"},  # nothing mounts it
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}},
        },
    )
    mount(objects, {"persistentVolumeClaim": {"claimName": "broken"}}, path="/more")


def quota(objects: Objects) -> None:
    """A quota without room for a pod."""
    make(objects, "v1", "ResourceQuota", spec={"hard": {"requests.memory": "64Mi", "pods": "4"}})


def limits(objects: Objects) -> None:
    """A limit of the namespace below what a pod asks for."""
    spec = {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}
    make(objects, "v1", "LimitRange", spec=spec)


def paused(objects: Objects) -> None:
    """A Deployment that is paused."""
    of_kind(objects, "Deployment")["spec"]["paused"] = True


def no_pods(objects: Objects) -> None:
    """A Deployment that was scaled to zero."""
    of_kind(objects, "Deployment")["spec"]["replicas"] = 0


def other_selector(objects: Objects) -> None:
    """A Service that selects no pod."""
    of_kind(objects, "Service")["spec"]["selector"] = {"app": "half"}


def other_port(objects: Objects) -> None:
    """A Service that leads to a port where nobody listens."""
    for port in of_kind(objects, "Service")["spec"]["ports"]:
        port["targetPort"] = 8080


def no_service(objects: Objects) -> None:
    """Nothing in front of the pods."""
    objects.remove(of_kind(objects, "Service"))


def walled(objects: Objects) -> None:
    """A NetworkPolicy that lets nobody in, in the place of the one that does."""
    objects[:] = [body for body in objects if body["kind"] != "NetworkPolicy"]
    make(objects, "networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "policyTypes": ["Ingress"]})


def budget(objects: Objects) -> None:
    """A disruption budget that allows no eviction."""
    labels = of_kind(objects, "Deployment")["spec"]["selector"]["matchLabels"]
    objects[:] = [body for body in objects if body["kind"] != "PodDisruptionBudget"]
    make(objects, "policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": {"matchLabels": labels}})


def balancer(objects: Objects) -> None:
    """A load balancer in a cluster that makes none."""
    of_kind(objects, "Service")["spec"]["type"] = "LoadBalancer"


def no_class(objects: Objects) -> None:
    """An Ingress of a class that the cluster does not have."""
    backend = {"service": {"name": "half", "port": {"number": 8501}}}
    spec = {"ingressClassName": "absent", "defaultBackend": backend}
    make(objects, "networking.k8s.io/v1", "Ingress", spec=spec)


def _scaler(objects: Objects, *, name: str) -> None:
    metric = {"type": "External", "external": {"metric": {"name": "broken"}, "target": {"type": "Value", "value": "1"}}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": of_kind(objects, "Deployment")["metadata"]["name"]}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 2, "metrics": [metric]}
    make(objects, "autoscaling/v2", "HorizontalPodAutoscaler", name=name, spec=spec)


def no_metric(objects: Objects) -> None:
    """An autoscaler whose metric nobody measures."""
    _scaler(objects, name="half")


def two_autoscalers(objects: Objects) -> None:
    """Two autoscalers on one Deployment."""
    _scaler(objects, name="half")
    _scaler(objects, name="other")


def many_for_grpc(objects: Objects) -> None:
    """Two pods, and gRPC behind one address."""
    of_kind(objects, "Deployment")["spec"]["replicas"] = 2
    port = {"name": "grpc", "port": 8500, "targetPort": 8500}
    ports = of_kind(objects, "Service")["spec"]["ports"]
    ports[:] = [*(each for each in ports if each["port"] != port["port"]), port]
