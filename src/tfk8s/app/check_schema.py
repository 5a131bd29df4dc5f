"""Manifests against the schemas of a Kubernetes release, where they are installed; what stays unchecked is said."""

from __future__ import annotations

from typing import NamedTuple

from tfk8s.check import CheckFinding
from tfk8s.errors import PreconditionError
from tfk8s.manifest import Manifests


class SchemaOutcome(NamedTuple):
    """What was found, and what could not be looked at, one line each."""

    found: tuple[CheckFinding, ...]
    left: tuple[str, ...]


def hold_against_schemas(manifests: Manifests, *, minor: int) -> SchemaOutcome:
    """Compare each object with its kind; 22 MB of schemas are read only here."""
    from tfk8s.check.schema import is_extension, schema_findings

    foreign = sorted(
        {f"{item.ref.kind} ({item.ref.api_version})" for item in manifests if is_extension(item.ref.group)}
    )
    left = [f"fields of {kind}: an extension's kind, which the cluster checks at every dry run" for kind in foreign]
    try:
        found = schema_findings(manifests, minor=minor)
    except PreconditionError as error:
        return SchemaOutcome(found=(), left=(f"fields against Kubernetes 1.{minor}: {error}; {error.hint}", *left))
    return SchemaOutcome(found=found, left=tuple(left))
