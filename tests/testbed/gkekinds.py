"""Google's own kinds for load balancing on GKE, as definitions that a real API server takes.

Google publishes no package with them that a registry serves. `@kubernetes-models/gke` is generated from the definitions
of a GKE cluster: fields, types, required fields, enumerations, ranges and patterns are theirs. Rules across fields,
which Google's definitions may have as expressions, are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.testbed import versions
from tests.testbed.compiled import add_limits
from tests.testbed.published import npm_files
from tests.testbed.typescript import interface

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.testbed.layout import Layout

_PACKAGE: Final = "@kubernetes-models/gke"
_SHA256: Final = "22fa97d610b43659e39679152bcdaf2dccae3aae1201322ee24cbddf1f406ed2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of Google's kinds."""

    group: str
    version: str
    name: str
    plural: str

    @property
    def types(self) -> str:
        """Where the package declares its types."""
        return f"{self.group}/{self.version}/{self.name}.d.ts"

    @property
    def validator(self) -> str:
        """Where the package has its compiled validator."""
        group = "".join(part.capitalize() for part in self.group.split("."))
        return f"_schemas/{group}{self.version.capitalize()}{self.name}.js"


KINDS: Final = (
    Kind(group="cloud.google.com", version="v1", name="BackendConfig", plural="backendconfigs"),
    Kind(group="networking.gke.io", version="v1beta1", name="FrontendConfig", plural="frontendconfigs"),
    Kind(group="networking.gke.io", version="v1", name="ManagedCertificate", plural="managedcertificates"),
    Kind(group="networking.gke.io", version="v1", name="HealthCheckPolicy", plural="healthcheckpolicies"),
    Kind(group="networking.gke.io", version="v1", name="GCPBackendPolicy", plural="gcpbackendpolicies"),
    Kind(group="networking.gke.io", version="v1", name="GCPGatewayPolicy", plural="gcpgatewaypolicies"),
    Kind(group="net.gke.io", version="v1", name="ServiceExport", plural="serviceexports"),
    Kind(group="net.gke.io", version="v1", name="ServiceImport", plural="serviceimports"),
)
POD_MONITORING: Final = Kind(
    group="monitoring.googleapis.com", version="v1", name="PodMonitoring", plural="podmonitorings"
)

RULES: Final = Kind(group="monitoring.googleapis.com", version="v1", name="Rules", plural="rules")


def definitions(layout: Layout) -> list[dict[str, object]]:
    """Return a CustomResourceDefinition for each kind.

    Raises:
        SetupError: The package cannot be had.
    """
    files = tuple(file for kind in KINDS for file in (kind.types, kind.validator))
    texts = npm_files(_PACKAGE, versions.GKE_MODELS, sha256=_SHA256, members=files, layout=layout)
    published = [
        definition(kind, add_limits(interface(texts[kind.types], f"I{kind.name}"), texts[kind.validator]))
        for kind in KINDS
    ]
    return [*published, definition(POD_MONITORING, _pod_monitoring()), definition(RULES, _rules())]


def _pod_monitoring() -> dict[str, object]:
    """The fields of a PodMonitoring that are rendered, and nothing else: whatever is misspelt is refused.

    Of this kind no registry serves a definition. After its reference:
    https://github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md.
    """
    text: dict[str, object] = {"type": "string"}
    endpoint: dict[str, object] = {
        "type": "object",
        "required": ["port"],
        "properties": {
            "port": {"anyOf": [{"type": "integer"}, text], "x-kubernetes-int-or-string": True},
            "path": text,
            "interval": {"type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$"},
        },
    }
    labels: dict[str, object] = {
        "type": "object",
        "properties": {"matchLabels": {"type": "object", "additionalProperties": text}},
    }
    spec: dict[str, object] = {
        "type": "object",
        "required": ["endpoints", "selector"],
        "properties": {"selector": labels, "endpoints": {"type": "array", "minItems": 1, "items": endpoint}},
    }
    return {"type": "object", "required": ["spec"], "properties": {"spec": spec}}


def _rules() -> dict[str, object]:
    """The same of Rules."""
    text: dict[str, object] = {"type": "string"}
    rule: dict[str, object] = {
        "type": "object",
        "required": ["expr"],
        "properties": {
            "record": text,
            "alert": text,
            "expr": text,
            "for": {"type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$"},
            "labels": {"type": "object", "additionalProperties": text},
            "annotations": {"type": "object", "additionalProperties": text},
        },
    }
    group: dict[str, object] = {
        "type": "object",
        "required": ["name", "rules"],
        "properties": {"name": text, "interval": text, "rules": {"type": "array", "items": rule}},
    }
    spec: dict[str, object] = {
        "type": "object",
        "required": ["groups"],
        "properties": {"groups": {"type": "array", "items": group}},
    }
    return {"type": "object", "required": ["spec"], "properties": {"spec": spec}}


def definition(kind: Kind, schema: Mapping[str, object]) -> dict[str, object]:
    """Return the CustomResourceDefinition of a kind with a schema."""
    version = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "scope": "Namespaced",
            "names": {"kind": kind.name, "plural": kind.plural, "singular": kind.name.lower()},
            "versions": [version],
        },
    }
