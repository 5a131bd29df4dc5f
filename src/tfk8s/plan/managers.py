"""Who owns a field of a live object, read from `metadata.managedFields` (the server's record of server-side apply)."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import MANAGER

HAND_OVER_MANAGER = f"{MANAGER}-hand-over"
"""Holds `.spec.replicas` for the moment between us and the autoscaler, so that the server never resets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One entry of managedFields that holds a field. `subresource` is `scale` when the HPA or kubectl scale wrote."""

    manager: str
    operation: str
    subresource: str

    def __str__(self) -> str:
        """As messages say it."""
        return f"{self.manager} (through {self.subresource})" if self.subresource else self.manager


def owners_of(body: JsonObject, *path: str) -> tuple[Owner, ...]:
    """Every owner of the plain field under `path`, e.g. `owners_of(deployment, "spec", "replicas")`."""
    steps = tuple(f"f:{step}" for step in path)
    return tuple(
        Owner(
            manager=text_at(entry, "manager"),
            operation=text_at(entry, "operation"),
            subresource=text_at(entry, "subresource"),
        )
        for entry in objects_at(body, "metadata", "managedFields")
        if value_at(entry, "fieldsV1", *steps) is not None
    )


def applied_fields(body: JsonObject, manager: str = MANAGER) -> JsonObject:
    """The set of fields (FieldsV1) that `manager` applied, {} when it applied none."""
    for entry in objects_at(body, "metadata", "managedFields"):
        if (
            text_at(entry, "manager") == manager
            and text_at(entry, "operation") == "Apply"
            and not entry.get("subresource")
        ):
            return object_at(entry, "fieldsV1")
    return {}


def holds_alone(body: JsonObject, *path: str) -> bool:
    """Whether we applied the field and nobody else did: dropping it from our manifest would remove it."""
    owners = owners_of(body, *path)
    return len(owners) == 1 and owners[0].manager == MANAGER and owners[0].operation == "Apply"
