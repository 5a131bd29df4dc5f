"""What was read of objects: a spec, and what it does not say."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.adoption.notes import Note, NoteKind
from tfk8s.adoption.objects import Found
from tfk8s.manifest import JsonObject, JsonValue, Manifests
from tfk8s.manifest.yaml import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was read.

    Attributes:
        document: of a spec, in the order of its documentation.
    """

    document: JsonObject
    objects: tuple[Found, ...]

    def notes(self, rendered: Manifests = ()) -> tuple[Note, ...]:
        """Every note, by place; a field that the rendered objects hold alike is not lost."""
        held = {(item.ref.kind, item.ref.name): item.body for item in rendered}
        found: list[Note] = []
        for item in self.objects:
            body = held.get((item.kind, item.name))
            found += [note for note in item.notes if body != item.body or note.field or note.kind is not NoteKind.LOST]
            found += item.lost(lambda path, value, body=body: body is not None and _at(body, path) == value)  # type: ignore[misc]
        return tuple(sorted(set(found)))


def _at(body: JsonValue, path: Path) -> JsonValue:
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None
    return body
