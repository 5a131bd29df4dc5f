"""A review as a value: each changed object, each changed field of it as a sentence, and the risk of either."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.difference import Difference
from tfk8s.review.risk import Risk, worst


class Act(enum.Enum):
    """What becomes of an object; the value is the word that people see."""

    CREATE = "create"
    UPDATE = "update"
    MOVE = "move"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """One change of an object as a person would say it.

    Attributes:
        path: the field, such as `.spec.maxReplicas`; "." for the whole object.
        sentence: what changes, a colon, and what follows from it.
        before: the old value, secrets masked; None for an absent field.
        after: the new one.
        covers: the differences that the sentence is about.
        is_known: whether a rule knew the field; otherwise the sentence is its path with both values.
    """

    path: str
    sentence: str
    risk: Risk
    before: JsonValue = None
    after: JsonValue = None
    covers: tuple[Difference, ...] = ()
    is_known: bool = True

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        return {
            "path": self.path,
            "sentence": self.sentence,
            "risk": self.risk.value,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One changed object; `was` is where a moved one was before."""

    ref: ObjectRef
    act: Act
    lines: tuple[ExplainedField, ...]
    was: ObjectRef | None = None

    @property
    def risk(self) -> Risk:
        """The worst of its lines."""
        return worst(line.risk for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All changed objects in the order of applying, and how many stay as they are."""

    changes: tuple[Explained, ...]
    unchanged: int = 0

    @property
    def risk(self) -> Risk:
        """The worst of all."""
        return worst(change.risk for change in self.changes)

    @property
    def counts(self) -> dict[Risk, int]:
        """How many sentences there are of each risk, the worst first; only risks that there are."""
        found = Counter(line.risk for change in self.changes for line in change.lines)
        return {risk: found[risk] for risk in reversed(Risk) if found[risk]}

    def of(self, ref: ObjectRef) -> Explained | None:
        """The change of an object, None when it stays as it is."""
        return next((change for change in self.changes if change.ref == ref), None)
