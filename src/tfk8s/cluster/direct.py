"""From an address, a certificate authority and a token to a client: no kubeconfig, no plugin, no other program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cluster.connection import Connection
from tfk8s.errors import PreconditionError
from tfk8s.ports import ClusterEndpoint
from tfk8s.ports.cluster import ClusterIdentity

if TYPE_CHECKING:
    from kubernetes.client.configuration import Configuration

_BEARER = "authorization"


def open_endpoint(endpoint: ClusterEndpoint, *, context: str) -> Connection:
    """A client of the cluster at this address; nothing has been sent yet.

    Args:
        endpoint: its token is asked for before each request, so that one which runs out is never sent.
        context: what people call the cluster; messages say it.

    Raises:
        PreconditionError: the certificate of its authority cannot be read.
    """
    from kubernetes.client.api_client import ApiClient
    from kubernetes.client.configuration import Configuration

    configuration = Configuration(host=endpoint.server)
    configuration.retries = False  # retry.py decides
    if endpoint.ca_certificate:
        configuration.ca_cert_data = _authority(endpoint, context=context)
    configuration.api_key[_BEARER] = ""  # the client looks for the key before it asks the hook

    def refresh(current: Configuration) -> None:
        current.api_key[_BEARER] = f"Bearer {endpoint.token()}"

    setattr(configuration, "refresh_api_key_hook", refresh)  # noqa: B010 - the client's annotation says None
    identity = ClusterIdentity(context=context, server=endpoint.server)
    return Connection(client=ApiClient(configuration), identity=identity, namespace="default")


def _authority(endpoint: ClusterEndpoint, *, context: str) -> str:
    """The certificate as text: the client takes bytes for the binary form."""
    import ssl

    try:
        text = endpoint.ca_certificate.decode("ascii")
        ssl.create_default_context(cadata=text)
    except (UnicodeDecodeError, ssl.SSLError, ValueError) as error:
        raise PreconditionError(
            f"the certificate authority of {context} ({endpoint.server}) is no certificate",
            hint="look at the cluster in its provider's console; it may be half-made or broken",
        ) from error
    return text
