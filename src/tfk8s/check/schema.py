"""Checks manifests against the published schemas of a Kubernetes release, offline; unknown fields are errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from tfk8s.check.findings import CheckFinding, Level
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifest
from tfk8s.manifest.release import DEFAULT_MINOR
from tfk8s.manifest.yaml import Path

_LONGEST = 240
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}\Z")
_HIDDEN = "is not what the schema takes; the value is a secret and not shown"


class _SchemaError(Protocol):
    message: str
    absolute_path: Iterable[str | int]


class _Validator(Protocol):
    """The part of jsonschema's validators that we use; the package carries no types."""

    def iter_errors(self, instance: object) -> Iterator[_SchemaError]: ...


def schema_findings(manifests: Iterable[Manifest], *, minor: int = DEFAULT_MINOR) -> tuple[CheckFinding, ...]:
    """Compare each manifest with the schema of its kind.

    Kinds of extensions (Gateway API, GKE) have none here: theirs is in the cluster, which checks it at every dry run.

    Args:
        manifests: what would be applied.
        minor: the release, 34 for Kubernetes 1.34.

    Returns:
        one finding for each field that the schema refuses; a kind that the release does not have is one as well.

    Raises:
        PreconditionError: the schemas are not installed.
    """
    return tuple(finding for manifest in manifests for finding in _of_manifest(manifest, minor=minor))


def _of_manifest(manifest: Manifest, *, minor: int) -> Iterable[CheckFinding]:
    if is_extension(manifest.ref.group):
        return
    validator = _validator(minor, manifest.ref.api_version, manifest.ref.kind)
    if validator is None:
        message = f"Kubernetes 1.{minor} has no {manifest.ref.kind} in {manifest.ref.api_version}"
        yield CheckFinding(code="schema-unknown-kind", level=Level.ERROR, ref=manifest.ref, path=(), message=message)
        return
    for error in sorted(validator.iter_errors(manifest.body), key=_place):
        path: Path = tuple(error.absolute_path)
        message = _HIDDEN if manifest.ref.kind == "Secret" else _shortened(error.message)
        yield CheckFinding(code="schema", level=Level.ERROR, ref=manifest.ref, path=path, message=message)


def _shortened(message: str) -> str:
    """A message repeats the value, however large, and says behind it what is wrong."""
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"


def is_extension(group: str) -> bool:
    """Whether Kubernetes itself does not define the group: its own have no dot, or end in .k8s.io.

    The Gateway API's group ends so too, and is one of extensions.
    """
    return "." in group and (not group.endswith(".k8s.io") or group == "gateway.networking.k8s.io")


def _place(error: _SchemaError) -> list[str]:
    return [str(step) for step in error.absolute_path]


@lru_cache(maxsize=256)
def _validator(minor: int, api_version: str, kind: str) -> _Validator | None:
    """The strict validator of a kind, None when the release does not know it.

    kubernetes-validate's own `validate` reads its 1 MB of definitions again for each object; we keep them.
    """
    group, _, version = api_version.rpartition("/")
    if not all(_NAME.match(part) for part in (kind, version, group.split(".")[0] or "v1")):
        return None  # no name of a kind, and what would be looked for might lie outside of the folder
    api = f"{group.split('.')[0]}-{version}" if group else version
    folder = f"v1.{minor}.0-local-strict"
    schema = _read(f"{folder}/{kind.lower()}-{api}.json")
    if schema is None:
        return None
    from referencing import Registry  # comes with the schemas, whose absence was told above

    jsonschema: Any = import_module("jsonschema")
    registry: Registry[Any] = _definitions(folder) @ Registry()
    validator: _Validator = jsonschema.Draft202012Validator(schema, registry=registry)
    return validator


@lru_cache(maxsize=16)
def _definitions(folder: str) -> Any:
    from referencing import Resource

    contents = _read(f"{folder}/_definitions.json")
    if contents is None:
        raise PreconditionError(
            "the schemas of kubernetes-validate are incomplete", hint="install tfk8s[validate] again"
        )
    return Resource.from_contents(contents)


def _read(name: str) -> Any:
    import json
    from importlib import resources

    try:
        folder = resources.files("kubernetes_validate")
    except ModuleNotFoundError as error:
        raise PreconditionError(
            "the schemas of Kubernetes are not installed", hint="pip install 'tfk8s[validate]'"
        ) from error
    file = folder / "kubernetes-json-schema" / name
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
