"""A way to a Service through its load balancer, else a port of its nodes, where one of them answers from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Final

from tfk8s.app.planning import if_allowed
from tfk8s.app.reach import addresses, service_port
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import integer_at, objects_at, text_at
from tfk8s.ports import Dialer, Endpoint, ServiceReach, Transport
from tfk8s.ports.cluster import Cluster, ObjectQuery

_KINDS: Final = ("ExternalIP", "InternalIP")
_MOST_NODES: Final = 3
"""An address that does not answer costs seconds."""


class NodePortReach:
    """`ports.ServiceReach` past the API server: what passes through a port-forward is slower, and goes to one pod.

    The address of a node may be that of something else in the network of this computer. Whoever takes this way must see
    that it were the Service's pods that answered.
    """

    def __init__(self, cluster: Cluster, *, dialer: Dialer, otherwise: ServiceReach) -> None:
        """Nothing is asked before `open`; `otherwise` is the way when there is neither, or none answers."""
        self._cluster = cluster
        self._dialer = dialer
        self._otherwise = otherwise

    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        """See ports.ServiceReach."""
        for endpoint in self._endpoints(service, transport=transport):
            if self._dialer.can_connect(endpoint.host, endpoint.port):
                yield endpoint
                return
        with self._otherwise.open(service, transport=transport) as endpoint:
            yield endpoint

    def _endpoints(self, service: ObjectRef, *, transport: Transport) -> list[Endpoint]:
        body = self._cluster.get(service) or {}
        balancers = [*addresses(body, transport=transport)]  # whose Service has ports of the nodes too
        port = integer_at(service_port(body, transport=transport), "nodePort")
        if not port:
            return balancers
        none: tuple[JsonObject, ...] = ()
        query = ObjectQuery(api_version="v1", kind="Node")
        nodes = if_allowed(lambda: self._cluster.list(query), otherwise=none)
        hosts = dict.fromkeys(host for node in nodes for host in _hosts(node))
        return balancers + [
            Endpoint(transport=transport, host=host, port=port, how=f"port {port} of a node")
            for host in [*hosts][:_MOST_NODES]
        ]


def _hosts(node: JsonObject) -> Iterator[str]:
    found = objects_at(node, "status", "addresses")
    for kind in _KINDS:
        for entry in found:
            host = text_at(entry, "address")
            if text_at(entry, "type") == kind and not _is_loopback(host):
                yield host


def _is_loopback(host: str) -> bool:
    """Another cluster's service may listen there, see `app.reach`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return True
