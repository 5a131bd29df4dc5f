"""What it means that an object comes, goes, or moves to another namespace."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, value_at
from tfk8s.manifest.scalers import COUNTING, bounds_of
from tfk8s.review.risk import Risk
from tfk8s.review.rule import Told, World
from tfk8s.review.rules_config import users
from tfk8s.review.rules_iap import LETS_IN, SHUTS_OUT, is_guarded
from tfk8s.review.rules_scaling import SLEEPS

_GONE: dict[str, tuple[Risk, str]] = {
    "Namespace": (Risk.DATA, "everything in it is deleted with it"),
    "PersistentVolumeClaim": (Risk.DATA, "what is stored in it may be lost"),
    "PersistentVolume": (Risk.DATA, "what is stored in it may be lost"),
    "StatefulSet": (Risk.DATA, "nobody answers, and its volumes stay behind without it"),
    "CustomResourceDefinition": (Risk.DATA, "every object of the kind is deleted with it"),
    "Deployment": (Risk.DOWNTIME, "its pods go, and nobody answers"),
    "Service": (Risk.DOWNTIME, "its name and address go, and clients fail"),
    "Ingress": (Risk.DOWNTIME, "its address goes, and clients outside of the cluster fail"),
    "Gateway": (Risk.DOWNTIME, "its address goes, and clients outside of the cluster fail"),
    "HTTPRoute": (Risk.DOWNTIME, "requests that came by it fail"),
    "GRPCRoute": (Risk.DOWNTIME, "requests that came by it fail"),
    "BackendConfig": (Risk.DOWNTIME, "the load balancer asks GKE's own health check, which the server does not pass"),
    "HealthCheckPolicy": (Risk.DOWNTIME, "the load balancer asks GKE's own health check, which the server fails"),
    "ServiceExport": (Risk.DOWNTIME, "clients of the fleet's Gateway no longer reach the pods of this cluster"),
    "ManagedCertificate": (Risk.DOWNTIME, "https clients fail"),
    "FrontendConfig": (Risk.NONE, "no restart; plain http is no longer sent to https"),
    "GCPBackendPolicy": (Risk.NONE, "no restart; a request may take 30 s, GKE's own limit"),
    "BackendTrafficPolicy": (Risk.NONE, "no restart; the proxy's own limit of time, and no others, hold for requests"),
    "SecurityPolicy": (Risk.NONE, "no restart; everybody who reaches the front may ask, without key or token"),
    "HorizontalPodAutoscaler": (Risk.NONE, "no restart; the number of pods stays as it is"),
    "ScaledObject": (Risk.NONE, "no restart; the number of pods stays as it is"),
    "TriggerAuthentication": (Risk.NONE, "no restart; what KEDA asks with it gets no answer"),
    "Rules": (Risk.NONE, "no restart; an autoscaler that reads what it records keeps the number of pods"),
    "PrometheusRule": (Risk.NONE, "no restart; nobody is told of errors by it any more"),
    "PodMonitor": (Risk.NONE, "no restart; Prometheus' operator collects no more from the pods"),
    "ServiceMonitor": (Risk.NONE, "no restart; Prometheus' operator collects no more from the pods"),
    "PodMonitoring": (Risk.NONE, "no restart; managed Prometheus collects no more from the pods"),
    "PodDisruptionBudget": (Risk.NONE, "no restart; draining nodes may stop all pods at once"),
    "NetworkPolicy": (Risk.NONE, "no restart; everybody in the cluster reaches the pods"),
    "ServiceAccount": (Risk.NONE, "no restart; no pod names it"),
    "ConfigMap": (Risk.NONE, "no restart; no pod reads it"),
    "Secret": (Risk.NONE, "no restart; no pod reads it"),
}
_UNKNOWN_GONE = (Risk.DOWNTIME, "what depends on it fails")
_NEEDED = frozenset({"ServiceAccount", "ConfigMap", "Secret", "PersistentVolumeClaim"})


def added(body: JsonObject, world: World) -> Told:
    """An object that was not there."""
    kind = str(body.get("kind"))
    what, told = f"{kind} added", _closes(body)
    if told and _has_clients(body, world):
        return Told(what=what, risk=Risk.DOWNTIME, then=told)
    return Told(what=what, risk=Risk.NONE, then="nothing that runs is touched")


def _closes(body: JsonObject) -> str:
    """Whom a new object of its kind shuts out, "" for nobody."""
    kind = str(body.get("kind"))
    if kind == "NetworkPolicy":
        open_ports = "clients of ports that it does not name fail"
        return open_ports if _lets_everybody_in(body) else "callers that it does not name fail"
    if kind == "SecurityPolicy":
        return "clients that show no key or token are refused with 401"
    if is_guarded(body):
        return SHUTS_OUT
    if kind in COUNTING and bounds_of(body)[0] == 0:
        return SLEEPS
    if kind == "FrontendConfig" or (kind == "HTTPRoute" and _redirects(body)):
        return "clients of plain http that do not follow its redirect fail"
    return ""


def _has_clients(body: JsonObject, world: World) -> bool:
    """Whether there was a workload beside it before: a new service has no clients yet."""
    namespace = value_at(body, "metadata", "namespace") or ""
    return any(ref.kind == "Deployment" and ref.namespace == namespace for ref in world.before)


def removed(body: JsonObject, world: World) -> Told:
    """An object that will not be there any more."""
    kind = str(body.get("kind"))
    what = f"{kind} removed"
    if kind in _NEEDED and users(body, world.following("Deployment")):
        risk = Risk.DATA if kind == "PersistentVolumeClaim" else Risk.DOWNTIME
        return Told(what=what, risk=risk, then="pods still name it, and new ones cannot start")
    risk, then = _GONE.get(kind, _UNKNOWN_GONE)
    return Told(what=what, risk=risk, then=f"{then}, and {LETS_IN}" if is_guarded(body) else then)


def moved(kind: str, *, was: ObjectRef, now: ObjectRef) -> Told:
    """An object that is made in another namespace and goes in the one where it was."""
    what = f"namespace {was.namespace or 'unset'} to {now.namespace or 'unset'}"
    risk, _ = _GONE.get(kind, _UNKNOWN_GONE)
    if risk is Risk.NONE:
        return Told(what=what, risk=risk, then="no restart; made there, and gone here")
    told = {Risk.DATA: "it is made anew there, empty", Risk.DOWNTIME: "clients of the old name or place fail"}
    return Told(what=what, risk=risk, then=told.get(risk, ""))


def anew(kind: str, *, fields: tuple[str, ...]) -> Told:
    """An object that is deleted and made anew, because fields of it cannot be changed."""
    risk, then = _GONE.get(kind, _UNKNOWN_GONE)
    what = f"{' and '.join(fields)} cannot be changed, so the {kind} is deleted and made anew"
    return Told(what=what, risk=max(risk, Risk.DOWNTIME), then=f"until then {then}")


def _lets_everybody_in(policy: JsonObject) -> bool:
    return any(not rule.get("from") for rule in objects_at(policy, "spec", "ingress"))


def _redirects(route: JsonObject) -> bool:
    filters = (item for rule in objects_at(route, "spec", "rules") for item in objects_at(rule, "filters"))
    return any(value_at(item, "type") == "RequestRedirect" and object_at(item, "requestRedirect") for item in filters)
