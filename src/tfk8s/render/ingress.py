"""The Ingress: names and a certificate to the REST port, and no other path than those of models."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec.existing import service_port, service_port_name
from tfk8s.spec.gke_front import ingress_class, is_gke_ingress

PATH = "/v1/models"
"""Everything that clients ask for; metrics are on the same port, under another path."""

_MIB = 2**20
_NGINX = "nginx.ingress.kubernetes.io/"
_CONTOUR_REDIRECT = "ingress.kubernetes.io/force-ssl-redirect"
_CONTOUR_TIMEOUT = "projectcontour.io/response-timeout"


def has_plain_ingress(facts: Facts) -> bool:
    """Whether the Ingress is one of no particular cloud."""
    return facts.spec.expose.type == "Ingress" and not is_gke_ingress(facts.spec)


def ingress(facts: Facts) -> Draft:
    """Draft the Ingress for a controller of the cluster."""
    name = ingress_class(facts.spec)
    known = next((make for word, make in _CONTROLLERS.items() if name is not None and word in name), None)
    return ingress_draft(facts, annotations=known(facts) if known is not None else {}, class_name=name)


def ingress_draft(facts: Facts, *, annotations: Mapping[str, str], class_name: str | None) -> Draft:
    """Draft an Ingress; the user's annotations win over ours.

    Args:
        facts: the service.
        annotations: what the controller needs to be told.
        class_name: for `spec.ingressClassName`; None leaves it out.
    """
    expose = facts.spec.expose
    called = service_port_name(facts.spec, "rest")
    port: JsonObject = {"name": called} if called else {"number": service_port(facts.spec, "rest")}
    backend: JsonObject = {"service": {"name": facts.names.service, "port": port}}
    http: JsonObject = {"paths": [{"path": PATH, "pathType": "Prefix", "backend": backend}]}
    hosts = expose.host_names
    rules: list[JsonValue] = [{"host": host, "http": http} for host in hosts] if hosts else [{"http": http}]
    secret = expose.certificate.secret_name if expose.certificate is not None else None
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.names.ingress, annotations={**annotations, **expose.ingress.annotations}),
        "class_name": class_name,
        "tls": [{"hosts": [*hosts], "secretName": secret}] if secret is not None else [],
        "rules": rules,
    }
    reasons: dict[Path, str] = {("spec", "rules"): "models alone: the same port has metrics under another path"}
    return Draft(template="ingress", values=values, reasons=reasons)


def _nginx_annotations(facts: Facts) -> dict[str, str]:
    """Limits that fit the model; the controller's own are 1 MB of body and 60 s.

    https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
    """
    timeout = str(front_timeout_s(facts.situation))
    annotations = {
        "proxy-body-size": f"{math.ceil(facts.spec.expose.max_request_size.units / _MIB)}m",
        "proxy-read-timeout": timeout,
        "proxy-send-timeout": timeout,
    }
    if facts.spec.expose.certificate is not None:
        annotations["ssl-redirect"] = "true"
    return {_NGINX + key: value for key, value in annotations.items()}


def _contour_annotations(facts: Facts) -> dict[str, str]:
    """Plain HTTP is served beside HTTPS, and answers are cut after 15 s, unless it is told otherwise.

    https://projectcontour.io/docs/main/config/annotations/
    """
    annotations = {_CONTOUR_TIMEOUT: f"{front_timeout_s(facts.situation)}s"}
    if facts.spec.expose.certificate is not None:
        annotations[_CONTOUR_REDIRECT] = "true"
    return annotations


_CONTROLLERS: Mapping[str, Callable[[Facts], dict[str, str]]] = {
    "nginx": _nginx_annotations,
    "contour": _contour_annotations,
}
"""By a word in the name of the class; others are told nothing beyond the Ingress itself."""
