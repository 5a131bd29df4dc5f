"""What a change of the ways to the pods means: who can still reach them, and where."""

from __future__ import annotations

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import object_at, value_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told
from tfk8s.review.turns import EVERY_PORT, EVERYBODY, as_set, by_caller
from tfk8s.review.view import View
from tfk8s.review.words import inside, listed, setting, shown

ACCESS_VIEWS = {
    "Service": (View(pattern=("spec", "loadBalancerSourceRanges"), turn=as_set),),
    "NetworkPolicy": (
        View(pattern=("spec", "ingress"), turn=by_caller),
        View(pattern=("spec", "egress"), turn=by_caller),
    ),
}


def _type(field: Field) -> Told:
    old, new = field.before or "ClusterIP", field.after or "ClusterIP"
    what = f"Service type {old} to {new}"
    if old == "LoadBalancer":
        return Told(what=what, risk=Risk.DOWNTIME, then="the load balancer goes and its address is lost")
    if old == "NodePort" and new == "ClusterIP":
        return Told(what=what, risk=Risk.DOWNTIME, then="the ports on the nodes close")
    if new == "LoadBalancer":
        return Told(what=what, risk=Risk.NONE, then="no restart; it gets an address of its own")
    return Told(what=what, risk=Risk.NONE)


def _port(field: Field) -> Told:
    before, after = field.before, field.after
    if before is None:
        return Told(what=f"Service port {_number(after)} added", risk=Risk.NONE)
    if after is None:
        return Told(what=f"Service port {_number(before)} removed", risk=Risk.DOWNTIME, then="clients on it fail")
    old, new = _number(before), _number(after)
    if value_at(before, "port") != value_at(after, "port"):
        what = f"Service port {old} to {new}"
        return Told(what=what, risk=Risk.DOWNTIME, then=f"clients on {old} fail")
    return _port_details(f"Service port {new}", before, after)


def _number(port: JsonValue) -> str:
    return shown(value_at(port, "port") or port)


def _port_details(name: str, before: JsonValue, after: JsonValue) -> Told:
    """A port whose number stays: where it leads, and what stands beside it."""
    what = f"{name}: {inside(before, after)}"
    for key, then in (
        ("targetPort", "requests fail where the pods do not listen there"),
        ("protocol", "clients of the old protocol fail"),
        ("nodePort", "clients of the old port on the nodes fail"),
    ):
        if key in object_at({"v": before}, "v") and value_at(before, key) != value_at(after, key):
            return Told(what=what, risk=Risk.DOWNTIME, then=then)
    if value_at(before, "appProtocol") != value_at(after, "appProtocol"):
        return Told(what=what, risk=Risk.DOWNTIME, then="what stands in front speaks the other protocol to the pods")
    return Told(what=what, risk=Risk.NONE)


def _range(field: Field) -> Told:
    ranges = object_at(field.new, "spec", "loadBalancerSourceRanges")
    if field.before is None:
        was_open = not value_at(field.old, "spec", "loadBalancerSourceRanges")
        then = "everybody else is shut out" if was_open else "no restart; it is let in"
        return Told(what=f"addresses {field.name} let in", risk=Risk.DOWNTIME if was_open else Risk.NONE, then=then)
    what = f"addresses {field.name} no longer named"
    if not ranges:
        return Told(what=what, risk=Risk.NONE, then="no restart; every address is let in")
    return Told(what=what, risk=Risk.DOWNTIME, then="clients there are shut out")


def _selector(field: Field) -> Told:
    what = setting(f"selector {field.name}", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="requests go to other pods, to none where none carries it")


def _address(field: Field) -> Told:
    what = setting("cluster address", field.before, field.after)
    then = "it cannot be changed, so the Service is deleted and made anew, under another address"
    return Told(what=what, risk=Risk.DOWNTIME, then=then)


SERVICE_RULES = (
    Rule(pattern=("spec", "type"), tell=_type),
    Rule(pattern=("spec", "ports", ANY), tell=_port),
    Rule(pattern=("spec", "loadBalancerSourceRanges", ANY), tell=_range),
    Rule(pattern=("spec", "selector", ANY), tell=_selector),
    Rule(pattern=("spec", "clusterIP"), tell=_address),
    Rule(pattern=("spec", "clusterIPs"), tell=_address),
)


def _caller(field: Field) -> Told:
    """One peer that is let in, to more or fewer ports than before."""
    before, after = _ports(field.before), _ports(field.after)
    if not before:
        return Told(what=f"{field.name} let in to {_port_words(after)}", risk=Risk.NONE)
    if not after:
        what = f"{field.name} no longer let in to {_port_words(before)}"
        if EVERYBODY in object_at(field.new, "spec", "ingress"):
            return Told(what=what, risk=Risk.NONE, then="no restart; everybody is let in")
        return Told(what=what, risk=Risk.DOWNTIME, then="requests from there fail")
    what = f"{field.name} let in to {_port_words(after)}, before to {_port_words(before)}"
    is_fewer = EVERY_PORT not in after and not set(map(str, before)) <= set(map(str, after))
    if is_fewer:
        return Told(what=what, risk=Risk.DOWNTIME, then="requests to the other ports fail")
    return Told(what=what, risk=Risk.NONE)


def _ports(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _port_words(ports: list[JsonValue]) -> str:
    if EVERY_PORT in ports:
        return EVERY_PORT
    return f"port{'s' if len(ports) > 1 else ''} {listed(ports)}"


def _callee(field: Field) -> Told:
    before, after = _ports(field.before), _ports(field.after)
    who = "anywhere" if field.name == EVERYBODY else field.name
    if not before:
        return Told(what=f"pods may reach {who} on {_port_words(after)}", risk=Risk.NONE)
    if not after:
        what = f"pods may no longer reach {who} on {_port_words(before)}"
        return Told(what=what, risk=Risk.DOWNTIME, then="what they read from there fails")
    what = f"pods may reach {who} on {_port_words(after)}, before on {_port_words(before)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="what they read on other ports fails")


def _fenced(field: Field) -> Told:
    what = f"pods that the policy is about: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="pods that it newly selects refuse whom it does not let in")


def _policy_types(field: Field) -> Told:
    what = setting("directions of the policy", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="what is not allowed in a direction fails there")


POLICY_RULES = (
    Rule(pattern=("spec", "ingress", ANY), tell=_caller),
    Rule(pattern=("spec", "egress", ANY), tell=_callee),
    Rule(pattern=("spec", "podSelector"), tell=_fenced),
    Rule(pattern=("spec", "policyTypes"), tell=_policy_types),
)


def _identity(field: Field) -> Told:
    what = setting("Google service account", field.before, field.after)
    return Told(
        what=what, risk=Risk.NONE, then="no restart; pods read buckets with its rights from their next token on"
    )


def _token(field: Field) -> Told:
    what = setting("token of the Kubernetes API in pods", field.before, field.after)
    return Told(what=what, risk=Risk.NONE, then="no restart; counts for pods that start")


ACCOUNT_RULES = (
    Rule(pattern=("metadata", "annotations", "iam.gke.io/gcp-service-account"), tell=_identity),
    Rule(pattern=("automountServiceAccountToken",), tell=_token),
)
