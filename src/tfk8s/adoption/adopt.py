"""From objects to a spec: each part is read by its own module; what they leave is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.adoption.batching import batching_of, monitoring_of
from tfk8s.adoption.command import CommandLine, read_command
from tfk8s.adoption.deployments import choose
from tfk8s.adoption.exposure import Exposed, exposed_by, ingress_of, services_of, tell_identity_aware_proxy
from tfk8s.adoption.flags import serving_of
from tfk8s.adoption.images import image_of, is_official
from tfk8s.adoption.models import Server, models_of
from tfk8s.adoption.notes import Note, NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.adoption.pods import (
    environment_of,
    gpus_of,
    joined,
    lifecycle_of,
    placement_of,
    resources_of,
    tell_confinement,
    tell_neighbours,
    tell_probes,
    variables_of,
)
from tfk8s.adoption.scaling import autoscalers_of, scaling_of, tell_vertical
from tfk8s.adoption.scaling_hpa import Containers
from tfk8s.adoption.scraping import SCRAPE_KEYS, scraping_of
from tfk8s.adoption.surroundings import account_of, budgets_of, peers_of, policies_of, use_budget
from tfk8s.manifest import JsonObject, JsonValue, Manifests
from tfk8s.manifest.fields import labels_of, object_at, text_at
from tfk8s.manifest.ownership import (
    CONFIG_HASH_ANNOTATION,
    INSTANCE_LABEL,
    OWNED_LABELS,
    is_owned,
    service_selector,
    workload_selector,
)
from tfk8s.manifest.scalers import SCALED_OBJECT
from tfk8s.manifest.yaml import Path
from tfk8s.spec import API_VERSION, PORT_NUMBERS, ImageSpec, PortName, legal_name

_SUFFIX = re.compile(r"-(?:deployment|deploy|dep|server|serving-deployment)\Z")
_OWN_PREFIXES = ("app.kubernetes.io/", "tfk8s.dev/")
_REMOVED = re.compile(
    r"(?:extensions/v1beta1|apps/v1beta[12]|autoscaling/v2beta[12]|policy/v1beta1|networking\.k8s\.io/v1beta1)\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions:
    """What the user decides.

    Attributes:
        deployment: which one, where several run a model server.
        image: the image to run, in place of the manifest's.
    """

    deployment: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was read.

    Attributes:
        document: of a spec, in the order of its documentation.
    """

    document: JsonObject
    objects: tuple[Found, ...]

    def notes(self, rendered: Manifests = ()) -> tuple[Note, ...]:
        """Every note, by place; a field that the rendered objects hold alike is not lost."""
        held = {(item.ref.kind, item.ref.name): item.body for item in rendered}
        found: list[Note] = []
        for item in self.objects:
            body = held.get((item.kind, item.name))
            found += [note for note in item.notes if body != item.body or note.field or note.kind is not NoteKind.LOST]
            found += item.lost(lambda path, value, body=body: body is not None and _at(body, path) == value)  # type: ignore[misc]
        return tuple(sorted(set(found)))


def _at(body: JsonValue, path: Path) -> JsonValue:
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The Deployment and what all parts need of it."""

    deployment: Found
    container: Part
    line: CommandLine
    labels: Mapping[str, str]
    selector: Mapping[str, str]
    objects: tuple[Found, ...]

    @property
    def pod(self) -> Part:
        return self.deployment.root.at("spec", "template", "spec")

    @property
    def name(self) -> str:
        """Of the service: ours, or the Deployment's without a word that says what it is."""
        if is_owned(labels_of(self.deployment.body), instance=labels_of(self.deployment.body).get(INSTANCE_LABEL, "")):
            return labels_of(self.deployment.body)[INSTANCE_LABEL]
        return legal_name(_SUFFIX.sub("", self.deployment.name))

    def is_ours(self, item: Found) -> bool:
        """Whether tfk8s made the object under the name that it would get."""
        return item.name == self.name and is_owned(labels_of(item.body), instance=self.name)

    @property
    def listening(self) -> dict[PortName, int]:
        """Where the server listens."""
        usual = dict(PORT_NUMBERS) if self.line.through_entrypoint else {"grpc": PORT_NUMBERS["grpc"], "rest": 0}
        names: dict[str, PortName] = {"port": "grpc", "rest_api_port": "rest"}
        told = {names[flag]: int(text) for flag, text in self.line.flags.items() if flag in names and text.isdecimal()}
        return {name: number for name, number in {**usual, **told}.items() if number}  # type: ignore[misc]


