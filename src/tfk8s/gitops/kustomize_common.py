"""What a kustomization says once for all objects: the namespace, labels, annotations and the image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tfk8s.gitops.kustomize_images import Pin, pin_of, with_image
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at

Pairs: TypeAlias = Sequence[tuple["Manifest | None", Manifest]]
"""Each object of an environment with the object of the base that becomes it."""

_POD = ("spec", "template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all objects of an environment have in common and not with the base.

    Attributes:
        namespace: of all objects; None for that of the base.
        labels: of all objects and their pods.
        annotations: of all objects and their pods.
        pins: the images, by the repository that the kustomization finds them under.
    """

    namespace: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    pins: Mapping[str, Pin]

    def fields(self) -> JsonObject:
        """All but the namespace as the kustomization says it."""
        fields: JsonObject = {}
        if self.labels:
            fields["labels"] = [{"includeTemplates": True, "pairs": {**self.labels}}]
        if self.annotations:
            fields["commonAnnotations"] = {**self.annotations}
        if self.pins:
            fields["images"] = [pin.entry(over=name) for name, pin in self.pins.items()]
        return fields

    def applied(self, manifest: Manifest) -> JsonObject:
        """The body of an object of the base after kustomize did all this."""
        body = manifest.body
        metadata = object_at(body, "metadata")
        if self.namespace is not None:
            metadata = {**metadata, ("name" if manifest.ref.kind == "Namespace" else "namespace"): self.namespace}
        body = {**body, "metadata": self._added(metadata)}
        pod = object_at(body, *_POD)
        if pod:
            marked = self._added(object_at(pod, "metadata"))
            body = {**body, "spec": {**object_at(body, "spec"), "template": {**pod, "metadata": marked}}}
        pin = pin_of(manifest)
        if pin is not None and pin.repository in self.pins:
            body = with_image(body, self.pins[pin.repository].reference)
        return body

    def _added(self, metadata: JsonObject) -> JsonObject:
        for kind, texts in (("labels", self.labels), ("annotations", self.annotations)):
            if texts:
                metadata = {**metadata, kind: {**object_at(metadata, kind), **texts}}
        return metadata


def common_of(pairs: Pairs) -> Common:
    """Find what can be said once, and is not already so in the base."""
    namespaces = {manifest.ref.namespace for _, manifest in pairs} - {""}
    earlier = {old.ref.namespace for old, _ in pairs if old is not None} - {""}
    return Common(
        namespace=None if namespaces == earlier else next(iter(namespaces)),
        labels=_common_texts(pairs, kind="labels"),
        annotations=_common_texts(pairs, kind="annotations"),
        pins=dict(_pins(pairs)),
    )


def _common_texts(pairs: Pairs, *, kind: str) -> dict[str, str]:
    """Labels or annotations that every object and its pods have, and something of the base has not."""
    wanted = [texts for _, manifest in pairs for texts in _texts(manifest.body, kind)]
    before = [texts for old, _ in pairs if old is not None for texts in _texts(old.body, kind)]
    return {
        key: value
        for key, value in wanted[0].items()
        if all(texts.get(key) == value for texts in wanted) and any(texts.get(key) != value for texts in before)
    }


def _texts(body: JsonObject, kind: str) -> Iterator[Mapping[str, str]]:
    for owner in (body, object_at(body, *_POD)):
        if owner:
            found = object_at(owner, "metadata", kind)
            yield {key: value for key, value in found.items() if isinstance(value, str)}


def _pins(pairs: Pairs) -> Iterator[tuple[str, Pin]]:
    for old, new in pairs:
        pin = pin_of(new)
        if pin is None:
            continue
        if old is None:  # a file of the overlay names the repository alone
            yield pin.repository, pin
            continue
        earlier = pin_of(old)
        if earlier is not None and earlier != pin:
            yield earlier.repository, pin
