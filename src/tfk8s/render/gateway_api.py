"""The Gateway API: a Gateway with HTTPS, routes for predictions alone, and a redirect from plain HTTP.

Routes name what they let through, so that neither metrics nor the calls that change the server's configuration can be
reached: https://gateway-api.sigs.k8s.io/reference/spec/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.ingress import PATH
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec import object_name
from tfk8s.spec.existing import service_port
from tfk8s.spec.gke_front import gateway_class, is_front_elsewhere, is_gke_gateway, is_multi_cluster

HTTPS_LISTENER = "https"
HTTP_LISTENER = "http"
PREDICTIONS = "tensorflow.serving.PredictionService"
"""The gRPC service of predictions; ModelService beside it can replace the models."""

_CALLS = ("predict", "classify", "regress")
_MOST_MATCHES = 64
"""A rule takes no more."""


def has_gateway(facts: Facts) -> bool:
    """Whether a Gateway stands in front, ours or another."""
    return facts.spec.expose.type == "Gateway" and not is_front_elsewhere(facts.spec)


def makes_gateway(facts: Facts) -> bool:
    """Whether the Gateway is ours to make."""
    return has_gateway(facts) and facts.spec.expose.gateway.name is None


def is_plain(facts: Facts) -> bool:
    """Whether it is one of no particular cloud."""
    return has_gateway(facts) and not is_gke_gateway(facts.spec)


def has_redirect(facts: Facts) -> bool:
    """Whether plain HTTP is sent to HTTPS."""
    return makes_gateway(facts) and facts.spec.expose.certificate is not None


def has_http_route(facts: Facts) -> bool:
    """Whether REST goes through the Gateway."""
    return has_gateway(facts) and "rest" in facts.spec.expose.ports


def has_grpc_route(facts: Facts) -> bool:
    """Whether gRPC goes through the Gateway."""
    return has_gateway(facts) and "grpc" in facts.spec.expose.ports


def gateway(facts: Facts) -> Draft:
    """Draft the Gateway with a certificate from a Secret."""
    tls = facts.spec.expose.certificate
    reference: JsonObject = {"kind": "Secret", "name": tls.secret_name if tls is not None else None}
    return gateway_draft(facts, tls={"mode": "Terminate", "certificateRefs": [reference]})


def gateway_draft(
    facts: Facts,
    *,
    tls: JsonObject | None,
    annotations: Mapping[str, str] | None = None,
    addresses: tuple[JsonObject, ...] = (),
) -> Draft:
    """Draft a Gateway; its HTTPS listener is there when the spec has a certificate.

    Args:
        facts: the service.
        tls: of the HTTPS listener; None where an annotation names the certificate.
        annotations: what the controller needs to be told; the user's win.
        addresses: those that it must have; () for any.
    """
    expose = facts.spec.expose
    routes: JsonObject = {"namespaces": {"from": "Same"}}
    listeners: list[JsonValue] = []
    if expose.certificate is not None:
        https: JsonObject = {"name": HTTPS_LISTENER, "port": 443, "protocol": "HTTPS"}
        listeners.append({**https, **({"tls": tls} if tls is not None else {}), "allowedRoutes": routes})
    listeners.append({"name": HTTP_LISTENER, "port": 80, "protocol": "HTTP", "allowedRoutes": routes})
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name, annotations={**(annotations or {}), **expose.gateway.annotations}),
        "class_name": gateway_class(facts.spec),
        "addresses": [*addresses],
        "listeners": listeners,
    }
    return Draft(template="gateway", values=values)


def http_route(facts: Facts) -> Draft:
    """Draft the way of REST requests."""
    return http_route_draft(facts, timeout_s=front_timeout_s(facts.situation))


def http_route_draft(facts: Facts, *, timeout_s: int | None) -> Draft:
    """Draft the way of REST requests; None leaves the timeout to a policy of the controller."""
    values: dict[str, object] = {
        **_route(facts, hosts=facts.spec.expose.host_names),
        "matches": _rest_matches(facts),
        "backend": _backend(facts, port=service_port(facts.spec, "rest")),
        "timeout": f"{timeout_s}s" if timeout_s is not None else None,
    }
    reasons: dict[Path, str] = {
        ("spec", "rules", 0, "matches"): "models alone: the same port has metrics under another path"
    }
    if timeout_s is not None:
        reason = "longer than the server's own limit, whose answer says what was too slow"
        reasons["spec", "rules", 0, "timeouts"] = reason
    return Draft(template="http_route", values=values, reasons=reasons)


def grpc_route(facts: Facts) -> Draft:
    """Draft the way of gRPC calls: to the service of predictions, and to no other of that port."""
    expose = facts.spec.expose
    hosts = (expose.grpc_host,) if expose.grpc_host is not None else expose.host_names
    values: dict[str, object] = {
        **_route(facts, hosts=hosts),
        "service": PREDICTIONS,
        "backend": _backend(facts, port=service_port(facts.spec, "grpc")),
    }
    reason = "predictions alone: the port also has ModelService, whose calls can replace the models"
    return Draft(template="grpc_route", values=values, reasons={("spec", "rules", 0, "matches"): reason})


def redirect_route(facts: Facts) -> Draft:
    """Draft the answer to plain HTTP; a client that posts in the clear is told so instead of being followed."""
    expose = facts.spec.expose
    hosts = (*expose.host_names, *((expose.grpc_host,) if expose.grpc_host is not None else ()))
    values: dict[str, object] = {
        "metadata": facts.metadata(object_name(facts.spec.name, "redirect")),
        "parents": [{"name": facts.spec.name, "sectionName": HTTP_LISTENER}],
        "hosts": [*hosts],
    }
    return Draft(template="redirect_route", values=values)


def _route(facts: Facts, *, hosts: tuple[str, ...]) -> dict[str, object]:
    return {"metadata": facts.metadata(facts.spec.name), "parents": [_parent(facts)], "hosts": [*hosts]}


def _parent(facts: Facts) -> JsonObject:
    expose = facts.spec.expose
    named = expose.gateway
    if named.name is None:
        listener = HTTPS_LISTENER if expose.certificate is not None else HTTP_LISTENER
        return {"name": facts.spec.name, "sectionName": listener}
    given: dict[str, str | None] = {"namespace": named.namespace, "sectionName": named.section_name}
    return {"name": named.name, **{key: value for key, value in given.items() if value is not None}}


def _backend(facts: Facts, *, port: int) -> JsonObject:
    imported = service_kind(facts) if is_multi_cluster(facts.spec) else {}
    return {**imported, "name": facts.names.service, "port": port}


def service_kind(facts: Facts) -> JsonObject:
    """Group and kind of what stands for the pods: those of this cluster, or of all that export the service."""
    if is_multi_cluster(facts.spec):
        return {"group": "net.gke.io", "kind": "ServiceImport"}
    return {"group": "", "kind": "Service"}


def _rest_matches(facts: Facts) -> list[JsonValue]:
    """Each model by its name, so that others cannot fill the server's metrics; all of them when there are too many."""
    named = [match for model in facts.models for match in _model_matches(model.name)]
    whole: JsonObject = {"path": {"type": "PathPrefix", "value": PATH}}
    return [*named] if len(named) <= _MOST_MATCHES else [whole]


def _model_matches(name: str) -> Iterator[JsonObject]:
    """A prefix ends at a slash, so the calls on the model itself need their own."""
    base = f"{PATH}/{quote(name, safe='')}"
    yield {"path": {"type": "PathPrefix", "value": base}}
    for call in _CALLS:
        yield {"path": {"type": "Exact", "value": f"{base}:{call}"}}
