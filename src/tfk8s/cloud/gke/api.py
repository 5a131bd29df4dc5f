"""The calls of GKE's API that clusters need: one method each, our errors, and repeats only where a repeat is safe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from tfk8s.clock import Clock
from tfk8s.cloud.gke.errand import Errand, NoAnswerError
from tfk8s.cloud.gke.errors import translated
from tfk8s.cloud.gke.place import Place

if TYPE_CHECKING:
    from google.cloud.container_v1 import (
        Cluster,
        ClusterManagerClient,
        CreateClusterRequest,
        CreateNodePoolRequest,
        Operation,
        ServerConfig,
        SetNodePoolAutoscalingRequest,
        SetNodePoolSizeRequest,
    )

_LOG = logging.getLogger(__name__)
_READ_TIMEOUT_S = 20.0
_WRITE_TIMEOUT_S = 45.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Between repeats of a call that got no answer: half a minute in all."""
_Answer = TypeVar("_Answer")


def answered(call: Callable[[], _Answer], *, clock: Clock) -> _Answer:
    """Make a call that may be repeated until it gets an answer, or no more pauses are left."""
    for pause_s in PAUSES_S:
        try:
            return call()
        except NoAnswerError as error:
            _LOG.warning("%s; asking again in %.0f s", error.message, pause_s)
        clock.sleep(pause_s)
    return call()


class GkeApi:
    """GKE's API. Reads are repeated when they get no answer; a call that changes something is sent once."""

    def __init__(
        self, connect: Callable[[], ClusterManagerClient], *, check_login: Callable[[], object], clock: Clock
    ) -> None:
        """Connect at the first call.

        Args:
            connect: makes the client.
            check_login: raises our error when the login has run out, which the library shows as no answer.
            clock: for the pauses between repeats.
        """
        self._connect, self._check_login, self._clock = connect, check_login, clock
        self._made: ClusterManagerClient | None = None

    def cluster(self, place: Place, *, errand: Errand) -> Cluster | None:
        """The cluster, or None when there is none."""
        from google.api_core.exceptions import NotFound

        def read() -> Cluster | None:
            try:
                return self._client.get_cluster(name=place.path, retry=None, timeout=_READ_TIMEOUT_S)
            except NotFound:
                return None

        return self._read(errand, read)

    def clusters(self, place: Place) -> tuple[Sequence[Cluster], Sequence[str]]:
        """Every cluster of the project, and the zones that did not answer."""
        parent = f"projects/{place.project}/locations/-"

        def read() -> tuple[Sequence[Cluster], Sequence[str]]:
            answer = self._client.list_clusters(parent=parent, retry=None, timeout=_READ_TIMEOUT_S)
            return tuple(answer.clusters), tuple(answer.missing_zones)

        return self._read(Errand(verb="list", place=place), read)

    def operation(self, name: str, *, errand: Errand) -> Operation | None:
        """The operation, or None when GKE has forgotten it."""
        from google.api_core.exceptions import NotFound

        def read() -> Operation | None:
            try:
                return self._client.get_operation(
                    name=errand.place.operation(name), retry=None, timeout=_READ_TIMEOUT_S
                )
            except NotFound:
                return None

        return self._read(errand, read)

    def running_operations(self, *, errand: Errand) -> tuple[Operation, ...]:
        """Operations in the cluster's location that are not over."""
        from google.cloud.container_v1 import Operation

        def read() -> tuple[Operation, ...]:
            answer = self._client.list_operations(parent=errand.place.parent, retry=None, timeout=_READ_TIMEOUT_S)
            return tuple(found for found in answer.operations if found.status != Operation.Status.DONE)

        return self._read(errand, read)

    def server_config(self, *, errand: Errand) -> ServerConfig:
        """What the location offers."""
        return self._read(
            errand,
            lambda: self._client.get_server_config(name=errand.place.parent, retry=None, timeout=_READ_TIMEOUT_S),
        )

    def create_cluster(self, request: CreateClusterRequest, *, errand: Errand) -> Operation:
        """Begin to make a cluster.

        Raises:
            NoAnswerError: whether it was begun is not known.
        """
        return self._write(errand, lambda: self._client.create_cluster(request, timeout=_WRITE_TIMEOUT_S))

    def delete_cluster(self, *, errand: Errand) -> Operation | None:
        """Begin to delete a cluster; None when there is none."""
        from google.api_core.exceptions import NotFound

        def write() -> Operation | None:
            try:
                return self._client.delete_cluster(name=errand.place.path, retry=None, timeout=_WRITE_TIMEOUT_S)
            except NotFound:
                return None

        return self._write(errand, write)

    def create_node_pool(self, request: CreateNodePoolRequest, *, errand: Errand) -> Operation:
        """Begin to make a node pool."""
        return self._write(errand, lambda: self._client.create_node_pool(request, timeout=_WRITE_TIMEOUT_S))

    def set_node_pool_size(self, request: SetNodePoolSizeRequest, *, errand: Errand) -> Operation:
        """Begin to resize a pool."""
        return self._write(errand, lambda: self._client.set_node_pool_size(request, timeout=_WRITE_TIMEOUT_S))

    def set_node_pool_autoscaling(self, request: SetNodePoolAutoscalingRequest, *, errand: Errand) -> Operation:
        """Begin to change the bounds of a pool's autoscaling."""
        return self._write(errand, lambda: self._client.set_node_pool_autoscaling(request, timeout=_WRITE_TIMEOUT_S))

    @property
    def _client(self) -> ClusterManagerClient:
        if self._made is None:
            self._made = self._connect()
        return self._made

    def _read(self, errand: Errand, call: Callable[[], _Answer]) -> _Answer:
        return answered(lambda: self._write(errand, call), clock=self._clock)

    def _write(self, errand: Errand, call: Callable[[], _Answer]) -> _Answer:
        try:
            with translated(errand):
                return call()
        except NoAnswerError:
            self._check_login()
            raise