def adopt(objects: tuple[Found, ...], *, options: AdoptOptions | None = None) -> Draft:
    """Read the objects of one service.

    Raises:
        InputError: no Deployment of a model server, or several; its command or its models cannot be understood.
    """
    wanted = options or AdoptOptions()
    deployment, container = choose(objects, name=wanted.deployment)
    near = tuple(item for item in objects if item.namespace in ("", deployment.namespace) or not deployment.namespace)
    read = _Read(
        deployment=deployment,
        container=container,
        line=read_command(container, variables=variables_of(container)),
        labels=labels_of(object_at(deployment.body, "spec", "template")),
        selector=_selector(deployment),
        objects=near,
    )
    document = _document(read, image=wanted.image)
    _tell_the_rest(read, objects)
    return Draft(document=document, objects=objects)


def _document(read: _Read, *, image: str | None) -> JsonObject:
    root = read.deployment.root
    template = root.at("spec", "template", "metadata")
    scraped = template.texts("annotations")
    shared = _shared([root.at("metadata", "annotations"), template.at("annotations")])
    shared = {key: text for key, text in shared.items() if key not in SCRAPE_KEYS}
    labels = _shared([root.at("metadata", "labels"), template.at("labels")])
    pictured = image_of(read.container, gpus=gpus_of(read.container), instead=image)
    server = _server(read, holds_model=not is_official(text_at(read.container.value, "image")))
    models = models_of(server)
    exposed, existing = _ways(read, shared=shared)
    selecting = {*read.selector, *exposed.selector} - labels_of(read.deployment.body).keys()
    secrets: list[JsonValue] = [entry.text("name") for entry in read.pod.items("imagePullSecrets")]
    if secrets:
        pictured["pullSecrets"] = secrets
    parts: JsonObject = {
        "image": pictured,
        "resources": resources_of(read.container),
        "scaling": _scaling(read, existing),
        "expose": exposed.expose,
        "serving": _serving(read, server, base=str(pictured["base"])),
        "lifecycle": lifecycle_of(read.container),
        "placement": placement_of(read.pod),
        "networkPolicy": _policy(read, existing),
        "serviceAccount": account_of(
            read.pod, read.objects, shared=shared, reads_bucket=any("gs://" in str(model["source"]) for model in models)
        ),
        "labels": {key: text for key, text in labels.items() if key not in selecting},
        "annotations": {**shared},
    }
    if object_at(parts, "serving").get("monitoring") is not False:
        parts["monitoring"] = scraping_of(scraped, tuple(filter(read.is_ours, read.objects)))
    _budget(read, existing, parts=parts)
    source = object_at(parts, "scaling", "source")
    if source.get("kind") == "gke" or "project" in source:  # managed Prometheus knows what is collected for it
        parts["serving"] = {**object_at(parts, "serving"), "podMonitoring": True}
        parts["monitoring"] = {}
    if _makes_namespace(read):
        parts = {"createNamespace": True, **parts}
    head: JsonObject = {
        "apiVersion": API_VERSION,
        "name": read.name,
        "namespace": read.deployment.namespace or "default",
    }
    chosen: JsonObject = {"model": models[0]} if len(models) == 1 else {"models": [*models]}
    kept = {key: value for key, value in parts.items() if value}
    return {**head, **chosen, **kept, **({"existing": existing} if existing else {})}


def _makes_namespace(read: _Read) -> bool:
    """Whether the Namespace is among the objects, and one that may be made."""
    name = read.deployment.namespace
    for item in read.objects:
        if item.kind == "Namespace" and item.name == name and name != "default" and not name.startswith("kube-"):
            item.is_part = True
            for key in ("labels", "annotations"):
                joined([item.root.at("metadata", key)])
            return True
    return False


