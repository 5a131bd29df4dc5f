"""The image in kustomize's words: named in the Deployment, pinned in `images:` of a kustomization, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.yaml import Path
from tfk8s.names.image import REFERENCE

IMAGE_PATH: Path = ("spec", "template", "spec", "containers", 0, "image")
"""Where a Deployment of ours names its image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Which tag and digest of a repository runs."""

    repository: str
    tag: str | None
    digest: str | None

    @property
    def reference(self) -> str:
        """The image as the Deployment names it."""
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def entry(self, *, over: str) -> JsonObject:
        """The item of `images:` that turns the repository `over`, whatever its tag, into this."""
        named: JsonObject = {"name": over}
        if self.repository != over:
            named["newName"] = self.repository
        if self.tag is not None:
            named["newTag"] = self.tag
        if self.digest is not None:
            named["digest"] = self.digest
        return named


def pin_of(manifest: Manifest) -> Pin | None:
    """The pin of a Deployment's image; None for other objects and for names that kustomize does not match.

    kustomize takes a name for a regular expression, in which the brackets of an IPv6 address mean something else.
    """
    containers = objects_at(manifest.body, "spec", "template", "spec", "containers")
    match = REFERENCE.match(text_at(containers[0], "image")) if containers else None
    if match is None or "[" in match["repository"] or not (match["tag"] or match["digest"]):
        return None
    return Pin(repository=match["repository"], tag=match["tag"], digest=match["digest"])


def with_image(body: JsonObject, image: str) -> JsonObject:
    """The body of a Deployment with that image."""
    spec = object_at(body, "spec")
    template = object_at(spec, "template")
    pod = object_at(template, "spec")
    first, *others = objects_at(pod, "containers")
    pod = {**pod, "containers": [{**first, "image": image}, *others]}
    return {**body, "spec": {**spec, "template": {**template, "spec": pod}}}
