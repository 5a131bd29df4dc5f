"""A Gateway that GKE's own controller serves: certificates of the project, the health check, times.

Which certificate a listener takes: https://cloud.google.com/kubernetes-engine/docs/how-to/secure-gateway. Timeouts are
set by a policy on the Service: https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources.
"""

from __future__ import annotations

from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import Path
from tfk8s.render import gateway_api
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.gke import health_check_times
from tfk8s.render.gke_iap import gateway_iap, iap_reason
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec.existing import server_port
from tfk8s.spec.gke_front import is_front_elsewhere, is_gke_gateway, is_multi_cluster

_CERTIFICATE_MAP = "networking.gke.io/certmap"
_PRE_SHARED = "networking.gke.io/pre-shared-certs"


def has_gke_gateway(facts: Facts) -> bool:
    """Whether GKE serves the Gateway, from this cluster."""
    return is_gke_gateway(facts.spec) and not is_front_elsewhere(facts.spec)


def exports_service(facts: Facts) -> bool:
    """Whether other clusters of the fleet reach the Service."""
    return is_multi_cluster(facts.spec)


def service_export(facts: Facts) -> Draft:
    """Draft what lets the fleet know the Service.

    https://cloud.google.com/kubernetes-engine/docs/how-to/multi-cluster-services#registering_a_service_for_export
    """
    return Draft(template="gke_service_export", values={"metadata": facts.metadata(facts.names.service)})


def gateway(facts: Facts) -> Draft:
    """Draft the Gateway."""
    expose = facts.spec.expose
    tls = expose.certificate
    named = expose.address_name
    addresses: tuple[JsonObject, ...] = ({"type": "NamedAddress", "value": named},) if named is not None else ()
    if tls is not None and tls.certificate_map is not None:
        annotations = {_CERTIFICATE_MAP: tls.certificate_map}
        return gateway_api.gateway_draft(facts, tls=None, annotations=annotations, addresses=addresses)
    source: JsonObject = {}
    if tls is not None and tls.secret_name is not None:
        source = {"certificateRefs": [{"kind": "Secret", "name": tls.secret_name}]}
    elif tls is not None:
        source = {"options": {_PRE_SHARED: ",".join(tls.pre_shared_certificates)}}
    return gateway_api.gateway_draft(facts, tls={"mode": "Terminate", **source}, addresses=addresses)


def http_route(facts: Facts) -> Draft:
    """Draft the way of REST requests; GKE takes their timeout from the backend policy."""
    return gateway_api.http_route_draft(facts, timeout_s=None)


def health_check_policy(facts: Facts) -> Draft:
    """Draft the health check of all ports: the server's own gRPC health says no more than that the port is open."""
    check: JsonObject = {
        "portSpecification": "USE_FIXED_PORT",
        "port": server_port(facts.spec, "rest"),
        "requestPath": facts.models[0].metadata_path,
    }
    config: JsonObject = {"type": "HTTP", "httpHealthCheck": check}
    settings: JsonObject = {**health_check_times(), "config": config}
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "settings": settings,
        "target": _target(facts),
    }
    reasons: dict[Path, str] = {
        ("spec", "default", "config", "httpHealthCheck", "requestPath"): (
            "200 only while the model is served; / is always 404"
        )
    }
    return Draft(template="gke_health_check_policy", values=values, reasons=reasons)


def backend_policy(facts: Facts) -> Draft:
    """Draft the times that the load balancer gives the pods, and who gets in."""
    iap = gateway_iap(facts)
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "iap": iap,
        "timeout_s": front_timeout_s(facts.situation),
        "draining_s": facts.situation.request_timeout_s,
        "target": _target(facts),
    }
    reasons: dict[Path, str] = {
        ("spec", "default", "timeoutSec"): "longer than the server's own limit, whose answer says what was too slow",
        ("spec", "default", "connectionDraining"): "the longest request; the pod lives longer than that",
    }
    if iap is not None:
        reasons["spec", "default", "iap"] = iap_reason(iap)
    return Draft(template="gke_backend_policy", values=values, reasons=reasons)


def _target(facts: Facts) -> JsonObject:
    """What a policy is about: the Service, or what the fleet imports of all that export it."""
    return {**gateway_api.service_kind(facts), "name": facts.names.service}
