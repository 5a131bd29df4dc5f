"""Strict reading of YAML: every trap is found, with its place, in one go; what is left has one meaning only."""

from __future__ import annotations

from typing import cast

import yaml

from tfk8s.errors import InputError
from tfk8s.manifest.yaml_aliases import without_aliases
from tfk8s.manifest.yaml_builder import Builder, StopReadingError
from tfk8s.manifest.yaml_document import Document, Mark, Problem, Reading

# libyaml's parser is several times faster than PyYAML's own; both give the same events.
_PARSER = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def load_documents(text: str | bytes, *, source: str, follows_aliases: bool = False) -> list[Document]:
    """Read every document of a text; those with nothing in them are left out.

    Args:
        text: the text, or its bytes in UTF-8 (a byte-order mark at the start is dropped).
        source: what messages call the text, usually its path, or `<stdin>`.
        follows_aliases: read anchors, aliases and merge keys, which else are traps; for files that others wrote.

    Raises:
        InputError: the text is no YAML or holds traps; `details` has one line each, `source:line:column: ...`.
    """
    reading = read_documents(text, source=source, follows_aliases=follows_aliases)
    if reading.problems:
        raise failure(reading.problems, source=source)
    return list(reading.documents)


def load_one(text: str | bytes, *, source: str) -> Document:
    """Read a text that must hold exactly one document.

    Raises:
        InputError: as `load_documents`, or the text holds no document or several.
    """
    reading = read_one(text, source=source)
    if reading.problems:
        raise failure(reading.problems, source=source)
    return reading.documents[0]


def read_documents(text: str | bytes, *, source: str, follows_aliases: bool = False) -> Reading:
    """Read as `load_documents` does, with the traps as values; for callers with more to find in the same text."""
    try:
        decoded = _decode(text)
    except UnicodeError as error:
        return Reading(documents=(), problems=(_undecodable(text, error, source=source),))
    builder = Builder(source=source, takes_merge_keys=follows_aliases)
    problem: Problem | None = None
    try:
        events = yaml.parse(decoded, Loader=_PARSER)
        for event in without_aliases(events) if follows_aliases else events:
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        problem = _syntax(error, decoded, source=source)
    except yaml.reader.ReaderError:
        problem = _unprintable(decoded, source=source)
    except StopReadingError as error:
        problem = Problem(source=source, mark=error.mark, path=(), message=error.message)
    problems = (*builder.problems, problem) if problem else tuple(builder.problems)
    return Reading(documents=tuple(builder.documents), problems=problems)


def read_one(text: str | bytes, *, source: str) -> Reading:
    """Read as `load_one` does, with the problems as values: without problems there is exactly one document."""
    reading = read_documents(text, source=source)
    problems = list(reading.problems)
    if len(reading.documents) > 1:
        mark = reading.documents[1].value_mark(())
        message = "a second document begins here; only one is expected"
        problems.append(Problem(source=source, mark=mark, path=(), message=message))
    elif not reading.documents and not problems:
        problems.append(Problem(source=source, mark=Mark(1, 1), path=(), message="holds no document, it is empty"))
    return Reading(documents=reading.documents[:1], problems=tuple(problems))


def failure(problems: tuple[Problem, ...], *, source: str) -> InputError:
    """One error for all problems, in the order of the text."""
    ordered = sorted(problems, key=lambda problem: problem.mark)
    count = "1 error" if len(ordered) == 1 else f"{len(ordered)} errors"
    return InputError(f"{source} has {count}", details=tuple(str(problem) for problem in ordered))


def _decode(text: str | bytes) -> str:
    if isinstance(text, bytes):
        return text.decode("utf-8").removeprefix("\ufeff")
    text.encode("utf-8")  # half a surrogate pair has no UTF-8 form
    return text.removeprefix("\ufeff")


def _undecodable(text: str | bytes, error: UnicodeError, *, source: str) -> Problem:
    start = error.start if isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)) else 0
    if isinstance(text, bytes):
        before = text[:start].decode("utf-8", "replace")
        wide = ", it looks like UTF-16" if text.startswith(_WIDE_BOMS) else ""
        message = f"byte 0x{text[start]:02x} is not UTF-8{wide}: save the file as UTF-8"
    else:
        before, message = text[:start], "half of a surrogate pair, which no UTF-8 file can hold"
    return Problem(source=source, mark=_mark_after(before), path=(), message=message)


def _syntax(error: yaml.MarkedYAMLError, text: str, *, source: str) -> Problem:
    place = error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
    lines = text.split("\n")
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        message = "a tab in the indentation: YAML indents with spaces only"
    else:
        message = "not valid YAML: " + ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(source=source, mark=mark, path=(), message=message)


def _unprintable(text: str, *, source: str) -> Problem:
    # The parser's own position counts characters in one implementation and bytes in the other.
    at = next((index for index, char in enumerate(text) if _is_control(ord(char))), 0)
    message = f"the control character U+{ord(text[at]):04X}: write it as an escape in double quotes"
    return Problem(source=source, mark=_mark_after(text[:at]), path=(), message=message)


def _is_control(code: int) -> bool:
    """What YAML lets nobody write as it is (https://yaml.org/spec/1.1/#c-printable)."""
    if code < 0x20:
        return code not in (0x09, 0x0A, 0x0D)
    return (0x7F <= code < 0xA0 and code != 0x85) or code in (0xFEFF, 0xFFFE, 0xFFFF)


def _mark_after(before: str) -> Mark:
    return Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
