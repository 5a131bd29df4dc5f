"""A YAML text as a tree of parts that know where they stand, for changing a few bytes of somebody else's file.

Unlike our strict reader it takes all that YAML has: anchors, tags, any style. Each part has a digest of its content,
whatever its style, so that two texts can be compared part by part.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import yaml
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

from tfk8s.manifest.objects import JsonValue
from tfk8s.manifest.yaml_builder import MAX_DEPTH
from tfk8s.manifest.yaml_scalars import Trap, resolve

Kind: TypeAlias = Literal["scalar", "list", "map"]


class UnreadableError(Exception):
    """The text is no YAML that can be worked on; the message says why and where, in one line."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A scalar, list or map.

    Attributes:
        start: index of its first character, an anchor or tag before it included.
        end: index after its last character; of a block list or map, after that of its last member.
        column: of its first character, from 0.
        is_flow: written in brackets or braces.
        text: of a scalar; `is_plain` when it stands without quotes, block or tag.
        items: of a list.
        pairs: of a map, keys and values in the order of the text.
        digest: of the content; equal for equal content in any style.
    """

    kind: Kind
    start: int
    end: int
    column: int
    is_flow: bool = False
    text: str = ""
    is_plain: bool = False
    items: list[Part] = field(default_factory=list)
    pairs: list[tuple[Part, Part]] = field(default_factory=list)
    digest: str = ""

    def get(self, key: str) -> Part | None:
        """The value under a key of a map; None without it."""
        return next((value for name, value in self.pairs if name.kind == "scalar" and name.text == key), None)

    @property
    def is_null(self) -> bool:
        """Whether it is nothing: an empty value, or one of the words for it."""
        return self.kind == "scalar" and self.is_plain and resolve(self.text) is None

    def value(self) -> JsonValue:
        """Its content as plain data; a scalar that YAML's readers disagree on is its text."""
        if self.kind == "list":
            return [item.value() for item in self.items]
        if self.kind == "map":
            return {key.text: value.value() for key, value in self.pairs}
        meaning = resolve(self.text) if self.is_plain else self.text
        return meaning.text if isinstance(meaning, Trap) else meaning


def read_tree(text: str) -> Part | None:
    """Read a text of at most one document; None when it holds nothing.

    Raises:
        UnreadableError: no YAML, several documents, too deep, or an alias to a part that is not closed.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):  # not libyaml's: its marks count otherwise
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UnreadableError(f"{place}{error.problem or error.context or 'no YAML'}") from error
    except yaml.YAMLError as error:
        raise UnreadableError("a character that no YAML file may hold") from error
    return builder.root


class _Builder:
    """Takes the events of one text in order."""

    def __init__(self) -> None:
        self.root: Part | None = None
        self._documents = 0
        self._open: list[tuple[Part, str | None, list[Part]]] = []
        self._anchors: dict[str, Part | None] = {}

    def take(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError(f"{_place(event)}a second document begins")
        elif isinstance(event, ScalarEvent):
            part = _part(event, "scalar")
            part.text, part.is_plain = event.value, not event.style and event.tag is None
            part.digest = _digest("scalar", str(part.is_plain), event.tag or "", event.value)
            self._close(part, event.anchor)
        elif isinstance(event, AliasEvent):
            self._attach(self._aliased(event))
        elif isinstance(event, (SequenceStartEvent, MappingStartEvent)):
            self._begin(event)
        elif isinstance(event, (SequenceEndEvent, MappingEndEvent)):
            self._end(event)

    def _begin(self, event: SequenceStartEvent | MappingStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(f"{_place(event)}nested more than {MAX_DEPTH} levels deep")
        part = _part(event, "list" if isinstance(event, SequenceStartEvent) else "map")
        part.is_flow = bool(event.flow_style)
        part.text = event.tag or ""
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append((part, event.anchor, []))

    def _end(self, event: SequenceEndEvent | MappingEndEvent) -> None:
        part, anchor, members = self._open.pop()
        if part.is_flow:
            part.end = _index(event, at_end=True)
        elif members:
            part.end = members[-1].end
        if part.kind == "list":
            part.items = members
        else:
            part.pairs = list(zip(members[::2], members[1::2], strict=True))
        part.digest = _digest(part.kind, part.text, *(member.digest for member in members))
        self._close(part, anchor)

    def _aliased(self, event: AliasEvent) -> Part:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise UnreadableError(f"{_place(event)}*{event.anchor} stands for nothing that is complete")
        part = _part(event, found.kind)
        part.text, part.is_plain, part.digest = found.text, found.is_plain, found.digest
        part.items, part.pairs, part.is_flow = found.items, found.pairs, True
        return part

    def _close(self, part: Part, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = part
        self._attach(part)

    def _attach(self, part: Part) -> None:
        if self._open:
            self._open[-1][2].append(part)
        else:
            self.root = part


def _part(event: NodeEvent, kind: Kind) -> Part:
    column = event.start_mark.column if event.start_mark else 0
    return Part(kind=kind, start=_index(event), end=_index(event, at_end=True), column=column)


def _index(event: Event, *, at_end: bool = False) -> int:
    mark = event.end_mark if at_end else event.start_mark
    return int(mark.index) if mark else 0


def _place(event: Event) -> str:
    mark = event.start_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


def _digest(*parts: str) -> str:
    content = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
