"""New images by Flux: where it looks, which it takes, and the marks in the kustomization that it writes at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from tfk8s.errors import InputError
from tfk8s.gitops.delivery import Target
from tfk8s.gitops.files import yaml_file
from tfk8s.gitops.kustomize_images import Pin, pin_of
from tfk8s.gitops.kustomize_resources import KUSTOMIZATION
from tfk8s.gitops.request import FormFiles
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at
from tfk8s.manifest.yaml import load_one
from tfk8s.spec import FluxImagesSpec

_GROUP = "image.toolkit.fluxcd.io/v1"
_PINNED = re.compile(r"(?m)^(?:- |  )(?P<key>newTag|digest): .+$")
_PARTS = {"newTag": "tag", "digest": "digest"}


def image_objects(deliveries: tuple[Target, ...], *, sources: Mapping[str, str]) -> Iterator[JsonObject]:
    """The ImageRepository, ImagePolicy and ImageUpdateAutomation of each environment that follows new images."""
    for target in deliveries:
        images, repository = target.gitops.flux.images, target.there.spec.image.repository
        if images is None or repository is None:  # never without it: the spec's rules
            continue
        login: JsonObject = {} if images.secret is None else {"secretRef": {"name": images.secret}}
        scanned: JsonObject = {"image": repository, "interval": images.interval, **login}
        yield _object("ImageRepository", target, spec=scanned)
        yield _object("ImagePolicy", target, spec=_policy(images, target=target))
        yield _object("ImageUpdateAutomation", target, spec=_automation(images, target=target, sources=sources))


def followed(tree: FormFiles, deliveries: tuple[Target, ...]) -> FormFiles:
    """Mark the pin in the kustomization of each environment that follows new images.

    Flux writes a new tag and digest beside the mark. An environment whose image is pinned in the base alone gets a pin
    of its own, so that each follows by itself.

    Raises:
        InputError: the pods run another image than the one that is looked for.
    """
    marked = dict(tree)
    for target in deliveries:
        if target.gitops.flux.images is not None:
            path = f"{target.below}/{KUSTOMIZATION}"
            mark = f"{target.gitops.flux.namespace}:{target.name}"
            marked[path] = _marked(_with_pin(tree[path], _pin(target)), mark=mark)
    return marked


def _pin(target: Target) -> Pin:
    repository = target.there.spec.image.repository
    pins = [pin for pin in map(pin_of, target.there.rendered.manifests) if pin is not None]
    if [pin.repository for pin in pins] != [repository]:
        runs = ", ".join(pin.reference for pin in pins) or "an image whose name kustomize does not take"
        message = f"gitops.flux.images would look for new images in {repository}, and the pods run {runs}"
        raise InputError(message, hint="take gitops.flux.images away: new models come from model.source")
    return pins[0]


def _with_pin(text: str, pin: Pin) -> str:
    fields = load_one(text, source=KUSTOMIZATION).value
    assert isinstance(fields, dict)  # noqa: S101 - written by us
    images = objects_at(fields, "images")
    if any(pin.repository in (image.get("newName"), image.get("name")) for image in images):
        return text
    return yaml_file({**fields, "images": [*images, pin.entry(over=pin.repository)]})


def _marked(text: str, *, mark: str) -> str:
    """A comment at the end of the line is where Flux looks for its mark."""
    head, images, rest = text.partition("\nimages:\n")
    length = len("".join(takewhile(lambda line: line.startswith(("- ", "  ")), rest.splitlines(keepends=True))))

    def pinned(match: re.Match[str]) -> str:
        return f'{match[0]} # {{"$imagepolicy": "{mark}:{_PARTS[match["key"]]}"}}'

    return head + images + _PINNED.sub(pinned, rest[:length]) + rest[length:]


def _object(kind: str, target: Target, *, spec: JsonObject) -> JsonObject:
    named: JsonObject = {"name": target.name, "namespace": target.gitops.flux.namespace}
    return {"apiVersion": _GROUP, "kind": kind, "metadata": named, "spec": spec}


def _policy(images: FluxImagesSpec, *, target: Target) -> JsonObject:
    order: JsonObject = {"range": images.range} if images.order == "semver" else {"order": "asc"}
    spec: JsonObject = {
        "imageRepositoryRef": {"name": target.name},
        "policy": {images.order: order},
        "digestReflectionPolicy": "IfNotPresent" if _pin(target).digest else "Never",
    }
    if images.tags != ".*" or images.extract:
        spec["filterTags"] = {"pattern": images.tags, "extract": images.extract}
    return spec


def _automation(images: FluxImagesSpec, *, target: Target, sources: Mapping[str, str]) -> JsonObject:
    branch = target.gitops.revision.removeprefix("refs/heads/")
    return {
        "interval": images.interval,
        "sourceRef": {"kind": "GitRepository", "name": sources[target.name]},
        "git": {
            "checkout": {"ref": {"branch": branch}},
            "commit": {"author": {"name": "Flux", "email": images.email}},
            "push": {"branch": branch},
        },
        "update": {"strategy": "Setters", "path": f"./{target.folder}"},
    }
