"""Manifests as files of a folder: one object a file, named in apply order; only files of ours are ever removed."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.gitops.files import HEADER, file_name
from tfk8s.gitops.files import object_files as files_of

__all__ = ["HEADER", "Difference", "State", "Written", "compare_files", "file_name", "files_of", "write_files"]


class State(enum.Enum):
    """How a file of the folder differs from what would be rendered."""

    MISSING = "missing"
    CHANGED = "changed"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file that is not as it would be rendered; `diff` goes from the file to what would be rendered."""

    name: str
    state: State
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Names of the files that were written, left as they were, and removed."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write_files(directory: Path, files: Mapping[str, str]) -> Written:
    """Write the files, each at once, and remove those of ours that are no longer rendered.

    Raises:
        InputError: the folder cannot be written, or a file of that name is somebody else's.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        found = _ours(directory)
        _refuse_foreign(directory, files, found)
        changed = tuple(name for name, text in files.items() if found.get(name) != text)
        for name in changed:
            _write(directory / name, files[name])
        removed = tuple(sorted(set(found) - set(files)))
        for name in removed:
            (directory / name).unlink()
    except OSError as error:
        raise _unusable(directory, error) from error
    unchanged = tuple(name for name in files if name not in changed)
    return Written(written=changed, unchanged=unchanged, removed=removed)


def compare_files(directory: Path, files: Mapping[str, str]) -> tuple[Difference, ...]:
    """Say where the folder differs from the files; nothing is written.

    Raises:
        InputError: the folder cannot be read.
    """
    try:
        found = {name: text for name, text in _texts(directory) if name in files or _is_ours(text)}
    except OSError as error:
        raise _unusable(directory, error) from error
    return tuple(
        _difference(name, old=found.get(name), new=files.get(name))
        for name in sorted({*found, *files})
        if found.get(name) != files.get(name)
    )


def _difference(name: str, *, old: str | None, new: str | None) -> Difference:
    state = State.MISSING if old is None else State.STALE if new is None else State.CHANGED
    lines = difflib.unified_diff(
        (old or "").splitlines(), (new or "").splitlines(), fromfile=name, tofile="rendered", lineterm="", n=2
    )
    return Difference(name=name, state=state, diff=tuple(lines))


def _is_ours(text: str) -> bool:
    return text.startswith(HEADER + "\n")


def _texts(directory: Path) -> Iterator[tuple[str, str]]:
    if not directory.exists():
        return
    for path in sorted(directory.iterdir()):
        if path.suffix == ".yaml" and path.is_file():
            yield path.name, path.read_text(encoding="utf-8", errors="replace")


def _ours(directory: Path) -> dict[str, str]:
    return {name: text for name, text in _texts(directory) if _is_ours(text)}


def _refuse_foreign(directory: Path, files: Mapping[str, str], found: Mapping[str, str]) -> None:
    for name in files:
        if name not in found and (directory / name).exists():
            raise InputError(
                f"{directory / name} was not written by tfk8s and would be lost",
                hint="move it away, or render into another folder",
            )


def _write(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, never half of it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def _unusable(directory: Path, error: OSError) -> InputError:
    place = error.filename or directory
    return InputError(f"cannot use {place}: {error.strerror}", hint="--out names a folder that can be written")
