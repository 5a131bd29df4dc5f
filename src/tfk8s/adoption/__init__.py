"""Hand-written manifests become a spec: what is understood is carried over, everything else is told, field by field.

`adopt` reads objects into a `Draft`: the document of a spec, and notes. Every field is either used, or named by a note;
`Draft.lost` takes back those that the rendered service holds alike.
"""

from __future__ import annotations

from tfk8s.adoption.adopt import AdoptOptions, adopt
from tfk8s.adoption.draft import Draft
from tfk8s.adoption.notes import Note, NoteKind
from tfk8s.adoption.objects import Found, read_objects

__all__ = ["AdoptOptions", "Draft", "Found", "Note", "NoteKind", "adopt", "read_objects"]
