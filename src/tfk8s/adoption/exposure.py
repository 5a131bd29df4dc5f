"""Services and an Ingress become `expose`, and what clients know of them is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, text_at, value_at
from tfk8s.manifest.ownership import PORTS_ANNOTATION
from tfk8s.spec import PORT_NUMBERS, PortName

_NODE_PORTS = range(30000, 32768)
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """What is known of the way in.

    Attributes:
        expose: the part `expose`.
        existing: what of `existing` the Service and the Ingress make.
        selector: of the Service.
    """

    expose: JsonObject
    existing: JsonObject
    selector: Mapping[str, str]


def services_of(objects: tuple[Found, ...], *, labels: Mapping[str, str]) -> list[Found]:
    """The Services that select pods with these labels: the one that clients use first, headless ones last."""
    found = []
    for item in objects:
        selector = object_at(item.body, "spec", "selector")
        if item.kind == "Service" and selector and selector.items() <= labels.items():
            found.append(item)
    kinds = {"LoadBalancer": 0, "NodePort": 1}
    return sorted(found, key=lambda item: (_is_headless(item), kinds.get(text_at(item.body, "spec", "type"), 2)))


def _is_headless(item: Found) -> bool:
    return text_at(item.body, "spec", "clusterIP") == "None"


def exposed_by(
    service: Found,
    *,
    listening: Mapping[PortName, int],
    container: Part,
    ingress: Found | None,
    shared: Mapping[str, str],
) -> Exposed:
    """Read a Service, and the Ingress that leads to it.

    Args:
        service: the one that clients use.
        listening: where the server listens.
        container: the server's, for the names of its ports.
        ingress: None when nothing of that kind leads to the Service.
        shared: annotations of every object, which the Service needs not repeat.
    """
    root = service.root
    service.is_part = True
    kind = root.text("spec", "type") or "ClusterIP"
    ports = _ports(root, listening=listening, container=container)
    names: list[JsonValue] = [*ports] or ["rest"]
    expose: JsonObject = {"type": kind, "ports": names}
    numbers = {name: port.number("port") for name, port in ports.items()}
    changed: JsonObject = {name: number for name, number in numbers.items() if number != PORT_NUMBERS[name]}
    if changed:
        expose["servicePorts"] = changed
    given = {name: port.number("nodePort") for name, port in ports.items()}
    nodes: JsonObject = {name: number for name, number in given.items() if number in _NODE_PORTS}
    if nodes and kind in ("NodePort", "LoadBalancer"):
        expose["nodePorts"] = nodes
    ranges = root.use("spec", "loadBalancerSourceRanges")
    if ranges and kind == "LoadBalancer":
        expose["sourceRanges"] = ranges
    annotations = {key: text for key, text in root.texts("metadata", "annotations").items() if shared.get(key) != text}
    own: JsonObject = {key: text for key, text in annotations.items() if key != PORTS_ANNOTATION}
    if own:
        expose["annotations"] = own
    _tell_danger(root, kind=kind, ports=ports, expose=expose)
    existing: JsonObject = {"service": service.name}
    called: JsonObject = {name: port.text("name") for name, port in ports.items() if port.text("name") != name}
    if called:
        existing["portNames"] = called
    if ingress is not None:
        _front(ingress, expose=expose, existing=existing, service=root, ports=ports)
    return Exposed(expose=expose, existing=existing, selector=root.texts("spec", "selector"))


def _ports(root: Part, *, listening: Mapping[PortName, int], container: Part) -> dict[PortName, Part]:
    """The Service's ports by what they lead to."""
    named = {text_at(port.value, "name"): port.at("containerPort").value for port in container.items("ports")}
    servers = {number: name for name, number in listening.items()}
    found: dict[PortName, Part] = {}
    for port in root.items("spec", "ports"):
        target = port.at("targetPort").value or port.at("port").value
        number = named.get(target, target) if isinstance(target, str) else target
        number = int(number) if isinstance(number, str) and number.isdecimal() else number
        name = servers.get(number) if isinstance(number, int) else None
        if name is None or name in found:
            why = "leads where the server does not listen" if name is None else f"is a second port for {name}"
            port.tell(NoteKind.LOST, f"port {port.at('port').value} {why}: it is not carried over")
            continue
        if port.at("protocol").value in (None, "TCP"):
            port.use("protocol")
        port.use("targetPort")
        found[name] = port
    return dict(sorted(found.items()))


