"""A port on this computer that leads to a port of a pod, through the API server, for any number of connections."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tfk8s.errors import PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.ports.cluster import ClusterIdentity, ForbiddenError

if TYPE_CHECKING:
    from kubernetes.client.api_client import ApiClient

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 64 * 1024
_STOP_S = 2.0


@contextmanager
def forwarding(client: ApiClient, pod: ObjectRef, *, port: int, identity: ClusterIdentity) -> Iterator[int]:
    """Listen on a free port of 127.0.0.1; each connection gets a stream of its own to the pod.

    The first stream is opened before the port is given out, so that a pod which cannot be reached is an error here and
    not a reset connection later. When the pod dies, open connections end and new ones are closed at once.

    Raises:
        ForbiddenError: the login may not forward ports of pods.
        PreconditionError: the pod is not running, or the API server cannot be reached.
    """
    first = _open_stream(client, pod, port=port, identity=identity)
    forwarder = _Forwarder(client, pod, port=port, identity=identity, first=first)
    forwarder.start()
    try:
        yield forwarder.local_port
    finally:
        forwarder.stop()


def _open_stream(client: ApiClient, pod: ObjectRef, *, port: int, identity: ClusterIdentity) -> Any:
    from tfk8s.cluster.port_stream import open_stream

    return open_stream(client, pod, port=port, identity=identity)


class _Forwarder:
    """Accepts connections in a thread and moves bytes in two threads a connection; all end with `stop`."""

    def __init__(self, client: ApiClient, pod: ObjectRef, *, port: int, identity: ClusterIdentity, first: Any) -> None:
        self._client, self._pod, self._port, self._identity = client, pod, port, identity
        self._ready: list[Any] = [first]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.local_port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        self._run(self._accept)

    def stop(self) -> None:
        with suppress(OSError):  # wakes the accepting thread; closing alone would leave it blocked on Linux
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            ends = list(self._open)
        for end in ends:
            _shut(end)
        for stream in self._ready:
            stream.close()
        for thread in list(self._threads):
            thread.join(_STOP_S)

    def _run(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name=f"port-forward {self._pod.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                local, _ = self._listener.accept()
            except OSError:
                return
            self._run(self._serve, local)

    def _serve(self, local: socket.socket) -> None:
        with self._lock:
            stream = self._ready.pop() if self._ready else None
        try:
            stream = stream or _open_stream(self._client, self._pod, port=self._port, identity=self._identity)
        except (ForbiddenError, PreconditionError) as error:
            logger.info("%s", error)
            local.close()
            return
        remote: socket.socket = stream.socket(self._port)
        with self._lock:
            self._open |= {local, remote}
        back = threading.Thread(target=_move, args=(remote, local), daemon=True)
        back.start()
        _move(local, remote)
        back.join()
        stream.close()
        local.close()
        with self._lock:
            self._open -= {local, remote}


def _move(source: socket.socket, sink: socket.socket) -> None:
    """Copy until either side ends, then end both: HTTP and gRPC use no half-closed connections."""
    try:
        while data := source.recv(_CHUNK_BYTES):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        _shut(source)
        _shut(sink)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
