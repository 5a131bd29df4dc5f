"""What an environment changes of the base, in kustomize's words and in few lines.

The namespace, the image, and labels and annotations of every object are said once. What is left of the difference is a
patch an object; objects that only the environment has are files of the overlay, those that it lacks are deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from tfk8s.gitops.files import HEADER, file_name, yaml_file
from tfk8s.gitops.json_patch import Operation, json_patch
from tfk8s.gitops.kustomize_common import Common, common_of
from tfk8s.gitops.kustomize_resources import KUSTOMIZATION, kustomization, resource_text
from tfk8s.gitops.request import FormFiles
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.manifest.yaml import Path, dump
from tfk8s.render import Explanation, Rendered

BASE = "../../base"
"""The base as an overlay names it."""

_Key: TypeAlias = tuple[str, str, str]


def overlay_files(base: Rendered, there: Rendered) -> FormFiles:
    """Write a folder that kustomize builds, over the base, to the objects of an environment."""
    before, after = _by_key(base.manifests), _by_key(there.manifests)
    pairs = [(before.get(key), manifest) for key, manifest in after.items()]
    common = common_of(pairs)
    added = [manifest for old, manifest in pairs if old is None]
    removed = [manifest for key, manifest in before.items() if key not in after]
    patches = {
        **{_patch_name(manifest): _deletion(manifest) for manifest in removed},
        **{_patch_name(old): text for old, text in _patches(pairs, common=common, there=there)},
    }
    targets = {_patch_name(manifest): _target(manifest) for manifest in base.manifests}
    fields: JsonObject = {"namespace": common.namespace} if common.namespace is not None else {}
    fields["resources"] = [BASE, *(file_name(manifest) for manifest in added)]
    fields |= common.fields()
    if patches:
        fields["patches"] = [{"path": name, "target": targets[name]} for name in sorted(patches)]
    texts = {file_name(manifest): resource_text(manifest, there) for manifest in added}
    return {KUSTOMIZATION: kustomization(fields), **texts, **patches}


def _by_key(manifests: Manifests) -> dict[_Key, Manifest]:
    """By what stays the same in another namespace, which gives a Namespace its name."""
    refs = {manifest.ref: manifest for manifest in manifests}
    return {
        (ref.group, ref.kind, "" if ref.kind == "Namespace" else ref.name): manifest for ref, manifest in refs.items()
    }


def _patch_name(manifest: Manifest) -> str:
    return f"patch-{file_name(manifest)}"


def _target(manifest: Manifest) -> JsonObject:
    """By kind and name; kustomize takes a name for a regular expression of the whole name."""
    return {"kind": manifest.ref.kind, "name": manifest.ref.name.replace(".", r"\.")}


def _deletion(manifest: Manifest) -> str:
    ref = manifest.ref
    named: JsonObject = {"name": ref.name, "namespace": ref.namespace} if ref.namespace else {"name": ref.name}
    return yaml_file({"$patch": "delete", "apiVersion": ref.api_version, "kind": ref.kind, "metadata": named})


def _patches(
    pairs: Iterable[tuple[Manifest | None, Manifest]], *, common: Common, there: Rendered
) -> Iterator[tuple[Manifest, str]]:
    for old, new in pairs:
        if old is not None:
            operations = tuple(json_patch(common.applied(old), new.body))
            if operations:
                reasons = [found for found in there.explanations if found.ref == new.ref]
                yield old, _patch(operations, reasons)


def _patch(operations: tuple[Operation, ...], reasons: Iterable[Explanation]) -> str:
    steps: list[JsonValue] = [operation.as_json() for operation in operations]
    comments: dict[Path, str] = {}
    for reason in reasons:
        for index, operation in enumerate(operations):
            depth = len(operation.path)
            if operation.op != "remove" and reason.path[:depth] == operation.path:
                inner = reason.path[depth:]
                comments[(index, "value", *inner) if inner else (index,)] = reason.comment
    return f"{HEADER}\n{dump(steps, comments=comments)}"
