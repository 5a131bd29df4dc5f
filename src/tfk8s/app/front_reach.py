"""A way from this computer to a Service through what stands in front of it, as its clients go; else from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tfk8s.app.front import Front, find_front
from tfk8s.manifest import ObjectRef
from tfk8s.ports import Credential, Dialer, Endpoint, ServiceReach, Transport
from tfk8s.ports.cluster import Cluster


class FrontReach:
    """`ports.ServiceReach` through an Ingress or a Gateway that is ready and answers."""

    def __init__(
        self, cluster: Cluster, *, dialer: Dialer, otherwise: ServiceReach, credential: Credential | None = None
    ) -> None:
        """Nothing is asked before `open`.

        Args:
            cluster: where the service is.
            dialer: tries addresses.
            otherwise: the way when there is no front, it does not answer, or it asks for what is not given.
            credential: what the front is shown; no other way is shown any.
        """
        self._credential = credential
        self._cluster = cluster
        self._dialer = dialer
        self._otherwise = otherwise

    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        """See ports.ServiceReach."""
        front = find_front(service, cluster=self._cluster, transport=transport)
        for endpoint in front.endpoints if front is not None and self._lets_in(front) else ():
            if self._dialer.can_connect(endpoint.dialed, endpoint.port):
                yield replace(endpoint, credential=self._credential)
                return
        with self._otherwise.open(service, transport=transport) as endpoint:
            yield endpoint

    def _lets_in(self, front: Front) -> bool:
        return front.is_ready and (not front.asks_for or self._credential is not None)
