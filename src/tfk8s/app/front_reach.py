"""A way from this computer to a Service through what stands in front of it, as its clients go; else from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfk8s.app.front import find_front
from tfk8s.manifest import ObjectRef
from tfk8s.ports import Dialer, Endpoint, ServiceReach, Transport
from tfk8s.ports.cluster import Cluster


class FrontReach:
    """`ports.ServiceReach` through an Ingress or a Gateway that is ready and answers."""

    def __init__(self, cluster: Cluster, *, dialer: Dialer, otherwise: ServiceReach) -> None:
        """Nothing is asked before `open`; `otherwise` is the way when there is no front, or it does not answer."""
        self._cluster = cluster
        self._dialer = dialer
        self._otherwise = otherwise

    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        """See ports.ServiceReach."""
        front = find_front(service, cluster=self._cluster, transport=transport)
        for endpoint in front.endpoints if front is not None and front.is_ready else ():
            if self._dialer.can_connect(endpoint.dialed, endpoint.port):
                yield endpoint
                return
        with self._otherwise.open(service, transport=transport) as endpoint:
            yield endpoint
