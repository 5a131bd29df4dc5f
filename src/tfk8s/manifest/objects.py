"""A Kubernetes object as a value: its reference and its body as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union, cast

from tfk8s.errors import InputError

JsonValue: TypeAlias = Union[bool, int, float, str, "list[JsonValue]", "JsonObject", None]
JsonObject: TypeAlias = "dict[str, JsonValue]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRef:
    """Names one object of one cluster: `namespace` is "" for cluster-scoped kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def __lt__(self, other: ObjectRef) -> bool:
        """The order of the fields, for a list that is the same at every run."""
        return (self.api_version, self.kind, self.namespace, self.name) < (
            other.api_version,
            other.kind,
            other.namespace,
            other.name,
        )

    def __str__(self) -> str:
        """`Kind/name in ns`, the form that messages use."""
        place = f" in {self.namespace}" if self.namespace else ""
        return f"{self.kind}/{self.name}{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One desired object: where it is and the whole body that is sent. The body must not be changed."""

    ref: ObjectRef
    body: JsonObject

    @classmethod
    def of(cls, body: JsonObject) -> Manifest:
        """Read the reference out of a body.

        Raises:
            InputError: apiVersion, kind or metadata.name is missing or no string.
        """
        metadata = body.get("metadata")
        named: Mapping[str, JsonValue] = metadata if isinstance(metadata, dict) else {}
        fields = {
            "apiVersion": body.get("apiVersion"),
            "kind": body.get("kind"),
            "metadata.name": named.get("name"),
        }
        for path, value in fields.items():
            if not isinstance(value, str) or not value:
                raise InputError(f"the object has no {path}", hint="every Kubernetes object names its kind and itself")
        namespace = named.get("namespace", "")
        return cls(
            ref=ObjectRef(
                api_version=cast("str", fields["apiVersion"]),
                kind=cast("str", fields["kind"]),
                namespace=namespace if isinstance(namespace, str) else "",
                name=cast("str", fields["metadata.name"]),
            ),
            body=body,
        )


Manifests: TypeAlias = tuple[Manifest, ...]
"""Objects in apply order, each reference once."""
