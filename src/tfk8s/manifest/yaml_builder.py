"""Builds plain data out of parser events, without recursion, noting the place of every part and every trap."""

from __future__ import annotations

from typing import TypeAlias, Union

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from tfk8s.manifest.objects import JsonObject, JsonValue
from tfk8s.manifest.yaml_document import Document, Mark, Path, Problem
from tfk8s.manifest.yaml_scalars import Trap, resolve

MAX_DEPTH = 64
"""Kubernetes' deepest object has about 20 levels; the bound keeps recursion over the data safe everywhere else."""

_Open: TypeAlias = Union[MappingStartEvent, SequenceStartEvent]


MAX_PARTS = 300_000
"""Keys, values, and ends of maps and lists of one text; each takes some 400 bytes of memory, and a thousand large
objects have fewer."""

MAX_PROBLEMS = 100
"""Nobody reads more, and every one of them costs time."""


class StopReadingError(Exception):
    """The text is deeper or longer than any object, or all wrong; the rest is not read."""

    def __init__(self, mark: Mark, message: str) -> None:
        """Remember where, and why."""
        super().__init__(message)
        self.mark = mark
        self.message = message


class _Frame:
    """A map or list under construction. `key` names the value that comes next; without `keep` it is dropped."""

    __slots__ = ("is_key", "keep", "key", "merges", "path", "value")

    def __init__(self, value: JsonObject | list[JsonValue], path: Path, *, is_key: bool) -> None:
        self.value = value
        self.path = path
        self.is_key = is_key
        self.key: str | None = None
        self.keep = True
        self.merges = False

    def next_path(self) -> Path:
        """Path of the value that comes next; where a key comes next, of the map."""
        if isinstance(self.value, list):
            return (*self.path, len(self.value))
        return self.path if self.key is None else (*self.path, self.key)

    def wants_key(self) -> bool:
        """In a map, between two entries."""
        return self.key is None and isinstance(self.value, dict)


