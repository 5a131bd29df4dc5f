"""A kustomization of whole objects: their files in apply order, and the image pinned beside them."""

from __future__ import annotations

from tfk8s.gitops.files import HEADER, file_name, yaml_file
from tfk8s.gitops.kustomize_images import IMAGE_PATH, pin_of, with_image
from tfk8s.gitops.request import FormFiles
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.render import Explanation, Rendered, manifest_text

KUSTOMIZATION = "kustomization.yaml"
_WHERE_PINNED = f"pinned in {KUSTOMIZATION}"


def kustomization(fields: JsonObject) -> str:
    """Text of a `kustomization.yaml`."""
    head: JsonObject = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return yaml_file({**head, **fields})


def resource_files(rendered: Rendered) -> FormFiles:
    """Write a folder that kustomize builds to these objects."""
    fields: JsonObject = {"resources": [file_name(manifest) for manifest in rendered.manifests]}
    images: list[JsonValue] = [
        pin.entry(over=pin.repository) for pin in map(pin_of, rendered.manifests) if pin is not None
    ]
    if images:
        fields["images"] = images
    texts = {file_name(manifest): resource_text(manifest, rendered) for manifest in rendered.manifests}
    return {KUSTOMIZATION: kustomization(fields), **texts}


def resource_text(manifest: Manifest, rendered: Rendered) -> str:
    """Text of an object whose image, if it has one, is pinned by the kustomization that lists it."""
    pin = pin_of(manifest)
    explanations = rendered.explanations
    if pin is not None:
        manifest = Manifest(ref=manifest.ref, body=with_image(manifest.body, pin.repository))
        pinned = Explanation(ref=manifest.ref, path=IMAGE_PATH, value=pin.repository, reason=_WHERE_PINNED)
        explanations = (*explanations, pinned)
    return f"{HEADER}\n{manifest_text(manifest, explanations)}"
