"""What a person must know of an import, one line each: where it stood, what it was, what happens instead."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfk8s.manifest import JsonObject


class NoteKind(enum.Enum):
    """Why the line is there."""

    LOST = "lost"
    """It is not in the spec, and nothing stands for it."""
    UNSAFE = "unsafe"
    """It was dangerous; the text says what tfk8s does instead."""
    CHANGED = "changed"
    """It is in the spec in another form, or a choice was made that a person should check."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Note:
    """One line.

    Attributes:
        line: counts from 1.
        object: `Kind/name`.
        field: as `spec.template.spec.hostNetwork`; "" for the whole object.
    """

    source: str
    line: int
    object: str
    field: str
    kind_text: str
    message: str

    @property
    def kind(self) -> NoteKind:
        """Why the line is there."""
        return NoteKind(self.kind_text)

    def __str__(self) -> str:
        """`k8s.yml:12: Deployment/resnet: spec.replicas: changed: ...`."""
        field = f"{self.field}: " if self.field else ""
        return f"{self.source}:{self.line}: {self.object}: {field}{self.kind_text}: {self.message}"

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        return {
            "kind": self.kind_text,
            "file": self.source,
            "line": self.line,
            "object": self.object,
            "field": self.field,
            "message": self.message,
        }