def _server(read: _Read, *, holds_model: bool) -> Server:
    return Server(
        pod=read.pod,
        container=read.container,
        line=read.line,
        variables=variables_of(read.container),
        holds_model=holds_model,
        objects=read.objects,
    )


def _serving(read: _Read, server: Server, *, base: str) -> JsonObject:
    image = ImageSpec(base=base)
    release = image.server_release if image.is_official else None
    environment = environment_of(read.container)
    return {
        **serving_of(read.line, release=release),
        **batching_of(server),
        **monitoring_of(server, otherwise=not read.is_ours(read.deployment)),
        **({"env": environment} if environment else {}),
    }


def _selector(deployment: Found) -> dict[str, str]:
    """A Deployment of an old API without a selector selects by all labels of its pods."""
    root = deployment.root
    selector = root.texts("spec", "selector", "matchLabels")
    if selector:
        return selector
    labels = labels_of(object_at(deployment.body, "spec", "template"))
    root.at("spec", "selector").tell(
        NoteKind.UNSAFE, "there is no selector, which the API demands today: the labels of the pods are taken"
    )
    return dict(labels)


def _shared(parts: list[Part]) -> dict[str, str]:
    """Labels or annotations that a spec may give to every object."""
    for part in parts:
        for key in (*OWNED_LABELS, CONFIG_HASH_ANNOTATION):
            if part.has(key) and key != "app.kubernetes.io/version":
                part.use(key)
    return {
        key: text for key, text in joined(parts).items() if not key.startswith(_OWN_PREFIXES) and not _is_server_s(key)
    }


def _is_server_s(key: str) -> bool:
    return key.startswith(("kubectl.kubernetes.io/", "deployment.kubernetes.io/"))


def _ways(read: _Read, *, shared: Mapping[str, str]) -> tuple[Exposed, JsonObject]:
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


def _use_ports(read: _Read) -> None:
    for port in read.container.items("ports"):
        if port.at("containerPort").value in read.listening.values() and port.at("protocol").value in (None, "TCP"):
            for key in ("containerPort", "name", "protocol"):
                port.use(key)


def _server_ports(read: _Read) -> JsonObject:
    moved: JsonObject = {name: number for name, number in read.listening.items() if number != PORT_NUMBERS[name]}
    return {"serverPorts": dict(sorted(moved.items()))} if moved else {}


def _scaling(read: _Read, existing: JsonObject) -> JsonObject:
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


def _keep_scaled_object(read: _Read, scaled: Found, existing: JsonObject) -> None:
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


def _budget(read: _Read, existing: JsonObject, *, parts: JsonObject) -> None:
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


def _policy(read: _Read, existing: JsonObject) -> JsonObject:
    policies = policies_of(read.objects, labels=read.labels)
    if not policies:  # ours would have one, unless it was turned off
        return {"enabled": False} if read.is_ours(read.deployment) else {}
    if not read.is_ours(policies[0]):
        existing["networkPolicy"] = policies[0].name
    peers = peers_of(policies[0])
    return {"allowFrom": peers} if peers else {}


def _tell_the_rest(read: _Read, objects: tuple[Found, ...]) -> None:
    """What is dangerous in the pod, what is of an old API, and what is no part of the service."""
    tell_probes(read.container)
    tell_confinement(read.pod, read.container)
    tell_neighbours(read.pod, read.container)
    tell_identity_aware_proxy(read.objects)
    read.container.use("name")
    read.deployment.is_part = True
    for item in objects:
        version = text_at(item.body, "apiVersion")
        if not item.is_part and not item.notes:
            item.tell(NoteKind.LOST, (), "is no part of the service that was found: it stays as it is")
        elif item.is_part and _REMOVED.match(version):
            item.tell(
                NoteKind.UNSAFE, ("apiVersion",), f"{version} is gone from Kubernetes; the current one is rendered"
            )