class Builder:
    """Takes the events of one text in order; `documents` and `problems` grow."""

    def __init__(self, *, source: str, takes_merge_keys: bool = False) -> None:
        """Start with nothing; `source` is what messages call the text."""
        self.source = source
        self._takes_merge_keys = takes_merge_keys
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self._parts = 0
        self._frames: list[_Frame] = []
        self._keys: dict[Path, Mark] = {}
        self._values: dict[Path, Mark] = {}

    def take(self, event: Event) -> None:
        """Handle one event.

        Raises:
            StopReadingError: more than MAX_DEPTH levels, MAX_PARTS parts or MAX_PROBLEMS problems.
        """
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise StopReadingError(mark_of(event), f"holds more than {MAX_PARTS:,} parts, no file of objects does")
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._start(event)
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._end()
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent) and (event.version or event.tags):
            self._problem(event, "a % directive: leave it out")

    def _problem(self, event: Event, message: str, *, path: Path = ()) -> None:
        self._add(Problem(source=self.source, mark=mark_of(event), path=path, message=message))

    def _add(self, problem: Problem) -> None:
        if len(self.problems) == MAX_PROBLEMS:
            raise StopReadingError(problem.mark, f"more than {MAX_PROBLEMS} errors: the rest is not read")
        self.problems.append(problem)

    def _path(self) -> Path:
        return self._frames[-1].next_path() if self._frames else ()

    def _wants_key(self) -> bool:
        return bool(self._frames) and self._frames[-1].wants_key()

    def _refuse_properties(self, event: NodeEvent, *, tag: str | None) -> None:
        if event.anchor is not None:
            self._problem(
                event, f"&{event.anchor} is an anchor: leave it out and write values in full", path=self._path()
            )
        if tag is not None:
            self._problem(event, f"{tag} is a tag: leave it out", path=self._path())

    def _alias(self, event: AliasEvent) -> None:
        why = "stands for nothing that is complete" if self._takes_merge_keys else "is an alias"
        self._problem(event, f"*{event.anchor} {why}: write the value in full", path=self._path())
        if self._wants_key():
            self._key(event, f"*{event.anchor}")
        else:
            self._value(event, None)

    def _scalar(self, event: ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, tag=event.tag)
        is_plain = not event.style and event.tag is None
        meaning = resolve(event.value) if is_plain else event.value
        if is_plain and event.value == "<<":
            if not self._takes_merge_keys:
                self._problem(event, _MERGE, path=self._path())
            elif self._wants_key():
                self._frames[-1].merges = True
        if self._wants_key():
            if not isinstance(meaning, str):
                self._problem(event, _key_message(event.value, meaning), path=self._path())
            self._key(event, event.value)
        elif isinstance(meaning, Trap):
            self._problem(event, str(meaning), path=self._path())
            self._value(event, meaning.text)
        else:
            self._value(event, meaning)

    def _start(self, event: _Open) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise StopReadingError(mark_of(event), f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, tag=event.tag)
        is_key = self._wants_key()
        if is_key:
            hint = "; template braces must stand in quotes" if isinstance(event, MappingStartEvent) else ""
            self._problem(event, f"a key must be text, not a map or list{hint}", path=self._path())
        path = self._path()
        self._values.setdefault(path, mark_of(event))
        value: JsonObject | list[JsonValue] = {} if isinstance(event, MappingStartEvent) else []
        self._frames.append(_Frame(value, path, is_key=is_key))

    def _end(self) -> None:
        frame = self._frames.pop()
        if frame.merges and isinstance(frame.value, dict):
            self._merge(frame.value, path=frame.path)
        if frame.is_key:
            self._frames[-1].key, self._frames[-1].keep = "?", False
        else:
            self._attach(frame.value)

    def _merge(self, value: JsonObject, *, path: Path) -> None:
        """Put the fields of `<<` into the map: its own win, then those of the first (https://yaml.org/type/merge.html)."""
        merged = value.pop("<<")
        at: Path = (*path, "<<")
        mark = self._keys[at]
        for part in merged if isinstance(merged, list) else [merged]:
            if not isinstance(part, dict):
                message = "<< takes a map, or a list of maps"
                self._add(Problem(source=self.source, mark=mark, path=path, message=message))
                continue
            for key, item in part.items():
                value.setdefault(key, item)
                self._keys.setdefault((*path, key), mark)

    def _key(self, event: NodeEvent, key: str) -> None:
        frame = self._frames[-1]
        path = (*frame.path, key)
        first = self._keys.setdefault(path, mark_of(event))
        frame.key, frame.keep = key, key not in frame.value
        if not frame.keep:
            self._problem(event, f"given twice; the first stands at {first}", path=path)

    def _value(self, event: NodeEvent, value: JsonValue) -> None:
        self._values.setdefault(self._path(), mark_of(event))
        self._attach(value)

    def _attach(self, value: JsonValue) -> None:
        if not self._frames:
            self._finish(value)
            return
        frame = self._frames[-1]
        if isinstance(frame.value, list):
            frame.value.append(value)
        elif frame.key is not None:
            if frame.keep:
                frame.value[frame.key] = value
            frame.key, frame.keep = None, True

    def _finish(self, value: JsonValue) -> None:
        if value is not None:
            self.documents.append(
                Document(source=self.source, value=value, key_marks=self._keys, value_marks=self._values)
            )
        self._keys, self._values = {}, {}


_MERGE = 'a plain << is a merge key: write the fields in full, or "<<" in quotes for text'


def _key_message(text: str, meaning: object) -> str:
    if isinstance(meaning, Trap):
        return f'the key {text} would be read as {meaning.read_as}: write "{text}"'
    kind = "null" if meaning is None else "a boolean" if isinstance(meaning, bool) else "a number"
    return f'the key {text or "(empty)"} would be read as {kind}: write "{text}"'


def mark_of(event: Event) -> Mark:
    """Where an event begins."""
    place = event.start_mark
    return Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
