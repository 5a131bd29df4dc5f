"""What a change of what stands in front of a Service means: Ingress, Gateway, routes."""

from __future__ import annotations

from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import integer_at, objects_at, text_at, value_at
from tfk8s.review.risk import Risk
from tfk8s.review.rule import ANY, Field, Rule, Told
from tfk8s.review.turns import as_set, by_certificate, by_host, by_parent
from tfk8s.review.view import View
from tfk8s.review.words import inside, listed, setting, shown, whole

FRONT_VIEWS = {
    "Ingress": (
        View(pattern=("spec", "rules"), turn=by_host),
        View(pattern=("spec", "tls"), turn=by_certificate),
    ),
    "HTTPRoute": (
        View(pattern=("spec", "hostnames"), turn=as_set),
        View(pattern=("spec", "parentRefs"), turn=by_parent),
    ),
    "ManagedCertificate": (View(pattern=("spec", "domains"), turn=as_set),),
}
FRONT_VIEWS["GRPCRoute"] = FRONT_VIEWS["HTTPRoute"]


def _class(name: str) -> Rule:
    def tell(field: Field) -> Told:
        what = setting(name, field.before, field.after)
        return Told(what=what, risk=Risk.DOWNTIME, then="another controller takes over, and the address changes")

    return Rule(pattern=("spec", name), tell=tell)


def _host(field: Field) -> Told:
    if field.before is None:
        return Told(what=f"host {field.name} added", risk=Risk.NONE)
    return Told(what=f"host {field.name} removed", risk=Risk.DOWNTIME, then="requests for it fail")


def _path(field: Field) -> Told:
    host, path = field.names
    if field.before is None:
        return Told(what=f"host {host}: path {path} added", risk=Risk.NONE)
    if field.after is None:
        return Told(what=f"host {host}: path {path} removed", risk=Risk.DOWNTIME, then="requests for it fail")
    what = f"host {host}: path {path}: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="requests go elsewhere")


def _certificate(field: Field) -> Told:
    if field.before is None:
        what = f"HTTPS with the certificate {field.name}"
        return Told(what=what, risk=Risk.NONE, then="no restart; the Secret must be there before")
    if field.after is None:
        what = f"HTTPS with the certificate {field.name} removed"
        others = value_at(field.new, "spec", "tls")
        then = "no restart; another certificate takes its place" if others else "https clients fail"
        return Told(what=what, risk=Risk.NONE if others else Risk.DOWNTIME, then=then)
    what = f"HTTPS with the certificate {field.name}: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="https clients of hosts that it no longer names fail")


def _listener(field: Field) -> Told:
    before, after = field.before, field.after
    if before is None:
        return Told(what=f"listener {field.name} on port {_port(after)} added", risk=Risk.NONE)
    if after is None:
        what = f"listener {field.name} on port {_port(before)} removed"
        return Told(what=what, risk=Risk.DOWNTIME, then="clients on it fail")
    if all(value_at(before, key) == value_at(after, key) for key in _CONTACT):
        old, new = (listed(_certificates(side)) or "none" for side in (before, after))
        what = f"listener {field.name}: certificate {old} to {new}"
        return Told(what=what, risk=Risk.NONE, then="no restart; a Secret that it names must be there before")
    what = f"listener {field.name}: {inside(before, after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="clients of the old way fail")


def _certificates(listener: JsonValue) -> list[JsonValue]:
    return [text_at(item, "name") for item in objects_at(listener, "tls", "certificateRefs")]


_CONTACT = ("port", "protocol", "hostname", "allowedRoutes")
"""What clients meet; the rest of a listener is its certificates."""


def _port(listener: JsonValue) -> str:
    return shown(value_at(listener, "port"))


def _addresses(field: Field) -> Told:
    return Told(
        what=whole("address", field.before, field.after), risk=Risk.DOWNTIME, then="clients of the old one fail"
    )


def _parent(field: Field) -> Told:
    if field.before is None:
        return Told(what=f"route of Gateway {field.name} added", risk=Risk.NONE)
    if field.after is None:
        what = f"route of Gateway {field.name} removed"
        return Told(what=what, risk=Risk.DOWNTIME, then="requests through it fail")
    what = f"route of Gateway {field.name}: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="requests through it may fail")


def _matches(field: Field) -> Told:
    old, new = _match_words(field.before), _match_words(field.after)
    gone = [word for word in old if word not in new]
    come = [word for word in new if word not in old]
    told = [f"{', '.join(come)} let through"] if come else []
    told += [f"{', '.join(gone)} no longer let through"] if gone else []
    what = " and ".join(told) or whole("matches", field.before, field.after)
    if gone or not come:
        return Told(what=what, risk=Risk.DOWNTIME, then="such requests fail")
    return Told(what=what, risk=Risk.NONE)


def _match_words(matches: JsonValue) -> list[str]:
    return [_match(match) for match in objects_at({"v": matches}, "v")]


