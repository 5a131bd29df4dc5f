"""One websocket stream to a port of a pod. Imported only when a port is forwarded: it loads the Kubernetes client."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.stream.ws_client import PortForward, create_websocket, get_websocket_url
from websocket import WebSocketBadStatusException, WebSocketException  # what the client's streams stand on

from tfk8s.cluster.handshake import refused_handshake
from tfk8s.cluster.translation import connection_error
from tfk8s.errors import PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.ports.cluster import ClusterIdentity


class PortStream(PortForward):
    """The client's stream, with its connection closed whichever side ends it.

    The client (37.0) leaves the socket open when the API server says goodbye first, as it does when the pod dies.
    """

    def _proxy(self) -> None:
        try:
            with suppress(OSError):  # the other side is gone: the local ends say so
                super()._proxy()  # type: ignore[no-untyped-call]  # the client's streams have no types
        finally:
            self.websocket.shutdown()
            for port in self.local_ports.values():
                port.python.close()


def open_stream(client: ApiClient, pod: ObjectRef, *, port: int, identity: ClusterIdentity) -> Any:
    """A stream of its own to `port` of the pod.

    Raises:
        ForbiddenError: the login may not forward ports of pods.
        PreconditionError: the pod is not running, or the API server cannot be reached.
    """
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward"
    _, url, headers, *_ = client.param_serialize(
        "GET", path, query_params=[("ports", str(port))], header_params={}, auth_settings=["BearerToken"]
    )
    try:
        stream: Any = PortStream
        with with_authority_file(client.configuration) as configuration:
            websocket = create_websocket(configuration, get_websocket_url(url), headers)
        return stream(websocket, [port])
    except OSError as error:
        raise connection_error(error, identity=identity) from error
    except WebSocketBadStatusException as error:
        raise refused_handshake(f"no port-forward to port {port} of {pod}", pod, error) from error
    except WebSocketException as error:
        raise PreconditionError(
            f"no port-forward to port {port} of {pod} ({type(error).__name__})", hint="the pod must be running"
        ) from error


@contextmanager
def with_authority_file(configuration: Configuration) -> Iterator[Configuration]:
    """The client's websockets (37.0) know an authority only as a file; it is there for the handshake alone."""
    if not configuration.ca_cert_data:
        yield configuration
        return
    with tempfile.NamedTemporaryFile("w", encoding="ascii", prefix="tfk8s-ca-", suffix=".pem") as file:
        file.write(str(configuration.ca_cert_data))
        file.flush()
        own = copy.copy(configuration)
        own.ssl_ca_cert = file.name
        yield own
