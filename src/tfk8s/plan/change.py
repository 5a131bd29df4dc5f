"""The plan as a value: one change an object, each with its action, its reason and what would differ."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import cast

from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.difference import Difference
from tfk8s.plan.observation import Cause


class Action(enum.Enum):
    """What apply will do with an object; the value is the word that people see."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    HAND_OVER = "hand-over"
    RECREATE = "recreate"
    PRUNE = "prune"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Who counts the replicas of a live Deployment changes; `live` is the count that must not be lost.

    Attributes:
        desired: the count of our manifest, or None when the autoscaler is to count from now on.
        least: the count to begin with at least: an autoscaler of Kubernetes never leaves 0, where KEDA may have been.
    """

    live: int
    desired: int | None
    least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object of the plan.

    Attributes:
        manifest: what to apply; None for a prune.
        uid: identity of the live object that a prune or recreate means; None when it is absent.
        causes: fields and managers that stand in the way of a blocked change.
        force: take conflicting fields over from their managers (the user asked for it).
        take_over: make what people's tools wrote ours first, so that nothing of it stays that we do not say.
        remedy: what makes way for a blocked change, "" where the causes say it.
    """

    ref: ObjectRef
    action: Action
    reason: str
    manifest: Manifest | None = None
    uid: str | None = None
    differences: tuple[Difference, ...] = ()
    causes: tuple[Cause, ...] = ()
    hand_over: HandOver | None = None
    force: bool = False
    take_over: bool = False
    remedy: str = ""

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        different: list[JsonValue] = [
            {"path": item.path, "before": item.before, "after": item.after} for item in self.differences
        ]
        causes: list[JsonValue] = [{"field": item.field, "message": item.message} for item in self.causes]
        return {
            "apiVersion": self.ref.api_version,
            "kind": self.ref.kind,
            "namespace": self.ref.namespace,
            "name": self.ref.name,
            "action": self.action.value,
            "reason": self.reason,
            "differences": different,
            "causes": causes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWarning:
    """Something that will not stop the apply but may stop the service; the hint says what to do."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes in the order of carrying them out, and the warnings."""

    changes: tuple[Change, ...]
    warnings: tuple[PlanWarning, ...] = ()

    @property
    def blocked(self) -> tuple[Change, ...]:
        """Changes that stop the whole apply before its first write."""
        return tuple(item for item in self.changes if item.action is Action.BLOCKED)

    @property
    def pending(self) -> tuple[Change, ...]:
        """Changes that would write."""
        return tuple(item for item in self.changes if item.action is not Action.UNCHANGED)

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        warnings: list[JsonValue] = [{"message": item.message, "hint": item.hint} for item in self.warnings]
        return {
            "changes": cast("list[JsonValue]", [item.as_json() for item in self.changes]),
            "pending": len(self.pending),
            "blocked": len(self.blocked),
            "warnings": warnings,
        }
