"""What GKE is told of Identity-Aware Proxy: a part of the object that has the load balancer's times as well.

GKE takes one GCPBackendPolicy a Service and one BackendConfig a port, so the guard has no object of its own.
"""

from __future__ import annotations

from tfk8s.manifest import JsonObject
from tfk8s.render.facts import Facts
from tfk8s.spec.gke_front import EXTERNAL_INGRESS, ingress_class
from tfk8s.spec.gke_iap import ACCESS_ROLE

_GUARDED = f"Google accounts with {ACCESS_ROLE} alone get in"
_OPEN = "GKE leaves it on where nothing is said"


def ingress_iap(facts: Facts) -> JsonObject | None:
    """For a BackendConfig; None leaves the load balancer as it is."""
    expose = facts.spec.expose
    if expose.auth == "none" and ingress_class(facts.spec) == EXTERNAL_INGRESS:
        return {"enabled": False}
    if expose.iap is None:
        return None
    secret = expose.iap.secret_name
    client: JsonObject = {"oauthclientCredentials": {"secretName": secret}} if secret is not None else {}
    return {"enabled": True, **client}


def gateway_iap(facts: Facts) -> JsonObject | None:
    """For a GCPBackendPolicy; None turns it off."""
    iap = facts.spec.expose.iap
    if iap is None:
        return None
    return {"enabled": True, "oauth2ClientSecret": {"name": iap.secret_name}, "clientID": iap.client_id}


def iap_reason(iap: JsonObject) -> str:
    """What the reader of the object is told."""
    return _GUARDED if iap["enabled"] else _OPEN
