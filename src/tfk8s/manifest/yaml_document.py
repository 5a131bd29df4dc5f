"""What strict reading returns: data, the place of every part of it, and the traps that were found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from tfk8s.manifest.objects import JsonValue
from tfk8s.names.printable import printable

Path: TypeAlias = tuple["str | int", ...]
"""Keys and indexes from the top of a document, as `("spec", "containers", 0, "image")`; () is the document."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


class Mark(NamedTuple):
    """A place in a text; both numbers count from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        """`line:column`, to be put behind the name of the file."""
        return f"{self.line}:{self.column}"


class Document(NamedTuple):
    """One YAML document: its value and where each part stands in `source`."""

    source: str
    value: JsonValue
    key_marks: Mapping[Path, Mark]
    value_marks: Mapping[Path, Mark]

    def key_mark(self, path: Path) -> Mark:
        """Place of the key at `path`; of an item of a list, or of what encloses a missing path, the value's place."""
        return self.key_marks.get(path) or self.value_mark(path)

    def value_mark(self, path: Path) -> Mark:
        """Place of the value at `path`, or of the key of the nearest enclosing part when the path is not there."""
        if path in self.value_marks:
            return self.value_marks[path]
        for end in range(len(path) - 1, 0, -1):
            found = self.key_marks.get(path[:end]) or self.value_marks.get(path[:end])
            if found:
                return found
        return self.value_marks.get((), Mark(1, 1))


class Problem(NamedTuple):
    """Something in a text that cannot stay: `message` says what it is and what to write instead."""

    source: str
    mark: Mark
    path: Path
    message: str

    def __str__(self) -> str:
        """`file:line:column: path: message`, one line."""
        place = f"{path_text(self.path)}: " if self.path else ""
        return printable(f"{self.source}:{self.mark}: {place}{self.message}")


class Reading(NamedTuple):
    """All that was found in a text. With problems, the documents are what could be understood beside them."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def path_text(path: Path) -> str:
    """Write a path as people do: `spec.containers[0].image`; odd keys are quoted in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _BARE_KEY.match(step):
            text += f".{step}" if text else step
        else:
            quoted = printable(step).replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
