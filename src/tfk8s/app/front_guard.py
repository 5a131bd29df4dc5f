"""What a Gateway of Envoy Gateway asks of clients: read from the live policy, looked for before one is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.planning import if_allowed, is_there
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.plan import PlanWarning
from tfk8s.ports.cluster import Cluster, ForbiddenError
from tfk8s.rollout.fronts import policy_missing

GUARD_API = "gateway.envoyproxy.io/v1alpha1"
GUARD_KIND = "SecurityPolicy"
_GATEWAY_API = "gateway.networking.k8s.io/v1"
_CONTROLLERS = "gateway.envoyproxy.io/"
"""Names of controllers that follow a SecurityPolicy begin so; any other would ignore it."""

_FIRST_KEY = "tfk8s keys create NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the front asks for.

    Attributes:
        asks_for: in words.
        missing: what keeps its controller from asking.
        pending: what people must do before anybody gets in.
    """

    asks_for: str
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


def guard_of(policy: JsonObject, *, gateway: str, cluster: Cluster) -> Guard:
    """The guard that a live policy is; one that lacks its Secret lets nobody in, which no waiting cures."""
    missing = policy_missing(policy, gateway=gateway)
    absent = tuple(_absent(policy, cluster=cluster)) if missing else ()
    return Guard(asks_for=_words(policy), missing=() if absent else missing, pending=absent)


def _words(policy: JsonObject) -> str:
    places = objects_at(policy, "spec", "apiKeyAuth", "extractFrom")
    headers = [str(name) for place in places for name in _list(value_at(place, "headers"))]
    if headers:
        return f"a key in {' or '.join(headers)}"
    issuers = [text_at(provider, "issuer") for provider in objects_at(policy, "spec", "jwt", "providers")]
    return f"a token of {' or '.join(issuers)}"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _absent(policy: JsonObject, *, cluster: Cluster) -> Iterator[str]:
    for ref, remedy in _needs(policy):
        if not is_there(ref, cluster=cluster):
            yield f"nobody gets in: there is no {ref} ({remedy})"


def _needs(policy: JsonObject) -> Iterator[tuple[ObjectRef, str]]:
    namespace = text_at(policy, "metadata", "namespace")
    for reference in objects_at(policy, "spec", "apiKeyAuth", "credentialRefs"):
        name = text_at(reference, "name")
        yield ObjectRef(api_version="v1", kind="Secret", namespace=namespace, name=name), _FIRST_KEY
    for provider in objects_at(policy, "spec", "jwt", "providers"):
        name = text_at(object_at(provider, "localJWKS", "valueRef"), "name")
        if name:
            ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace=namespace, name=name)
            yield ref, "its entry jwks holds the issuer's public keys"


def check_guard(policy: Manifest, *, desired: Manifests, cluster: Cluster) -> Iterator[PlanWarning]:
    """Look who would follow the policy, and whether what it names is there.

    Raises:
        PreconditionError: the Gateway's controller is not Envoy Gateway, and would let everybody in.
    """
    for class_name in sorted(_classes(desired, cluster=cluster)):
        yield from _controller(policy, class_name=class_name, cluster=cluster)
    for ref, remedy in _needs(policy.body):
        if not is_there(ref, cluster=cluster):
            message = f"{policy.ref} names {ref}, which is not there: nobody gets in until it is"
            yield PlanWarning(message=message, hint=remedy)


def _controller(policy: Manifest, *, class_name: str, cluster: Cluster) -> Iterator[PlanWarning]:
    ref = ObjectRef(api_version=_GATEWAY_API, kind="GatewayClass", namespace="", name=class_name)
    try:
        found = cluster.get(ref)
    except ForbiddenError:
        message = f"this login cannot see whose GatewayClass {class_name} is: another one than Envoy Gateway's would "
        hint = "ask somebody who may: kubectl get gatewayclass"
        yield PlanWarning(message=message + f"ignore {policy.ref}, and let everybody in", hint=hint)
        return
    controller = text_at(found or {}, "spec", "controllerName")
    if found is not None and not controller.startswith(_CONTROLLERS):
        raise PreconditionError(
            f"GatewayClass {class_name} is of {controller or 'nobody'}, which would ignore {policy.ref} and let "
            "everybody in; nothing was changed",
            hint="name a class of Envoy Gateway in expose.gateway, or write expose.auth: none",
        )


def _classes(desired: Manifests, *, cluster: Cluster) -> set[str]:
    """Classes of the Gateways that the routes join, ours or others'."""
    made = {item.ref: item.body for item in desired if item.ref.kind == "Gateway"}
    found = set()
    for route in desired:
        for parent in objects_at(route.body, "spec", "parentRefs") if route.ref.kind.endswith("Route") else ():
            namespace = text_at(parent, "namespace") or route.ref.namespace
            ref = ObjectRef(api_version=_GATEWAY_API, kind="Gateway", namespace=namespace, name=text_at(parent, "name"))
            found.add(text_at(made.get(ref) or _seen(ref, cluster=cluster), "spec", "gatewayClassName"))
    return found - {""}


def _seen(ref: ObjectRef, *, cluster: Cluster) -> JsonObject:
    return if_allowed(lambda: cluster.get(ref), otherwise=None) or {}
