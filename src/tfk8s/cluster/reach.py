"""A way from this computer to a Service: its own address where that answers, a port-forward to one of its pods else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, objects_at, text_at, value_at
from tfk8s.ports import Endpoint, Transport
from tfk8s.ports.cluster import Cluster, ObjectQuery

_CONNECT_S = 2.0


class ClusterReach:
    """Implements `tfk8s.ports.ServiceReach`."""

    def __init__(self, cluster: Cluster) -> None:
        """Look Services up in this cluster."""
        self._cluster = cluster

    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        """See ports.ServiceReach."""
        live = self._cluster.get(service)
        if live is None:
            raise PreconditionError(f"there is no {service}", hint="deploy it first: tfk8s apply")
        port = _port(live, service=service, transport=transport)
        for host in _addresses(live):
            if _answers(host, port):
                yield Endpoint(transport=transport, host=host, port=port, how="address of the Service")
                return
        pod, target = self._ready_pod(service, transport=transport)
        with self._cluster.forward(pod, port=target) as local:
            yield Endpoint(transport=transport, host="127.0.0.1", port=local, how=f"port-forward to pod {pod.name}")

    def _ready_pod(self, service: ObjectRef, *, transport: Transport) -> tuple[ObjectRef, int]:
        query = ObjectQuery(
            api_version="discovery.k8s.io/v1",
            kind="EndpointSlice",
            namespace=service.namespace,
            labels={"kubernetes.io/service-name": service.name},
        )
        for part in self._cluster.list(query):
            targets = [integer_at(port, "port") for port in objects_at(part, "ports") if port.get("name") == transport]
            for endpoint in objects_at(part, "endpoints"):
                name = text_at(endpoint, "targetRef", "name")
                if targets and name and value_at(endpoint, "conditions", "ready") is not False:
                    pod = ObjectRef(api_version="v1", kind="Pod", namespace=service.namespace, name=name)
                    return pod, targets[0]
        raise PreconditionError(
            f"no ready pod is behind {service}", hint="`tfk8s status` says why; a model may still be loading"
        )


def _port(live: JsonObject, *, service: ObjectRef, transport: Transport) -> int:
    ports = {text_at(port, "name"): integer_at(port, "port") for port in objects_at(live, "spec", "ports")}
    if transport not in ports:
        raise PreconditionError(
            f"{service} has no port named {transport}",
            hint=f"its ports are: {', '.join(sorted(ports))}; expose.ports of the spec chooses them",
        )
    return ports[transport]


def _addresses(live: JsonObject) -> tuple[str, ...]:
    """Addresses that a load balancer has given it."""
    entries = objects_at(live, "status", "loadBalancer", "ingress")
    return tuple(host for entry in entries if (host := text_at(entry, "ip") or text_at(entry, "hostname")))


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_S):
            return True
    except OSError:
        return False
