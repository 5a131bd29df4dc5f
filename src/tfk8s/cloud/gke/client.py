"""The connection to GKE's API: built when it is first needed, through Google's own client library.

TFK8S_GKE_ENDPOINT, or gcloud's CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER, names another address of the API, as
`https://HOST[:PORT]`; `http://` is for this computer alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tfk8s import __version__
from tfk8s.cloud.gke.endpoint import ApiEndpoint, GoogleApi

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.container_v1 import ClusterManagerClient

GKE = GoogleApi(
    name="GKE's API",
    host="container.googleapis.com",
    variables=("TFK8S_GKE_ENDPOINT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER"),
)


def connected(endpoint: ApiEndpoint, *, credentials: Callable[[], Credentials]) -> ClusterManagerClient:
    """A client of the API. Nothing is sent yet.

    Args:
        endpoint: where it is.
        credentials: asked for when the endpoint is not plain.
    """
    import grpc
    from google.api_core.gapic_v1.client_info import ClientInfo
    from google.cloud.container_v1 import ClusterManagerClient
    from google.cloud.container_v1.services.cluster_manager.transports import ClusterManagerGrpcTransport

    info = ClientInfo(user_agent=f"tfk8s/{__version__}")
    if endpoint.is_plain:
        # no proxy stands between a computer and itself
        channel = grpc.insecure_channel(endpoint.address, options=[("grpc.enable_http_proxy", 0)])
        transport = ClusterManagerGrpcTransport(channel=channel, client_info=info)
    else:
        transport = ClusterManagerGrpcTransport(host=endpoint.address, credentials=credentials(), client_info=info)
    return ClusterManagerClient(transport=transport)
