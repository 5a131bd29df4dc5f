"""A way from this computer to a Service: its own address when one answers, else a port-forward to a ready pod.

A node port is never tried on 127.0.0.1, although kind can publish it there: another cluster's service may be what
listens, and it would answer for ours. The port-forward goes through the API server of the right cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import condition_of, integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import PORTS_ANNOTATION, ports_told
from tfk8s.ports import Dialer, Endpoint, Transport
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.rollout.assess import is_of_canary
from tfk8s.rollout.fronts import balancer_addresses

SERVER_PORTS: dict[Transport, int] = {"rest": 8501, "grpc": 8500}
"""Where the server listens in its pod, whether or not the Service leads there."""


class ClusterReach:
    """`ports.ServiceReach` on any `ports.Cluster`."""

    def __init__(self, cluster: Cluster, *, dialer: Dialer) -> None:
        """Nothing is asked before `open`."""
        self._cluster = cluster
        self._dialer = dialer

    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        """See ports.ServiceReach."""
        body = self._cluster.get(service)
        if body is None:
            raise PreconditionError(
                f"there is no {service} on {self._cluster.identity}",
                hint="run `tfk8s apply` first, or give the server's address with --url",
            )
        for endpoint in addresses(body, transport=transport):
            if self._dialer.can_connect(endpoint.host, endpoint.port):
                yield endpoint
                return
        pod = self._ready_pod(service, body)
        port = pod_port(body, pod, transport=transport)
        ref = ObjectRef(
            api_version="v1", kind="Pod", namespace=service.namespace, name=text_at(pod, "metadata", "name")
        )
        with self._cluster.forward(ref, port=port) as local_port:
            how = f"port-forward to pod {ref.name}"
            yield Endpoint(transport=transport, host="127.0.0.1", port=local_port, how=how)

    def _ready_pod(self, service: ObjectRef, body: JsonObject) -> JsonObject:
        selector = object_at(body, "spec", "selector")
        labels = {key: value for key, value in selector.items() if isinstance(value, str)}
        if not labels:
            raise PreconditionError(
                f"{service} selects no pods", hint="give the server's address with --url, or repair its selector"
            )
        query = ObjectQuery(api_version="v1", kind="Pod", namespace=service.namespace, labels=labels)
        pods = self._cluster.list(query)
        if not pods:
            raise PreconditionError(
                f"there is no pod behind {service}",
                hint="with scaling.min 0 it sleeps until its autoscaler sees demand, or else something keeps its pods "
                "from being made: `tfk8s status` says which",
            )
        ready = [pod for pod in pods if is_ready(pod)]
        if not ready:
            raise PreconditionError(
                f"none of the {len(pods)} pods behind {service} is ready",
                hint="`tfk8s status` says what they wait for",
            )
        # A canary's pod speaks for its own version alone.
        return min(ready, key=lambda pod: (is_of_canary(pod), text_at(pod, "metadata", "name")))


def addresses(service: JsonObject, *, transport: Transport) -> tuple[Endpoint, ...]:
    """The addresses that a load balancer gave the Service, with its port for the transport; () without."""
    port = service_port(service, transport=transport)
    if port is None or text_at(service, "spec", "type") != "LoadBalancer":
        return ()
    return tuple(
        Endpoint(transport=transport, host=host, port=integer_at(port, "port"), how="address of the load balancer")
        for host in balancer_addresses(service)
    )


def pod_port(service: JsonObject, pod: JsonObject, *, transport: Transport) -> int:
    """The container's port: what the Service's target port means in this pod, else the server's usual one."""
    port = service_port(service, transport=transport) or {}
    target = value_at(port, "targetPort")
    if isinstance(target, int) and not isinstance(target, bool):
        return target
    containers = objects_at(pod, "spec", "containers")
    named = (entry for container in containers for entry in objects_at(container, "ports"))
    wanted = target if isinstance(target, str) else transport
    found = next((integer_at(entry, "containerPort") for entry in named if entry.get("name") == wanted), 0)
    return found or SERVER_PORTS[transport]


def is_ready(pod: JsonObject) -> bool:
    """Whether the pod takes requests and is not being deleted."""
    is_leaving = bool(text_at(pod, "metadata", "deletionTimestamp"))
    return not is_leaving and text_at(condition_of(pod, "Ready"), "status") == "True"


def service_port(service: JsonObject, *, transport: Transport) -> JsonObject | None:
    """As the Service tells, else by name, else by the server's usual number, for one that somebody else wrote."""
    ports = objects_at(service, "spec", "ports")
    told = ports_told(text_at(service, "metadata", "annotations", PORTS_ANNOTATION))
    if told:
        return next((port for port in ports if port.get("port") == told.get(transport)), None)
    named = next((port for port in ports if port.get("name") == transport), None)
    if named is not None:
        return named
    usual = SERVER_PORTS[transport]
    return next((port for port in ports if usual in (port.get("targetPort"), port.get("port"))), None)
