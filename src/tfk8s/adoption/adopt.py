"""From objects to a spec: each part is read by its own module; what they leave is told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tfk8s.adoption.batching import batching_of, monitoring_of
from tfk8s.adoption.command import read_command
from tfk8s.adoption.deployments import choose
from tfk8s.adoption.draft import Draft
from tfk8s.adoption.exposure import tell_identity_aware_proxy
from tfk8s.adoption.flags import serving_of
from tfk8s.adoption.images import image_of, is_official
from tfk8s.adoption.kept import budget_beside, policy_beside, scaling_beside, ways_of
from tfk8s.adoption.models import Server, models_of
from tfk8s.adoption.notes import NoteKind
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
from tfk8s.adoption.reading import Reading, selector_of
from tfk8s.adoption.scraping import SCRAPE_KEYS, scraping_of
from tfk8s.adoption.surroundings import account_of
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import labels_of, object_at, text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION, OWNED_LABELS
from tfk8s.spec import API_VERSION, ImageSpec

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


def adopt(objects: tuple[Found, ...], *, options: AdoptOptions | None = None) -> Draft:
    """Read the objects of one service.

    Raises:
        InputError: no Deployment of a model server, or several; its command or its models cannot be understood.
    """
    wanted = options or AdoptOptions()
    deployment, container = choose(objects, name=wanted.deployment)
    near = tuple(item for item in objects if item.namespace in ("", deployment.namespace) or not deployment.namespace)
    read = Reading(
        deployment=deployment,
        container=container,
        line=read_command(container, variables=variables_of(container)),
        labels=labels_of(object_at(deployment.body, "spec", "template")),
        selector=selector_of(deployment),
        objects=near,
    )
    document = _document(read, image=wanted.image)
    _tell_the_rest(read, objects)
    return Draft(document=document, objects=objects)


def _document(read: Reading, *, image: str | None) -> JsonObject:
    root = read.deployment.root
    template = root.at("spec", "template", "metadata")
    scraped = template.texts("annotations")
    shared = _shared([root.at("metadata", "annotations"), template.at("annotations")])
    shared = {key: text for key, text in shared.items() if key not in SCRAPE_KEYS}
    labels = _shared([root.at("metadata", "labels"), template.at("labels")])
    pictured = image_of(read.container, gpus=gpus_of(read.container), instead=image)
    server = _server(read, holds_model=not is_official(text_at(read.container.value, "image")))
    models = models_of(server)
    exposed, existing = ways_of(read, shared=shared)
    selecting = {*read.selector, *exposed.selector} - labels_of(read.deployment.body).keys()
    secrets: list[JsonValue] = [entry.text("name") for entry in read.pod.items("imagePullSecrets")]
    if secrets:
        pictured["pullSecrets"] = secrets
    parts: JsonObject = {
        "image": pictured,
        "resources": resources_of(read.container),
        "scaling": scaling_beside(read, existing),
        "expose": exposed.expose,
        "serving": _serving(read, server, base=str(pictured["base"])),
        "lifecycle": lifecycle_of(read.container),
        "placement": placement_of(read.pod),
        "networkPolicy": policy_beside(read, existing),
        "serviceAccount": account_of(
            read.pod, read.objects, shared=shared, reads_bucket=any("gs://" in str(model["source"]) for model in models)
        ),
        "labels": {key: text for key, text in labels.items() if key not in selecting},
        "annotations": {**shared},
    }
    if object_at(parts, "serving").get("monitoring") is not False:
        parts["monitoring"] = scraping_of(scraped, tuple(filter(read.is_ours, read.objects)))
    budget_beside(read, existing, parts=parts)
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


def _makes_namespace(read: Reading) -> bool:
    """Whether the Namespace is among the objects, and one that may be made."""
    name = read.deployment.namespace
    for item in read.objects:
        if item.kind == "Namespace" and item.name == name and name != "default" and not name.startswith("kube-"):
            item.is_part = True
            for key in ("labels", "annotations"):
                joined([item.root.at("metadata", key)])
            return True
    return False


def _server(read: Reading, *, holds_model: bool) -> Server:
    return Server(
        pod=read.pod,
        container=read.container,
        line=read.line,
        variables=variables_of(read.container),
        holds_model=holds_model,
        objects=read.objects,
    )


def _serving(read: Reading, server: Server, *, base: str) -> JsonObject:
    image = ImageSpec(base=base)
    release = image.server_release if image.is_official else None
    environment = environment_of(read.container)
    return {
        **serving_of(read.line, release=release),
        **batching_of(server),
        **monitoring_of(server, otherwise=not read.is_ours(read.deployment)),
        **({"env": environment} if environment else {}),
    }


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


def _tell_the_rest(read: Reading, objects: tuple[Found, ...]) -> None:
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
