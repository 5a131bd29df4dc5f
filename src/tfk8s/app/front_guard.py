"""What a Gateway of Envoy Gateway asks of clients: read from the live policy, looked for before one is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfk8s.app.front_classes import Controller, require_controller
from tfk8s.app.planning import is_there
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.plan import PlanWarning
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.fronts import policy_missing

GUARD_API = "gateway.envoyproxy.io/v1alpha1"
GUARD_KIND = "SecurityPolicy"
_ENVOY_GATEWAY = Controller(name="Envoy Gateway", prefix="gateway.envoyproxy.io/")
_LOOK = "look at the SecurityPolicy of the service, and at others on its Gateway: kubectl get securitypolicy -A"

_FIRST_KEY = "tfk8s keys create NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What the front asks for.

    Attributes:
        asks_for: in words.
        missing: what keeps its controller from asking.
        pending: what people must do before anybody gets in.
        settles_s: how long a front that is ready may still let everybody in.
        look: where to look when it goes on doing so.
    """

    asks_for: str
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    settles_s: float = 60.0
    look: str = _LOOK


NO_GUARD = Guard(asks_for="")
"""Everybody gets in."""


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
    yield from require_controller(policy, _ENVOY_GATEWAY, desired=desired, cluster=cluster)
    for ref, remedy in _needs(policy.body):
        if not is_there(ref, cluster=cluster):
            message = f"{policy.ref} names {ref}, which is not there: nobody gets in until it is"
            yield PlanWarning(message=message, hint=remedy)
