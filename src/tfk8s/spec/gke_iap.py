"""Which fronts Identity-Aware Proxy of Google guards, and what each needs for it.

An Ingress: https://cloud.google.com/iap/docs/enabling-kubernetes-howto. A Gateway:
https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources#configure_iap; unlike an Ingress it
cannot do without an OAuth client of the project's own: https://github.com/GoogleCloudPlatform/gke-gateway-api/issues/57.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tfk8s.spec.gke_front import EXTERNAL_INGRESS, ingress_class, is_gke_gateway, is_gke_ingress
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.auth import IapSpec
    from tfk8s.spec.service import ServiceSpec

ACCESS_ROLE: Final = "roles/iap.httpsResourceAccessor"
"""IAM gives it to whom Identity-Aware Proxy is to let in."""

GATEWAY_SECRET_ENTRIES: Final = ("key",)
INGRESS_SECRET_ENTRIES: Final = ("client_id", "client_secret")

CONFIG_ANNOTATIONS: Final = ("cloud.google.com/backend-config", "beta.cloud.google.com/backend-config")
"""By these a Service names its BackendConfig."""

_PATH: Final = ("expose", "auth", "iap")


def iap_has_a_front(spec: ServiceSpec, iap: IapSpec) -> Iterator[Violation]:
    """A front that would ignore it would be open: it is refused, and never rendered."""
    if is_gke_ingress(spec) and ingress_class(spec) == EXTERNAL_INGRESS:
        yield from _ingress(spec, iap)
    elif is_gke_gateway(spec):
        yield from _gateway(spec, iap)
    else:
        message = "needs an Ingress of GKE's class gce, or a Gateway of GKE: another front would let everybody in"
        yield Violation(path=_PATH, message=message)
        return
    if spec.expose.certificate is None and spec.expose.gateway.name is None:
        message = "needs HTTPS, which it signs people in over: give expose.tls and expose.host"
        yield Violation(path=_PATH, message=message)


def _ingress(spec: ServiceSpec, iap: IapSpec) -> Iterator[Violation]:
    for key in CONFIG_ANNOTATIONS:
        if key in spec.expose.annotations:
            message = "names another BackendConfig than the one that turns Identity-Aware Proxy on: leave it out"
            yield Violation(path=("expose", "annotations", key), message=message)
    if iap.client_id is not None:
        message = "is for a Gateway: an Ingress reads it from the entry client_id of the Secret"
        yield Violation(path=(*_PATH, "clientId"), message=message)


def _gateway(spec: ServiceSpec, iap: IapSpec) -> Iterator[Violation]:
    for key, value in (("clientId", iap.client_id), ("secretName", iap.secret_name)):
        if value is None:
            message = "is missing: a Gateway of GKE needs an OAuth client of the project's own"
            yield Violation(path=(*_PATH, key), message=message)
    if "grpc" in spec.expose.ports:
        message = (
            "needs rest alone: Google says of HTTP routes that Identity-Aware Proxy guards them, and nothing of gRPC"
        )
        yield Violation(path=("expose", "ports", spec.expose.ports.index("grpc")), message=message)
