"""Controllers of load balancers in front of a service, as far as the status of their objects goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import SERVED, FakeCluster
from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.fields import integer_at, objects_at, text_at

GATEWAY_API = "gateway.networking.k8s.io/v1"
ENVOY_API = "gateway.envoyproxy.io/v1alpha1"
ENVOY_CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
ADDRESS = "203.0.113.7"
FRONTS_SERVED = SERVED | {
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "IngressClass"),
    *(("networking.gke.io/v1", kind) for kind in ("ManagedCertificate", "HealthCheckPolicy", "GCPBackendPolicy")),
    ("networking.gke.io/v1beta1", "FrontendConfig"),
    ("cloud.google.com/v1", "BackendConfig"),
    *((GATEWAY_API, kind) for kind in ("Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute")),
    *((ENVOY_API, kind) for kind in ("SecurityPolicy", "BackendTrafficPolicy")),
}


def with_classes(cluster: FakeCluster) -> FakeCluster:
    """The same cluster with the classes `eg` and `nginx`."""
    for api_version, kind, name in (
        (GATEWAY_API, "GatewayClass", "eg"),
        ("networking.k8s.io/v1", "IngressClass", "nginx"),
    ):
        spec: JsonObject = {"controllerName": ENVOY_CONTROLLER} if name == "eg" else {}
        cluster.put({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
    return cluster


def condition(kind: str, status: str, *, reason: str = "", message: str = "", generation: int = 1) -> JsonObject:
    """One entry of `status.conditions`."""
    return {"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": generation}


@dataclass
class FakeFronts:
    """Gives each Ingress, Gateway and route its status at `ready_at_s`; `refuse` writes another one instead."""

    cluster: FakeCluster
    clock: FakeClock
    ready_at_s: float = 0.0
    refuse: Callable[[JsonObject], JsonObject | None] = lambda _: None

    def __post_init__(self) -> None:
        self._played = self.cluster.before_read
        self.cluster.before_read = self._play

    def _play(self) -> None:
        self._played()
        before, self.cluster.before_read = self.cluster.before_read, lambda: None
        rights, self.cluster.forbidden = self.cluster.forbidden, frozenset()  # a controller sees all
        try:
            for body in self._bodies():
                status = self._status(body)
                if status is not None and body.get("status") != status:
                    self.cluster.put({**body, "status": status}, manager="controller")
        finally:
            self.cluster.before_read, self.cluster.forbidden = before, rights

    def _bodies(self) -> Iterator[JsonObject]:
        kinds = ("Ingress", "Gateway", "HTTPRoute", "GRPCRoute", "SecurityPolicy", "GCPBackendPolicy")
        for ref in sorted(ref for ref in self.cluster.refs() if ref.kind in kinds):
            body = self.cluster.get(ref)
            if body is not None:
                yield body

    def _status(self, body: JsonObject) -> JsonObject | None:
        refused = self.refuse(body)
        if refused is not None or self.clock.monotonic_s() < self.ready_at_s:
            return refused
        generation = integer_at(body, "metadata", "generation")
        holds: list[JsonValue] = [
            condition(kind, "True", generation=generation) for kind in ("Accepted", "Programmed", "ResolvedRefs")
        ]
        match text_at(body, "kind"):
            case "Ingress":
                return {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
            case "Gateway":
                listeners: list[JsonValue] = [
                    {"name": text_at(item, "name"), "conditions": holds}
                    for item in objects_at(body, "spec", "listeners")
                ]
                return {"addresses": [{"value": ADDRESS}], "conditions": holds, "listeners": listeners}
            case "SecurityPolicy":
                place: JsonObject = {"ancestorRef": {"name": text_at(body, "metadata", "name")}, "conditions": holds}
                return {"ancestors": [place]}
            case "GCPBackendPolicy":
                return {"conditions": [condition("Attached", "True", generation=generation)]}
            case _:
                parents: list[JsonValue] = [
                    {"parentRef": {"name": text_at(item, "name")}, "conditions": holds}
                    for item in objects_at(body, "spec", "parentRefs")
                ]
                return {"parents": parents}


def gateway_ref(name: str, *, namespace: str = "serving") -> ObjectRef:
    """A Gateway of that name."""
    return ObjectRef(api_version=GATEWAY_API, kind="Gateway", namespace=namespace, name=name)