def _match(match: JsonValue) -> str:
    for key, part in (("path", "value"), ("method", "service")):
        if text_at(match, key, part):
            return f"{key} {text_at(match, key, part)} ({text_at(match, key, 'type')})"
    return shown(match)


def _backend(field: Field) -> Told:
    what = whole("where requests go", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="they fail where nobody listens there")


def _timeout(field: Field) -> Told:
    old, new = value_at(field.before, "request"), value_at(field.after, "request")
    what = setting("longest request", old, new) if old != new else whole("timeouts", field.before, field.after)
    return Told(what=what, risk=Risk.NONE)


def _filters(field: Field) -> Told:
    what = whole("redirect", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="clients that do not follow it fail")


def _whole_rule(field: Field) -> Told:
    what = f"rule {field.name} {'added' if field.before is None else 'removed'}"
    risk = Risk.NONE if field.before is None else Risk.DOWNTIME
    return Told(what=what, risk=risk, then="" if field.before is None else "requests that it let through fail")


def _traffic(field: Field) -> Told:
    return Told(what=setting("longest request", field.before, field.after), risk=Risk.NONE)


def _rate(field: Field) -> Told:
    old, new = (_limits(side) for side in (field.before, field.after))
    what = setting("requests let through in a second", old, new)
    return _narrower(what, is_so=new is not None and (old is None or new < old), then="those above it fail")


def _limits(rules: JsonValue) -> int | None:
    """The strictest of the rules."""
    found = [limit for rule in objects_at({"v": rules}, "v") if (limit := integer_at(rule, "limit", "requests"))]
    return min(found, default=None)


def _size(field: Field) -> Told:
    what = setting("largest request, in bytes", field.before, field.after)
    old, new = (int(str(side)) if str(side).isdecimal() else None for side in (field.before, field.after))
    is_narrower = field.after is not None and (field.before is None or new is None or old is None or new < old)
    return _narrower(what, is_so=is_narrower, then="larger ones fail")


def _narrower(what: str, *, is_so: bool, then: str) -> Told:
    return Told(what=what, risk=Risk.DOWNTIME if is_so else Risk.NONE, then=then if is_so else "")


_PROOFS = {"apiKeyAuth": "keys of clients", "jwt": "tokens of clients"}


def _proof(field: Field) -> Told:
    name = _PROOFS[field.place[1]]
    if field.after is None:
        is_open = not any(value_at(field.new, "spec", key) for key in _PROOFS)
        then = "whoever has none gets in" if is_open else "something else is asked for"
        return Told(what=f"{name} no longer asked for", risk=Risk.NONE, then=f"no restart; {then}")
    what = f"{name} asked for" if field.before is None else f"{name}: {inside(field.before, field.after)}"
    return Told(what=what, risk=Risk.DOWNTIME, then="clients with none, or with one of before, are refused")


def _targets(field: Field) -> Told:
    what = whole("what it is about", field.before, field.after)
    return Told(what=what, risk=Risk.DOWNTIME, then="the other one is left without it")


INGRESS_RULES = (
    _class("ingressClassName"),
    Rule(pattern=("spec", "rules", ANY), tell=_host, only_whole=True),
    Rule(pattern=("spec", "rules", ANY, ANY), tell=_path),
    Rule(pattern=("spec", "tls", ANY), tell=_certificate),
)
GATEWAY_RULES = (
    _class("gatewayClassName"),
    Rule(pattern=("spec", "listeners", ANY), tell=_listener),
    Rule(pattern=("spec", "addresses"), tell=_addresses),
)
ROUTE_RULES = (
    Rule(pattern=("spec", "hostnames", ANY), tell=_host),
    Rule(pattern=("spec", "parentRefs", ANY), tell=_parent),
    Rule(pattern=("spec", "rules", ANY), tell=_whole_rule, only_whole=True),
    Rule(pattern=("spec", "rules", ANY, "matches"), tell=_matches),
    Rule(pattern=("spec", "rules", ANY, "backendRefs"), tell=_backend),
    Rule(pattern=("spec", "rules", ANY, "timeouts"), tell=_timeout),
    Rule(pattern=("spec", "rules", ANY, "filters"), tell=_filters),
)
TRAFFIC_RULES = (
    Rule(pattern=("spec", "timeout", "http", "requestTimeout"), tell=_traffic),
    Rule(pattern=("spec", "rateLimit", "local", "rules"), tell=_rate),
    Rule(pattern=("spec", "requestBuffer", "limit"), tell=_size),
    Rule(pattern=("spec", "targetRefs"), tell=_targets),
)
GUARD_RULES = (
    Rule(pattern=("spec", "apiKeyAuth"), tell=_proof),
    Rule(pattern=("spec", "jwt"), tell=_proof),
    Rule(pattern=("spec", "targetRefs"), tell=_targets),
)
