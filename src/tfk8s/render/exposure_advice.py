"""What to warn of in the way to the pods: who may reach them, in the clear or not, and who is shut out."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.render.facts import Facts
from tfk8s.render.result import RenderWarning
from tfk8s.spec import AuthSpec
from tfk8s.spec.envoy_front import is_envoy_gateway
from tfk8s.spec.gke_front import is_gke_gateway, is_gke_ingress, is_regional


def exposure_warnings(facts: Facts) -> Iterator[RenderWarning]:
    """Everything about `expose` that is worth knowing."""
    yield from _administration(facts)
    yield from _open(facts)
    yield from _in_the_clear(facts)
    yield from _shut_out(facts)
    yield from _drain(facts)


def _administration(facts: Facts) -> Iterator[RenderWarning]:
    expose = facts.spec.expose
    if expose.type in ("NodePort", "LoadBalancer") and facts.serves_grpc:
        yield RenderWarning(
            code="public-grpc",
            message=f"expose.type {expose.type} opens the gRPC port, which also takes configuration calls: "
            "whoever reaches it can replace the models",
            hint="expose rest alone, limit who may connect with expose.sourceRanges, or use expose.type Gateway, which "
            "passes predictions on alone",
        )
    if expose.type == "Ingress" and facts.serves_grpc:
        yield RenderWarning(
            code="ingress-grpc",
            message="the Ingress leads to REST alone: the gRPC port is reached inside the cluster only",
            hint="expose.type Gateway passes gRPC predictions on, without the calls that replace models",
        )


def _open(facts: Facts) -> Iterator[RenderWarning]:
    """A front that nobody is known to shut: one inside a network of Google's is as open as that network."""
    expose = facts.spec.expose
    is_public = expose.is_routed or (expose.type == "LoadBalancer" and not expose.source_ranges)
    if not is_public or expose.auth is not None or is_regional(facts.spec):
        return
    if is_envoy_gateway(facts.spec):
        way = "keys or tokens with expose.auth"
    elif is_gke_ingress(facts.spec) or is_gke_gateway(facts.spec):
        way = "Google accounts with expose.auth.iap"
    else:
        way = "keys or tokens with expose.auth behind a Gateway of Envoy Gateway"
    ranges = "" if expose.is_routed else "name addresses in expose.sourceRanges, or "
    yield RenderWarning(
        code="open-front" if expose.is_routed else "open-balancer",
        message=f"expose.type {expose.type} lets everybody ask who reaches it",
        hint=f"{ranges}ask for {way}; auth: none says that it is meant",
    )


def _in_the_clear(facts: Facts) -> Iterator[RenderWarning]:
    expose = facts.spec.expose
    if expose.is_routed and expose.certificate is None and isinstance(expose.auth, AuthSpec):
        if expose.gateway.name is None:
            yield RenderWarning(
                code="plain-http",
                message="clients send their keys or tokens in the clear: whoever listens can use them",
                hint="give expose.tls and expose.host",
            )
        return
    if expose.is_routed and expose.tls is None and expose.gateway.name is None:
        yield RenderWarning(
            code="plain-http",
            message=f"expose.type {expose.type} has no certificate: requests and answers travel in the clear",
            hint="give expose.tls and expose.host, or say tls: none when something else encrypts",
        )


def _shut_out(facts: Facts) -> Iterator[RenderWarning]:
    expose, policy = facts.spec.expose, facts.spec.network_policy
    if not policy.allow_from or expose.proxies or expose.type == "ClusterIP":
        return
    if expose.is_routed and facts.front.ranges and not is_regional(facts.spec):
        return
    if not expose.is_routed:
        who = "clients come in with the address of a node"
        hint = "name the nodes' range in expose.proxies, as [{cidr: 10.128.0.0/20}]"
    elif facts.front.ranges:
        who = "the load balancer's proxies call from your proxy-only subnet"
        hint = "name that subnet in expose.proxies, as [{cidr: 10.129.0.0/23}]"
    else:
        who = f"requests come from the pods of the {expose.type} controller"
        hint = "name their namespace in expose.proxies, as [{namespace: envoy-gateway-system}]"
    yield RenderWarning(
        code="policy-shuts-out",
        message=f"networkPolicy.allowFrom does not let the front in: {who}",
        hint=hint,
    )


def _drain(facts: Facts) -> Iterator[RenderWarning]:
    stated, needed = facts.situation.drain_s, facts.front.drain_s
    if 0 < stated < needed:
        yield RenderWarning(
            code="short-drain",
            message=f"lifecycle.drainSeconds is {stated}: the load balancer may send requests to a pod for {needed} s "
            "after it was told to stop",
            hint="leave it out, and it fits the front",
        )
