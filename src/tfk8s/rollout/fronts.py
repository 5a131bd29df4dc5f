"""How far the load balancer in front of a service is: what its controllers say in the status of their objects.

Only conditions about the current generation count; those of an older one speak of what was there before.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at

_GATEWAY = ("Accepted", "Programmed")
_LISTENER = ("Accepted", "ResolvedRefs", "Programmed")
_ROUTE = ("Accepted", "ResolvedRefs")
_POLICY = ("Accepted",)
_GKE_POLICY = ("Attached",)


def balancer_addresses(body: JsonObject) -> tuple[str, ...]:
    """Addresses and host names in the status of a Service or an Ingress."""
    given = objects_at(body, "status", "loadBalancer", "ingress")
    return tuple(text for entry in given if (text := text_at(entry, "ip") or text_at(entry, "hostname")))


def gateway_addresses(gateway: JsonObject) -> tuple[str, ...]:
    """Addresses and host names in the status of a Gateway."""
    return tuple(text for entry in objects_at(gateway, "status", "addresses") if (text := text_at(entry, "value")))


def gateway_missing(gateway: JsonObject, *, section: str) -> tuple[str, ...]:
    """What keeps a Gateway from serving.

    Args:
        gateway: the live object.
        section: the listener that matters; "" for any.
    """
    named = text_at(gateway, "metadata", "name")
    found = [*_unmet(gateway, object_at(gateway, "status"), kinds=_GATEWAY, what=f"Gateway/{named}")]
    for listener in objects_at(gateway, "status", "listeners"):
        name = text_at(listener, "name")
        if section in ("", name):
            found += _unmet(gateway, listener, kinds=_LISTENER, what=f"Gateway/{named}, listener {name}")
    return tuple(found)


def route_missing(route: JsonObject, *, gateway: str) -> tuple[str, ...]:
    """What keeps a route from being followed by the Gateway of that name."""
    what = f"{text_at(route, 'kind')}/{text_at(route, 'metadata', 'name')}"
    parents = objects_at(route, "status", "parents")
    joined = [parent for parent in parents if text_at(parent, "parentRef", "name") == gateway]
    if not joined:
        return (f"{what}: no controller has taken it yet",)
    return tuple(text for parent in joined for text in _unmet(route, parent, kinds=_ROUTE, what=what))


def policy_missing(policy: JsonObject, *, gateway: str) -> tuple[str, ...]:
    """What keeps a policy of the routes from being followed at the Gateway of that name."""
    what = f"{text_at(policy, 'kind')}/{text_at(policy, 'metadata', 'name')}"
    places = objects_at(policy, "status", "ancestors")
    about = [place for place in places if text_at(place, "ancestorRef", "name") == gateway]
    if not about:
        return (f"{what}: no controller has taken it yet",)
    return tuple(text for place in about for text in _unmet(policy, place, kinds=_POLICY, what=what))


def gke_policy_missing(policy: JsonObject) -> tuple[str, ...]:
    """What keeps a policy of GKE from being followed at what it is about."""
    what = f"{text_at(policy, 'kind')}/{text_at(policy, 'metadata', 'name')}"
    return tuple(_unmet(policy, object_at(policy, "status"), kinds=_GKE_POLICY, what=what))


def _unmet(owner: JsonObject, place: JsonObject, *, kinds: tuple[str, ...], what: str) -> Iterator[str]:
    """One line for each condition that does not hold; those that nobody has written yet are one line together."""
    known = {text_at(item, "type"): item for item in _current(owner, place)}
    absent = [kind for kind in kinds if kind not in known]
    if absent == list(kinds):
        yield f"{what}: no controller has taken it yet"
        return
    for kind in kinds:
        condition = known.get(kind)
        if condition is not None and condition.get("status") != "True":
            yield f"{what}: {kind} is {text_at(condition, 'status')}{_because(condition)}"


def _because(condition: JsonObject) -> str:
    words = ": ".join(text for key in ("reason", "message") if (text := text_at(condition, key)))
    return f" ({words})" if words else ""


def _current(owner: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    wanted: JsonValue = integer_at(owner, "metadata", "generation")
    for condition in objects_at(place, "conditions"):
        if condition.get("observedGeneration", wanted) == wanted:
            yield condition
