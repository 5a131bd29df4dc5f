"""Changes to a YAML text as replacements of a few characters; what they do not name stays, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfk8s.manifest.objects import JsonObject, JsonValue
from tfk8s.manifest.yaml_tree import Part
from tfk8s.manifest.yaml_writer import dump

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BREAKS = "\n\r\x85\u2028\u2029"
_COLON = re.compile(r"[ \t]*:")
_COMMENT_OR_BLANK = re.compile(r"[ \t]*(?:#[^\n\r\x85\u2028\u2029]*)?(?=[\n\r\x85\u2028\u2029]|\Z)")
_SPACES = re.compile(r" *")
_COMMA = re.compile(r"\s*,")


class NotEditableError(Exception):
    """The text is written in a way that these changes do not reach."""


@dataclass(slots=True)
class Splices:
    """Replacements for one text, which may be added in any order.

    Attributes:
        text: as it is before.
        top: its map.
    """

    text: str
    top: Part
    _changes: list[tuple[int, int, int, str]] = field(default_factory=list)

    def apply(self) -> str:
        """The changed text."""
        pieces, at = [], 0
        for start, _, end, new in sorted(self._changes, key=lambda change: change[:2]):
            pieces += [self.text[at:start], new]
            at = max(at, end)
        return "".join(pieces) + self.text[at:]

    def set_text(self, key: str, value: str) -> None:
        """Give a key of the top another text, or add it."""
        part = self._unshared(key)
        if part is None:
            self._append_key(key, value)
        elif part.start == part.end:
            self._replace(self._colon(key), part.end, new=" " + self._written(value))
        else:
            self._replace(part.start, part.end, new=self._written(value))

    def set_value(self, key: str, value: JsonValue) -> None:
        """Give a key of the top another value, or add it; a list or map is written in brackets."""
        part = self._unshared(key)
        if part is None and self.top.is_flow:
            self._append_key(key, value)
        elif part is None:
            line = " " * self.top.pairs[0][0].column + f"{dump(key).rstrip()}: {_json(value)}"
            self._insert_lines(self._line_end(self.top.end), [line], rank=1)
        elif part.kind != "scalar" and not part.is_flow:
            raise NotEditableError
        elif part.start == part.end:
            self._replace(self._colon(key), part.end, new=" " + _json(value))
        else:
            self._replace(part.start, part.end, new=_json(value))

    def add_key(self, key: str, value: JsonValue) -> None:
        """Put a key that is not there behind the others; a list or map is written in lines where the top is."""
        self._append_key(key, value)

    def remove_key(self, key: str) -> None:
        """Take a key out of the top, which keeps at least one other, with what stands behind it on its lines."""
        place = next(index for index, (name, _) in enumerate(self.top.pairs) if name.text == key)
        name, part = self.top.pairs[place]
        if len(self.top.pairs) == 1:
            raise NotEditableError
        if self.top.is_flow:
            first = place == 0
            start = name.start if first else self.top.pairs[place - 1][1].end
            self._replace(start, self.top.pairs[1][0].start if first else part.end, new="")
            return
        start = self._line_start(name.start)
        if self.text[start : name.start].strip(" "):
            raise NotEditableError
        self._replace(start, self._line_end(max(part.end, self._colon(key))), new="")

    def add_item(self, key: str, item: JsonValue) -> None:
        """Put an item behind the others of a list of the top; the list is made when there is none."""
        part = self._unshared(key)
        if part is None:
            self._append_key(key, [item])
        elif part.is_null or (not self.top.is_flow and self._is_bare(key, part)):
            self._open_list(key, part, item=item)
        elif part.is_flow:
            self._insert_in_brackets(part, json_of=item)
        else:
            dash = self._dash(part, 0)
            lines = _indented(dump([item]), column=dash - self._line_start(dash))
            self._insert_lines(self._line_end(part.end), lines)

    def replace_item(self, key: str, index: int, *, item: JsonObject) -> None:
        """Write an item of a list anew, where the old one stands."""
        part = self._list(key)
        old = part.items[index]
        if part.is_flow or old.is_flow:
            self._replace(old.start, old.end, new=_json(item))
            return
        first, *rest = dump(item).rstrip("\n").split("\n")
        new = self._newline().join([first, *(" " * old.column + line for line in rest)])
        ends_line = old.end > 0 and self.text[old.end - 1] in _BREAKS
        self._replace(old.start, old.end, new=new + (self._newline() if ends_line else ""))

    def remove_item(self, key: str, index: int) -> None:
        """Take an item out of a list; of the last one an empty list stays."""
        part = self._list(key)
        if part.is_flow:
            self._cut_from_brackets(part, index)
            return
        dash = self._dash(part, index)
        start, end = self._line_start(dash), self._line_end(part.items[index].end)
        if self.text[start:dash].strip(" "):
            raise NotEditableError
        if end == len(self.text) and self.text[end - 1] not in _BREAKS:
            start -= 2 if self.text[:start].endswith("\r\n") else 1
        self._replace(start, end, new="")
        if len(part.items) == 1:
            self._replace(self._colon(key), self._colon(key), new=" []")

    def _unshared(self, key: str) -> Part | None:
        """The value of a key, refused where it is an alias: what it stands for is somebody else's too."""
        part = self.top.get(key)
        if part is not None and self.text[part.start : part.start + 1] == "*" and part.start != part.end:
            raise NotEditableError
        return part

    def _list(self, key: str) -> Part:
        part = self._unshared(key)
        if part is None or part.kind != "list":
            raise NotEditableError
        return part

    def _replace(self, start: int, end: int, *, new: str, rank: int = 0) -> None:
        self._changes.append((start, rank, end, new))

    def _insert_lines(self, at: int, lines: list[str], *, rank: int = 0) -> None:
        newline = self._newline()
        unfinished = at == len(self.text) and at > 0 and self.text[at - 1] not in _BREAKS
        block = newline.join(lines)
        self._replace(at, at, new=newline + block if unfinished else block + newline, rank=rank)

    def _append_key(self, key: str, value: JsonValue) -> None:
        """Behind everything else in the top map: rank 1, because a list that ends there may get an item first."""
        if self.top.is_flow:
            last = self.top.pairs[-1][1].end if self.top.pairs else self.top.start + 1
            comma = ", " if self.top.pairs else ""
            self._replace(last, last, new=f"{comma}{json.dumps(key)}: {_json(value)}", rank=1)
        else:
            lines = _indented(dump({key: value}), column=self.top.pairs[0][0].column)
            self._insert_lines(self._line_end(self.top.end), lines, rank=1)

    def _is_bare(self, key: str, part: Part) -> bool:
        return self.text[self._colon(key) : part.end] == " []"

    def _open_list(self, key: str, part: Part, *, item: JsonValue) -> None:
        if self.top.is_flow:
            space = " " if part.start == self._colon(key) else ""
            self._replace(part.start, part.end, new=f"{space}[{_json(item)}]")
            return
        self._replace(self._colon(key), part.end, new="")
        column = next(name.column for name, _ in self.top.pairs if name.text == key)
        self._insert_lines(self._line_end(part.end), _indented(dump([item]), column=column))

    def _insert_in_brackets(self, part: Part, *, json_of: JsonValue) -> None:
        if not part.items:
            self._replace(part.start + 1, part.start + 1, new=_json(json_of))
            return
        last = part.items[-1]
        indent = self.text[self._line_start(last.start) : last.start]
        if indent.strip(" \t"):
            self._replace(last.end, last.end, new=", " + _json(json_of))
            return
        lines = json.dumps(json_of, indent=2, ensure_ascii=False).split("\n")
        newline = self._newline()
        self._replace(last.end, last.end, new="," + newline + newline.join(indent + line for line in lines))

    def _cut_from_brackets(self, part: Part, index: int) -> None:
        item = part.items[index]
        if index > 0:
            self._replace(part.items[index - 1].end, item.end, new="")
        elif len(part.items) > 1:
            self._replace(item.start, part.items[1].start, new="")
        else:
            comma = _COMMA.match(self.text, item.end)
            self._replace(item.start, comma.end() if comma else item.end, new="")

    def _colon(self, key: str) -> int:
        """Index behind the colon of a key of the top."""
        name = next(name for name, _ in self.top.pairs if name.text == key)
        found = _COLON.match(self.text, name.end)
        if found is None:
            raise NotEditableError
        return found.end()

    def _dash(self, part: Part, index: int) -> int:
        """Index of the dash of an item of a block list: behind the item before, only comments and space come first."""
        if index == 0 and self.text[part.start] == "-":
            return part.start
        at = self._line_end(part.items[index - 1].end if index else part.start)
        for start in self._lines_from(at):
            if not _COMMENT_OR_BLANK.match(self.text, start):
                dash = _SPACES.match(self.text, start)
                if dash and self.text[dash.end()] == "-":
                    return dash.end()
                break
        raise NotEditableError

    def _lines_from(self, at: int) -> Iterator[int]:
        while at < len(self.text):
            yield at
            at = self._next_line(at)

    def _line_start(self, index: int) -> int:
        while index > 0 and self.text[index - 1] not in _BREAKS:
            index -= 1
        return index

    def _line_end(self, index: int) -> int:
        """Index behind the line on which a part ends; a block of text ends with its line, and has passed it already."""
        return index if index > 0 and self.text[index - 1] in _BREAKS else self._next_line(index)

    def _next_line(self, index: int) -> int:
        found = _BREAK.search(self.text, index)
        return found.end() if found else len(self.text)

    def _written(self, value: str) -> str:
        if self.top.is_flow:
            return _json(value)
        return dump(value).rstrip("\n") if value else "''"

    def _newline(self) -> str:
        found = _BREAK.search(self.text)
        return found.group() if found else "\n"


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _indented(text: str, *, column: int) -> list[str]:
    return [" " * column + line for line in text.rstrip("\n").split("\n")]
