"""Objects as files of a form: their names, and their texts under the line that says whose they are."""

from __future__ import annotations

from tfk8s.gitops.request import FormFiles
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.order import apply_rank
from tfk8s.manifest.yaml import Comments, dump
from tfk8s.render import Rendered

HEADER = "# rendered by tfk8s: change the spec and render again"
"""First line of each YAML file; a YAML file without it is not ours."""


def file_name(manifest: Manifest) -> str:
    """Such as `17-deployment-resnet.yaml`: names sort in apply order, and the number belongs to the kind alone."""
    ref = manifest.ref
    return f"{apply_rank(ref):02d}-{ref.kind.lower()}-{ref.name}.yaml"


def object_files(rendered: Rendered) -> FormFiles:
    """Name and text of each object's file, in apply order."""
    return {file_name(manifest): f"{HEADER}\n{rendered.text_of(manifest)}" for manifest in rendered.manifests}


def yaml_file(body: JsonObject, *, comments: Comments | None = None) -> str:
    """Text of a file of ours that holds one document."""
    return f"{HEADER}\n{dump(body, comments=comments)}"
