"""An Ingress that GKE's own controller serves: the load balancer's health check, its certificate, its redirect.

GKE reads the class of an Ingress from an annotation and not from the field:
https://cloud.google.com/kubernetes-engine/docs/how-to/load-balance-ingress.
"""

from __future__ import annotations

from tfk8s.manifest import JsonObject
from tfk8s.manifest.gke import CLASS_ANNOTATION, MANAGED_CERTIFICATES, PRE_SHARED_CERTIFICATES
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.gke import health_check_times
from tfk8s.render.gke_iap import iap_reason, ingress_iap
from tfk8s.render.ingress import ingress_draft
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec.existing import server_port
from tfk8s.spec.gke_front import EXTERNAL_INGRESS, ingress_class, is_gke_ingress

_FRONTEND = "networking.gke.io/v1beta1.FrontendConfig"
_ALLOW_HTTP = "kubernetes.io/ingress.allow-http"
_GLOBAL_ADDRESS = "kubernetes.io/ingress.global-static-ip-name"
_REGIONAL_ADDRESS = "kubernetes.io/ingress.regional-static-ip-name"


def has_gke_ingress(facts: Facts) -> bool:
    """Whether GKE serves the Ingress."""
    return is_gke_ingress(facts.spec)


def has_managed_certificate(facts: Facts) -> bool:
    """Whether Google makes the certificate."""
    tls = facts.spec.expose.certificate
    return has_gke_ingress(facts) and tls is not None and tls.managed


def has_redirect(facts: Facts) -> bool:
    """Whether plain HTTP is sent to HTTPS; GKE's internal load balancers cannot, so those refuse it."""
    is_encrypted = facts.spec.expose.certificate is not None
    return has_gke_ingress(facts) and is_encrypted and _is_external(facts)


def ingress(facts: Facts) -> Draft:
    """Draft the Ingress."""
    expose, name = facts.spec.expose, facts.spec.name
    tls = expose.certificate
    annotations = {CLASS_ANNOTATION: ingress_class(facts.spec) or EXTERNAL_INGRESS}
    if tls is not None and tls.managed:
        annotations[MANAGED_CERTIFICATES] = name
    if tls is not None and tls.pre_shared_certificates:
        annotations[PRE_SHARED_CERTIFICATES] = ",".join(tls.pre_shared_certificates)
    if has_redirect(facts):
        annotations[_FRONTEND] = name
    elif tls is not None:
        annotations[_ALLOW_HTTP] = "false"
    if expose.address_name is not None:
        annotations[_GLOBAL_ADDRESS if _is_external(facts) else _REGIONAL_ADDRESS] = expose.address_name
    return ingress_draft(facts, annotations=annotations, class_name=None)


def backend_config(facts: Facts) -> Draft:
    """Draft what the load balancer knows of the pods, and who gets in; its own health check asks for /."""
    health_check: JsonObject = {
        **health_check_times(),
        "type": "HTTP",
        "port": server_port(facts.spec, "rest"),
        "requestPath": facts.models[0].metadata_path,
    }
    iap = ingress_iap(facts)
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "iap": iap,
        "health_check": health_check,
        "timeout_s": front_timeout_s(facts.situation),
        "draining_s": facts.situation.request_timeout_s,
    }
    reasons: dict[Path, str] = {
        ("spec", "healthCheck", "requestPath"): "200 only while the model is served; / is always 404",
        ("spec", "timeoutSec"): "longer than the server's own limit, whose answer says what was too slow",
        ("spec", "connectionDraining"): "the longest request; the pod lives longer than that",
    }
    if iap is not None:
        reasons["spec", "iap"] = iap_reason(iap)
    return Draft(template="gke_backend_config", values=values, reasons=reasons)


def frontend_config(facts: Facts) -> Draft:
    """Draft the redirect; a client that posts in the clear is told so instead of being followed."""
    return Draft(template="gke_frontend_config", values={"metadata": facts.metadata(facts.spec.name)})


def managed_certificate(facts: Facts) -> Draft:
    """Draft the certificate for every name."""
    values = {"metadata": facts.metadata(facts.spec.name), "domains": [*facts.spec.expose.host_names]}
    reason = "Google signs it once these names lead to the Ingress's address, which takes up to an hour"
    return Draft(template="gke_managed_certificate", values=values, reasons={("spec", "domains"): reason})


def _is_external(facts: Facts) -> bool:
    return ingress_class(facts.spec) == EXTERNAL_INGRESS
