"""Who can reach the service, on which ports, under which names, and what stands in front of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from tfk8s.spec.auth import ApiKeysSpec, Auth, AuthSpec, IapSpec, JwtSpec, LimitsSpec
from tfk8s.spec.fields import Annotations, ObjectName, Size
from tfk8s.spec.part import Part
from tfk8s.spec.peer import Cidr, Peer
from tfk8s.spec.quantity import Quantity

PortName: TypeAlias = Literal["rest", "grpc"]
PORT_NUMBERS: Mapping[PortName, int] = {"rest": 8501, "grpc": 8500}
"""Ports of the official image's entrypoint, which the Service keeps."""

ExposeType: TypeAlias = Literal["ClusterIP", "NodePort", "LoadBalancer", "Ingress", "Gateway"]

NodePort: TypeAlias = Annotated[int, Field(ge=30000, le=32767)]
PortNumber: TypeAlias = Annotated[int, Field(ge=1, le=65535)]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\Z"
_NUMBERS = r"[0-9.]+\Z"
CLOUD_NAME = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"


def _host(text: str) -> str:
    if len(text) > 253 or not re.match(HOST, text) or re.match(_NUMBERS, text):
        message = (
            "{text} is no host name: write lower-case letters, digits, dashes and dots, such as resnet.example.com"
        )
        raise PydanticCustomError("host", message, {"text": text})
    return text


def _cloud_name(text: str) -> str:
    if not re.match(CLOUD_NAME, text):
        message = "{text} is no name of a cloud resource (lower-case letters, digits and dashes, at most 63)"
        raise PydanticCustomError("name", message, {"text": text})
    return text


HostName: TypeAlias = Annotated[str, AfterValidator(_host)]
CloudName: TypeAlias = Annotated[str, AfterValidator(_cloud_name)]


class TlsSpec(Part):
    """Where the certificate comes from; exactly one of these."""

    secret_name: ObjectName | None = None
    """A Secret of type kubernetes.io/tls in the service's namespace; it is named here and never read."""

    managed: bool = False
    """Google makes and renews a certificate for all hosts (ManagedCertificate): for an Ingress of GKE's class gce."""

    pre_shared_certificates: tuple[CloudName, ...] = ()
    """Names of SSL certificates in the Google Cloud project: for an Ingress or a Gateway of GKE."""

    certificate_map: CloudName | None = None
    """Name of a certificate map of Google's Certificate Manager: for a Gateway of GKE."""


def _tls_tag(value: object) -> str | None:
    if isinstance(value, (dict, TlsSpec)):
        return "tls-source"
    return "tls-none" if value == "none" else None


Tls: TypeAlias = Annotated[
    Union[Annotated[Literal["none"], Tag("tls-none")], Annotated[TlsSpec, Tag("tls-source")]],
    Discriminator(_tls_tag, custom_error_type="tls", custom_error_message="must be none, or a map with secretName"),
]


class IngressSpec(Part):
    """The Ingress of `type: Ingress`."""

    class_name: ObjectName | None = None
    """Which controller serves it, as `nginx`, or `gce` and `gce-internal` of GKE. Default: gce where the cluster is
    one of GKE, else the cluster's default class."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of the Ingress alone, as `{cert-manager.io/cluster-issuer: letsencrypt}`."""


class MultiClusterSpec(Part):
    """One address for the clusters of a fleet on GKE: each exports the service, and one holds the Gateway."""

    holds_gateway: bool = False
    """Whether this is the cluster that holds the Gateway and its routes, the fleet's config cluster: of the regions
    of a service exactly one."""

    pod_rate: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Requests per second that one pod answers, as `tfk8s bench` measures them: a region that has more for each of
    its pods sends the rest to the next. Default: Google's own number, so high that a region keeps all of its
    requests."""


class GatewaySpec(Part):
    """The Gateway of `type: Gateway`: one that is made, or one that exists."""

    class_name: ObjectName | None = None
    """Which controller makes the gateway, as `eg` or `gke-l7-global-external-managed`; beside `name`, whose that one
    is. Default: gke-l7-global-external-managed where the cluster is one of GKE."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of the Gateway that is made."""

    name: ObjectName | None = None
    """Name of a Gateway that exists; then only routes are made, and TLS and redirects are that gateway's own."""

    namespace: ObjectName | None = None
    """Namespace of that Gateway. Default: the service's own."""

    section_name: ObjectName | None = None
    """The listener of that Gateway that the routes join, best its HTTPS one. Default: every listener that takes
    them."""

    multi_cluster: MultiClusterSpec | None = None
    """Given: the Gateway is one of several clusters of GKE, those of `regions`; `{}` is enough for one that does not
    hold it."""


