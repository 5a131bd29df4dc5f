"""What stands beside the Deployment under names and selectors of its own, which `existing` of the spec keeps."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.adoption.exposure import Exposed, exposed_by, ingress_of, services_of
from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found
from tfk8s.adoption.reading import Reading
from tfk8s.adoption.scaling import autoscalers_of, scaling_of, tell_vertical
from tfk8s.adoption.scaling_hpa import Containers
from tfk8s.adoption.surroundings import budgets_of, peers_of, policies_of, use_budget
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.ownership import service_selector, workload_selector
from tfk8s.manifest.scalers import SCALED_OBJECT
from tfk8s.spec import PORT_NUMBERS


def ways_of(read: Reading, *, shared: Mapping[str, str]) -> tuple[Exposed, JsonObject]:
    """The way in, and the names and selectors that are kept."""
    existing: JsonObject = {}
    if (read.deployment.name, dict(read.selector)) != (read.name, workload_selector(read.name)):
        existing = {"deployment": read.deployment.name, "selector": {**read.selector}}
    _use_ports(read)
    services = services_of(read.objects, labels=read.labels)
    if not services:
        read.deployment.tell(NoteKind.CHANGED, ("metadata", "name"), "no Service leads to it: tfk8s makes one")
        return Exposed(expose={}, existing={}, selector={}), {**existing, **_server_ports(read)}
    ingress = ingress_of(read.objects, service=services[0].name)
    exposed = exposed_by(
        services[0], listening=read.listening, container=read.container, ingress=ingress, shared=shared
    )
    ours = (read.name, service_selector(read.name))
    kept = {**exposed.existing}
    if (services[0].name, dict(exposed.selector)) == ours:
        del kept["service"]
    elif dict(exposed.selector) != dict(read.selector):
        kept["serviceSelector"] = {**exposed.selector}
    if ingress is not None and read.is_ours(ingress):
        kept.pop("ingress", None)
    return exposed, {**existing, **kept, **_server_ports(read)}


def _use_ports(read: Reading) -> None:
    for port in read.container.items("ports"):
        if port.at("containerPort").value in read.listening.values() and port.at("protocol").value in (None, "TCP"):
            for key in ("containerPort", "name", "protocol"):
                port.use(key)


def _server_ports(read: Reading) -> JsonObject:
    moved: JsonObject = {name: number for name, number in read.listening.items() if number != PORT_NUMBERS[name]}
    return {"serverPorts": dict(sorted(moved.items()))} if moved else {}


def scaling_beside(read: Reading, existing: JsonObject) -> JsonObject:
    """How it scales; an autoscaler of another name is noted in `existing`."""
    scalers = autoscalers_of(read.objects, deployment=read.deployment.name)
    server = text_at(read.container.value, "name")
    named = frozenset(text_at(item.value, "name") for item in read.pod.items("containers"))
    containers = Containers(server=server, others=named - {server})
    if not scalers:
        return scaling_of(read.deployment, autoscalers=scalers, containers=containers)
    is_ours = read.is_ours(scalers[0])
    tell_vertical(read.objects, scaler=scalers[0])
    if scalers[0].kind == SCALED_OBJECT:
        _keep_scaled_object(read, scalers[0], existing)
    elif not is_ours:
        existing["autoscaler"] = scalers[0].name
    return scaling_of(read.deployment, autoscalers=scalers, containers=containers, is_ours=is_ours)


def _keep_scaled_object(read: Reading, scaled: Found, existing: JsonObject) -> None:
    """KEDA goes on under the name that its autoscaler has; a ScaledObject of another name would be a second one."""
    given = text_at(scaled.body, "spec", "advanced", "horizontalPodAutoscalerConfig", "name")
    if given not in ("", read.name):
        existing["autoscaler"] = given
    for item in read.objects:
        if item.kind == "TriggerAuthentication" and read.is_ours(scaled):
            item.is_part = True
            item.used.add(())
    if scaled.name != read.name:
        scaled.tell(
            NoteKind.UNSAFE,
            ("metadata", "name"),
            f"tfk8s calls it {read.name}: delete this one before you apply, or there are two "
            f"(kubectl delete scaledobject {scaled.name}; the number of pods stays)",
        )


def budget_beside(read: Reading, existing: JsonObject, *, parts: JsonObject) -> None:
    """Read the PodDisruptionBudget into the parts of the spec; one of another name is noted in `existing`."""
    budgets = budgets_of(read.objects, labels=read.labels)
    scaling = object_at(parts, "scaling")
    most = scaling.get("max", scaling.get("replicas", 1))
    if not budgets and read.is_ours(read.deployment) and most != 1:
        parts["podDisruptionBudget"] = "none"
    if not budgets or most == 1:
        return
    use_budget(budgets[0])
    if not read.is_ours(budgets[0]):
        existing["budget"] = budgets[0].name


def policy_beside(read: Reading, existing: JsonObject) -> JsonObject:
    """Whom the NetworkPolicy lets in; one of another name is noted in `existing`."""
    policies = policies_of(read.objects, labels=read.labels)
    if not policies:  # ours would have one, unless it was turned off
        return {"enabled": False} if read.is_ours(read.deployment) else {}
    if not read.is_ours(policies[0]):
        existing["networkPolicy"] = policies[0].name
    peers = peers_of(policies[0])
    return {"allowFrom": peers} if peers else {}
