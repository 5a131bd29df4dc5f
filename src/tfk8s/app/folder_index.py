"""The list that a folder keeps of the files written into it: what a first line cannot say of nested and other files.

A line is a path, or a path and the digest of its text for a file that carries no comment: it is ours as long as it
holds that very text. The list grows before files are written and shrinks after others are removed, so that a run that
was killed leaves no file that nobody answers for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TypeAlias

from tfk8s.gitops.files import HEADER

INDEX = ".tfk8s-files"
"""Name of the list."""

Index: TypeAlias = Mapping[str, frozenset[str]]
"""Path to the digests that its text may have; none for a file whose first line says that it is ours."""

_MARK = " sha256:"


def is_headed(text: str) -> bool:
    """Whether the first line says that tfk8s wrote it."""
    return text.startswith(HEADER + "\n")


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def index_of(files: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Index a folder of these files; empty when the first lines of files in no deeper folder say everything."""
    if all("/" not in path and is_headed(text) for path, text in files.items()):
        return {}
    return {path: frozenset() if is_headed(text) else frozenset({digest(text)}) for path, text in files.items()}


def both(one: Index, other: Index) -> dict[str, frozenset[str]]:
    """What either lists."""
    return {path: one.get(path, frozenset()) | other.get(path, frozenset()) for path in {*one, *other}}


def index_text(index: Index) -> str:
    """The file's text: the header, and a line for each path, sorted."""
    return "\n".join([HEADER, *_lines(index)]) + "\n"


def _lines(index: Index) -> Iterable[str]:
    for path in sorted(index):
        digests = sorted(index[path])
        yield from (f"{path}{_MARK}{found}" for found in digests) if digests else (path,)


def read_index(text: str) -> dict[str, frozenset[str]]:
    """Read what `index_text` wrote; lines that it would not have written (a merge's marks, `../x`) are left out."""
    found: dict[str, frozenset[str]] = {}
    for line in text.splitlines()[1:]:
        path, mark, sha256 = line.partition(_MARK)
        if _is_inside(path):
            found[path] = found.get(path, frozenset()) | (frozenset({sha256}) if mark else frozenset())
    return found


def _is_inside(path: str) -> bool:
    steps = path.split("/")
    return not PurePosixPath(path).is_absolute() and not {"", ".", ".."} & set(steps) and "\\" not in path