class ExposeSpec(Part):
    """The Service in front of the pods, and the Ingress or Gateway in front of that."""

    type: ExposeType = "ClusterIP"
    """ClusterIP: inside the cluster only; NodePort: on every node; LoadBalancer: an address of its own, open to
    whoever can reach it; Ingress and Gateway: HTTPS under a name, for predictions alone. Default: ClusterIP, because
    nothing is public unless asked for."""

    ports: Annotated[tuple[PortName, ...], Field(min_length=1)] = ("rest",)
    """`rest` (8501) and/or `grpc` (8500). Default: rest alone, because the gRPC port also takes configuration
    calls."""

    service_ports: Mapping[PortName, PortNumber] = Field(default_factory=dict)
    """Numbers that clients of the Service use, as `{rest: 80}`. Default: rest 8501, grpc 8500."""

    expose_administration: bool = False
    """Must be true for the gRPC port behind a LoadBalancer: whoever reaches it can replace the models. A Gateway
    passes predictions on alone and does not need it."""

    node_ports: Mapping[PortName, NodePort] = Field(default_factory=dict)
    """Fixed ports on the nodes, as `{rest: 30080}`; for NodePort and LoadBalancer. Default: Kubernetes chooses."""

    source_ranges: tuple[Cidr, ...] = ()
    """Address ranges that may use the load balancer, as `[203.0.113.0/24]`. Default: every address."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of the Service alone, for load-balancer controllers."""

    host: HostName | None = None
    """The name under which an Ingress or a Gateway answers; its DNS entry is yours to make."""

    hosts: tuple[HostName, ...] = ()
    """Several names, in place of `host`."""

    grpc_host: HostName | None = None
    """For a Gateway with both ports: the name for gRPC, another one than those for REST, because the Gateway API
    forbids HTTP and gRPC routes to share a name."""

    tls: Tls | None = None
    """The certificate of an Ingress or a Gateway, as `{secretName: resnet-tls}`; none: plain HTTP on purpose. Absent:
    plain HTTP, with a warning."""

    ingress: IngressSpec = IngressSpec.unsaid()
    """Settings for `type: Ingress`."""

    gateway: GatewaySpec = GatewaySpec.unsaid()
    """Settings for `type: Gateway`."""

    address_name: CloudName | None = None
    """Name of an address that is reserved in the Google Cloud project; for GKE. Default: a new address, which is lost
    when the load balancer goes."""

    max_request_size: Size = Quantity(Decimal(64 * 2**20), is_binary=True)
    """Largest request, in bytes, that an Ingress controller must let through where it has a limit (nginx). Default:
    64Mi."""

    auth: Auth | None = None
    """What clients must show: `{apiKeys: {}}` a key, `{jwt: {...}}` a token of an issuer, both for a Gateway of Envoy
    Gateway; `{iap: {}}` a Google account, for a front of GKE. none: nothing, on purpose. Absent: nothing, with a
    warning when the service is public."""

    limits: LimitsSpec | None = None
    """Rate and size of requests, which a Gateway of Envoy Gateway limits. Default: no limits."""

    proxies: tuple[Peer, ...] = ()
    """Who passes requests on to the pods: the controller's pods, as `[{namespace: envoy-gateway-system}]`, or the
    proxy-only subnet of a regional load balancer. Let in beside networkPolicy.allowFrom, where that is given."""

    @property
    def host_names(self) -> tuple[str, ...]:
        """The names for REST, or for gRPC when that is the only port; () for every name."""
        return (self.host,) if self.host is not None else self.hosts

    @property
    def certificate(self) -> TlsSpec | None:
        """Where the certificate comes from; None for plain HTTP."""
        return self.tls if isinstance(self.tls, TlsSpec) else None

    @property
    def api_keys(self) -> ApiKeysSpec | None:
        """Where the keys are that clients must send one of; None for no keys."""
        return self.auth.api_keys if isinstance(self.auth, AuthSpec) else None

    @property
    def jwt(self) -> JwtSpec | None:
        """Whose tokens clients must send; None for no tokens."""
        return self.auth.jwt if isinstance(self.auth, AuthSpec) else None

    @property
    def iap(self) -> IapSpec | None:
        """How Identity-Aware Proxy guards the front; None when it does not."""
        return self.auth.iap if isinstance(self.auth, AuthSpec) else None

    @property
    def is_routed(self) -> bool:
        """Whether an Ingress or a Gateway stands in front of the Service."""
        return self.type in ("Ingress", "Gateway")
