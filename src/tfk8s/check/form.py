"""What every object must be: named within the limits, without nulls or status, text where the API wants text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.check.findings import CheckFinding, wrong
from tfk8s.manifest import JsonValue, Manifest
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import Path

_MAX_NAME = 63
_MAX_SUBDOMAIN = 253
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
_SERVICE_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?\Z")
_FROM_BEFORE_US = frozenset(
    {"ServiceAccount", "Deployment", "HorizontalPodAutoscaler", "Ingress", "PodDisruptionBudget", "NetworkPolicy"}
)
"""Kinds whose name may be somebody else's choice (serviceAccount.name, existing): as long as Kubernetes takes."""

_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?\Z")


def form_findings(manifest: Manifest, *, is_ours: bool = True) -> Iterator[CheckFinding]:
    """Rules that hold for every kind; manifests of others may have longer names, and what a cluster wrote into them."""
    yield from _name(manifest, is_ours=is_ours)
    yield from _labels(manifest)
    if not is_ours:
        return
    if "status" in manifest.body:
        yield wrong("status", manifest, path=("status",), message="status belongs to the cluster")
    for path in _nulls(manifest.body, ()):
        yield wrong("null", manifest, path=path, message="null: leave the field out instead")


def _name(manifest: Manifest, *, is_ours: bool) -> Iterator[CheckFinding]:
    name = manifest.ref.name
    pattern, longest = _NAME, _MAX_NAME
    if manifest.ref.kind == "Service":
        pattern = _SERVICE_NAME
    elif not is_ours and manifest.ref.group == "rbac.authorization.k8s.io":
        return  # any name without / and %: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    elif manifest.ref.kind in _FROM_BEFORE_US or (not is_ours and manifest.ref.kind != "Namespace"):
        pattern, longest = _SUBDOMAIN, _MAX_SUBDOMAIN
    if len(name) > longest or not pattern.match(name):
        message = f"{name!r} is no name of a {manifest.ref.kind}: at most {longest} lower-case letters, digits and -"
        yield wrong("name", manifest, path=("metadata", "name"), message=message)


def _labels(manifest: Manifest) -> Iterator[CheckFinding]:
    for field in ("labels", "annotations"):
        for key, value in object_at(manifest.body, "metadata", field).items():
            path: Path = ("metadata", field, key)
            if not isinstance(value, str):
                yield wrong("text", manifest, path=path, message=f"{value!r} is no text")
            elif field == "labels" and not (len(value) <= _MAX_NAME and _LABEL_VALUE.match(value)):
                yield wrong("label-value", manifest, path=path, message=f"{value!r} is no value of a label")


def _nulls(value: JsonValue, path: Path) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nulls(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nulls(item, (*path, index))
