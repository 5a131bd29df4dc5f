"""What must be on the cluster before anything is applied: kinds of extensions; of a front its class and its Gateway."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.app.front_guard import check_guard
from tfk8s.app.front_iap import CONFIG_KIND, POLICY_KIND, check_iap
from tfk8s.app.planning import is_there
from tfk8s.check.schema import is_extension
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.plan import PlanWarning
from tfk8s.plan.metric_apis import INSTALL_KEDA
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery

_GATEWAY_GROUP = "gateway.networking.k8s.io"
_GATEWAY_API = f"{_GATEWAY_GROUP}/v1"
_GKE_KINDS = (
    "these kinds are on GKE alone, and there with its HttpLoadBalancing add-on and the Gateway API; elsewhere name a "
    "class of the cluster in expose.ingress.className or expose.gateway.className"
)
_REMEDIES = {
    _GATEWAY_GROUP: (
        "install the Gateway API: kubectl apply --server-side -f "
        "https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/standard-install.yaml; "
        "on GKE: gcloud container clusters update CLUSTER --gateway-api=standard"
    ),
    "networking.gke.io": _GKE_KINDS,
    "cloud.google.com": _GKE_KINDS,
    "keda.sh": INSTALL_KEDA,
    "monitoring.googleapis.com": (
        "turn Google's managed collection on: gcloud container clusters update CLUSTER --enable-managed-prometheus; "
        "elsewhere choose another monitoring.scrape and scaling.source, and leave serving.podMonitoring out"
    ),
    "monitoring.coreos.com": (
        "install Prometheus' operator, as with the chart kube-prometheus-stack "
        "(https://github.com/prometheus-community/helm-charts); elsewhere choose another monitoring.scrape"
    ),
    "gateway.envoyproxy.io": "install Envoy Gateway, or name the class of another controller",
}


def require_kinds(desired: Manifests, *, cluster: Cluster) -> None:
    """Refuse before anything is changed when the cluster does not know a kind that is no part of Kubernetes.

    Raises:
        PreconditionError: it names all kinds of the first API that is missing, and what installs it.
    """
    wanted: dict[str, list[Manifest]] = {}
    for manifest in desired:
        if is_extension(manifest.ref.group):
            wanted.setdefault(manifest.ref.api_version, []).append(manifest)
    for api_version, manifests in wanted.items():
        kinds = dict.fromkeys(manifest.ref.kind for manifest in manifests)
        missing = [kind for kind in kinds if not cluster.serves(api_version=api_version, kind=kind)]
        if missing:
            first = next(item.ref for item in manifests if item.ref.kind == missing[0])
            raise PreconditionError(
                f"the cluster does not serve {' and '.join(missing)} of {api_version}, which {first} needs; nothing "
                "was changed",
                hint=_REMEDIES.get(first.group, "install what provides this API"),
            )


def check_fronts(desired: Manifests, *, cluster: Cluster) -> tuple[PlanWarning, ...]:
    """Look for the classes and the Gateway that the fronts name, as far as the login may.

    Raises:
        PreconditionError: the Gateway's class, or the Gateway that routes join, is not there, or would let in whom the
            service asks for a key, a token or an account.
    """
    made = {item.ref for item in desired}
    warnings: list[PlanWarning] = []
    for manifest in desired:
        match manifest.ref.kind:
            case "Gateway":
                _require_class(manifest, cluster=cluster)
            case "HTTPRoute" | "GRPCRoute":
                _require_gateway(manifest, made=made, cluster=cluster)
            case "SecurityPolicy":
                warnings += check_guard(manifest, desired=desired, cluster=cluster)
            case kind if kind in (CONFIG_KIND, POLICY_KIND):
                warnings += check_iap(manifest, desired=desired, cluster=cluster)
            case "Ingress":
                warnings += _ingress_class(manifest, cluster=cluster)
            case _:
                pass
    return tuple(warnings)


def _require_class(gateway: Manifest, *, cluster: Cluster) -> None:
    name = text_at(gateway.body, "spec", "gatewayClassName")
    query = ObjectQuery(api_version=_GATEWAY_API, kind="GatewayClass")
    if is_there(_class_ref(name, query), cluster=cluster):
        return
    known = _names(query, cluster=cluster)
    raise PreconditionError(
        f"there is no GatewayClass {name}, which {gateway.ref} needs; nothing was changed",
        hint=f"name one of {', '.join(known)} in expose.gateway.className" if known else "install its controller first",
    )


def _require_gateway(route: Manifest, *, made: set[ObjectRef], cluster: Cluster) -> None:
    for parent in objects_at(route.body, "spec", "parentRefs"):
        ref = ObjectRef(
            api_version=_GATEWAY_API,
            kind="Gateway",
            namespace=text_at(parent, "namespace") or route.ref.namespace,
            name=text_at(parent, "name"),
        )
        if ref not in made and not is_there(ref, cluster=cluster):
            raise PreconditionError(
                f"there is no {ref}, which {route.ref} joins; nothing was changed",
                hint="correct expose.gateway, or leave its name out and give a className: then it is made",
            )


def _ingress_class(ingress: Manifest, *, cluster: Cluster) -> Iterator[PlanWarning]:
    name = text_at(ingress.body, "spec", "ingressClassName")
    query = ObjectQuery(api_version="networking.k8s.io/v1", kind="IngressClass")
    if not name or is_there(_class_ref(name, query), cluster=cluster):
        return
    known = _names(query, cluster=cluster)
    yield PlanWarning(
        message=f"{ingress.ref}: there is no IngressClass {name}, so nobody will serve it",
        hint=f"classes of this cluster: {', '.join(known)}" if known else "install an Ingress controller",
    )


def _class_ref(name: str, query: ObjectQuery) -> ObjectRef:
    return ObjectRef(api_version=query.api_version, kind=query.kind, namespace="", name=name)


def _names(query: ObjectQuery, *, cluster: Cluster) -> list[str]:
    try:
        return sorted(text_at(body, "metadata", "name") for body in cluster.list(query))
    except ForbiddenError:
        return []