def _tell_danger(root: Part, *, kind: str, ports: Mapping[PortName, Part], expose: JsonObject) -> None:
    if kind in ("LoadBalancer", "NodePort") and "grpc" in ports:
        expose["exposeAdministration"] = True
        ports["grpc"].at("port").tell(
            NoteKind.UNSAFE,
            "the gRPC port is open to the outside, and it takes calls that replace the models; it stays open, since "
            "clients use it: expose rest alone, or use type Gateway, as soon as they can do without",
        )
    if kind == "NodePort":
        root.at("spec", "type").tell(
            NoteKind.UNSAFE, "NodePort opens every node and has no certificate; type Ingress or Gateway has one"
        )
    if kind == "LoadBalancer" and not expose.get("sourceRanges"):
        root.at("spec", "type").tell(
            NoteKind.UNSAFE, "the load balancer takes everybody, in the clear: name ranges in expose.sourceRanges"
        )


def ingress_of(objects: tuple[Found, ...], *, service: str) -> Found | None:
    """The Ingress that leads to a Service."""
    for item in objects:
        if item.kind == "Ingress" and any(_service_name(backend) == service for backend in _backends(item.root)):
            return item
    return None


def _backends(root: Part) -> list[Part]:
    default = [root.at("spec", key) for key in ("defaultBackend", "backend") if root.at("spec", key)]
    paths = [path for rule in root.items("spec", "rules") for path in rule.items("http", "paths")]
    return [*default, *(path.at("backend") for path in paths)]


def _service_name(backend: Part) -> str:
    """In `service.name` since networking.k8s.io/v1, in `serviceName` before."""
    return text_at(backend.value, "service", "name") or text_at(backend.value, "serviceName")


def _front(
    ingress: Found, *, expose: JsonObject, existing: JsonObject, service: Part, ports: Mapping[PortName, Part]
) -> None:
    if expose["type"] == "LoadBalancer" or "rest" not in ports:
        why = "the Service has an address of its own" if "rest" in ports else "it leads to gRPC, and ours to REST alone"
        ingress.tell(NoteKind.LOST, (), f"stays as it is, beside tfk8s: {why}")
        return
    root = ingress.root
    if expose["type"] == "NodePort":
        service.at("spec", "type").tell(NoteKind.CHANGED, "becomes ClusterIP: clients come through the Ingress")
    for key in ("nodePorts", "exposeAdministration"):
        expose.pop(key, None)
    ingress.is_part = True
    expose["type"] = "Ingress"
    existing["ingress"] = ingress.name
    _hosts(root, expose=expose)
    settings: JsonObject = {}
    annotations = root.texts("metadata", "annotations")
    name = root.text("spec", "ingressClassName") or annotations.pop(_CLASS_ANNOTATION, "")
    if name:
        settings["className"] = name
    if annotations:
        settings["annotations"] = {**annotations}
    if settings:
        expose["ingress"] = settings


def _hosts(root: Part, *, expose: JsonObject) -> None:
    hosts: list[JsonValue] = []
    for rule in root.items("spec", "rules"):
        host = rule.text("host")
        if host and host not in hosts:
            hosts.append(host)
        for path in rule.items("http", "paths"):
            _path(path)
    for key in ("defaultBackend", "backend"):
        if root.at("spec", key):
            root.at("spec", key).tell(NoteKind.CHANGED, "only paths of models are let through: /v1/models")
    if hosts:
        expose["hosts"] = hosts
    secrets = [entry.text("secretName") for entry in root.items("spec", "tls")]
    for entry in root.items("spec", "tls"):
        entry.use("hosts")
    if secrets and secrets[0] and hosts:
        expose["tls"] = {"secretName": secrets[0]}
        for entry in root.items("spec", "tls")[1:]:
            if entry.text("secretName") != secrets[0]:
                entry.tell(NoteKind.LOST, "one certificate for all names: put them into one Secret")
        return
    expose["tls"] = "none"
    root.at("spec", "tls").tell(
        NoteKind.UNSAFE, "there is no certificate: requests and answers travel in the clear; give expose.tls"
    )


def _path(path: Part) -> None:
    text = path.text("path")
    path.use("pathType")
    path.at("backend").use_keys("serviceName", "servicePort")
    path.use("backend", "service", "name")
    path.at("backend", "service", "port").use_keys("name", "number")
    if text.rstrip("/*") != "/v1/models":
        path.tell(NoteKind.CHANGED, f"{text or '/'} becomes /v1/models: metrics are on the same port")


def tell_identity_aware_proxy(objects: tuple[Found, ...]) -> None:
    """It stays on by the object that turned it on, since the Service goes on naming that one."""
    for item in objects:
        if item.kind == "BackendConfig" and value_at(item.body, "spec", "iap", "enabled") is True:
            item.tell(
                NoteKind.CHANGED,
                ("spec", "iap"),
                "Identity-Aware Proxy stays on by this object, which stays as it is: to have it in the spec, write "
                "expose.auth.iap and take the annotation that names this one out of expose.annotations",
            )
