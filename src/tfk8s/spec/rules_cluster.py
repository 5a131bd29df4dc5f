"""Rules about what surrounds the server: pods, Service, network, identity, cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.gke_front import is_gke_gateway, is_gke_ingress
from tfk8s.spec.peer import Peer
from tfk8s.spec.rules_model import GOOGLE_ACCOUNT_ANNOTATION
from tfk8s.spec.scaling import Autoscaled
from tfk8s.spec.violation import Violation
from tfk8s.spec.workload import Toleration

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

_RANGE = {"min", "max", "metrics"}
_SYSTEM_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def scaling_has_a_range(spec: ServiceSpec) -> Iterator[Violation]:
    """The API server refuses min above max; what is said beside that is asked of rules of its own."""
    scaling = spec.scaling
    if not isinstance(scaling, Autoscaled):
        return
    if scaling.min > scaling.max:
        message = f"is {scaling.min}, more than max, which is {scaling.max}"
        yield Violation(path=("scaling", "min"), message=message)
    if scaling.model_fields_set - _RANGE or not scaling.min or [metric.kind for metric in scaling.metrics] != ["cpu"]:
        from tfk8s.spec.rules_scaling import further_scaling_is_possible  # most services have a range and CPU alone

        yield from further_scaling_is_possible(spec, scaling)


def ports_are_exposed_once(spec: ServiceSpec) -> Iterator[Violation]:
    """Each port once, node ports only where there are any."""
    expose = spec.expose
    for index, port in enumerate(expose.ports):
        if port in expose.ports[:index]:
            yield Violation(path=("expose", "ports", index), message=f"{port} is in the list already")
    shared = [number for number, times in Counter(expose.node_ports.values()).items() if times > 1]
    for port, number in expose.node_ports.items():
        path = ("expose", "nodePorts", port)
        if port not in expose.ports:
            yield Violation(path=path, message=f"{port} is not in expose.ports")
        if number in shared:
            yield Violation(path=path, message=f"{number} is given to two ports")
    if expose.node_ports and expose.type not in ("NodePort", "LoadBalancer"):
        yield Violation(path=("expose", "nodePorts"), message="needs type NodePort or LoadBalancer")
    if expose.source_ranges and expose.type != "LoadBalancer":
        yield Violation(path=("expose", "sourceRanges"), message="needs type LoadBalancer")


def tolerations_make_sense(spec: ServiceSpec) -> Iterator[Violation]:
    """As the API server checks them."""
    for index, toleration in enumerate(spec.placement.tolerations):
        message = _intolerable(toleration)
        if message:
            yield Violation(path=("placement", "tolerations", index), message=message)


def _intolerable(toleration: Toleration) -> str | None:
    if toleration.operator == "Exists" and toleration.value is not None:
        return "operator Exists takes no value"
    if toleration.operator == "Equal" and toleration.key is None:
        return "needs a key, or operator: Exists for every taint"
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        return "tolerationSeconds needs effect: NoExecute"
    return None


def peers_are_somebody(spec: ServiceSpec) -> Iterator[Violation]:
    """An empty peer would mean nobody to one reader and everybody to another."""
    yield from _peers(spec.network_policy.allow_from, path=("networkPolicy", "allowFrom"))
    yield from _peers(spec.expose.proxies, path=("expose", "proxies"))
    if spec.network_policy.allow_from and not spec.network_policy.enabled:
        yield Violation(path=("networkPolicy", "allowFrom"), message="has no effect with enabled: false")


def _peers(peers: tuple[Peer, ...], *, path: tuple[str, str]) -> Iterator[Violation]:
    for index, peer in enumerate(peers):
        if peer == Peer.unsaid():
            yield Violation(path=(*path, index), message="names nobody: give namespace, podLabels or cidr")
        elif peer.cidr is not None and (peer.namespace is not None or peer.pod_labels):
            message = "cidr does not go with namespace and podLabels: make two entries"
            yield Violation(path=(*path, index, "cidr"), message=message)


def accounts_are_consistent(spec: ServiceSpec) -> Iterator[Violation]:
    """An annotation on an account that is not ours to make would be lost, two for one purpose would fight."""
    account = spec.service_account
    email = account.google_service_account
    if not account.create:
        if account.annotations:
            yield Violation(path=("serviceAccount", "annotations"), message="has no effect with create: false")
        if email not in (None, "none"):
            message = f"has no effect with create: false: put the annotation {GOOGLE_ACCOUNT_ANNOTATION} there yourself"
            yield Violation(path=("serviceAccount", "googleServiceAccount"), message=message)
    elif email is not None and GOOGLE_ACCOUNT_ANNOTATION in account.annotations:
        message = "is set by googleServiceAccount: give one of the two"
        yield Violation(path=("serviceAccount", "annotations", GOOGLE_ACCOUNT_ANNOTATION), message=message)


def namespaces_are_ours_to_make(spec: ServiceSpec) -> Iterator[Violation]:
    """What we make, `tfk8s delete` deletes, and everything inside with it."""
    if spec.create_namespace and spec.namespace in _SYSTEM_NAMESPACES:
        message = f"must be false: the namespace {spec.namespace} is always there and never deleted"
        yield Violation(path=("createNamespace",), message=message)


def times_fit(spec: ServiceSpec) -> Iterator[Violation]:
    """A roll-out cannot end before its first pod may have started."""
    startup, timeout = spec.lifecycle.startup_seconds, spec.lifecycle.timeout_seconds
    if startup != "auto" and timeout != "auto" and timeout < startup:
        message = f"is {timeout}, less than startupSeconds, which is {startup}"
        yield Violation(path=("lifecycle", "timeoutSeconds"), message=message)


def kind_nodes_are_counted_once(spec: ServiceSpec) -> Iterator[Violation]:
    """The nodes are listed in kind's own file, where there is one."""
    cluster = spec.kind_cluster
    if cluster is not None and cluster.config is not None and "nodes" in cluster.model_fields_set:
        yield Violation(path=("cluster", "nodes"), message="does not go with config: the nodes are listed in that file")


def the_cluster_has_what_the_service_needs(spec: ServiceSpec) -> Iterator[Violation]:
    """Features that GKE has unless they are switched off, and that the service would wait for in vain."""
    cluster = spec.gke_cluster
    if cluster is None:
        return
    if cluster.addons is not None:
        if isinstance(spec.scaling, Autoscaled) and "HorizontalPodAutoscaling" not in cluster.addons:
            yield Violation(
                path=("cluster", "addons"), message="needs HorizontalPodAutoscaling: scaling has min and max"
            )
        balanced = is_gke_ingress(spec) or is_gke_gateway(spec)
        if balanced and "HttpLoadBalancing" not in cluster.addons:
            message = f"needs HttpLoadBalancing: expose.type is {spec.expose.type}"
            yield Violation(path=("cluster", "addons"), message=message)
    if is_gke_gateway(spec) and cluster.gateway_api == "disabled":
        yield Violation(path=("cluster", "gatewayApi"), message="must be standard: expose.type is Gateway")
