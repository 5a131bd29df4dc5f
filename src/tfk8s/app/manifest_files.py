"""Rendered files in a folder and in folders below it; only files of ours are ever overwritten or removed.

A file is ours when its first line says so, whatever was edited below that line, or when the folder's index lists the
very text that it holds. In deeper folders only what the index lists is ever removed: another rendering may live there.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tfk8s.app.folder import Folder, half_name, look
from tfk8s.app.folder_index import INDEX, Index, both, index_of, index_text
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
    """Paths in the folder of the files that were written, left as they were, and removed."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write_files(directory: Path, files: Mapping[str, str]) -> Written:
    """Write the files, each at once, and remove those of ours that are no longer rendered.

    Args:
        directory: the folder; made when it is missing.
        files: path in the folder (POSIX) to text; the same files again write nothing.

    Raises:
        InputError: the folder cannot be written, or something of somebody else stands at one of the paths; then
            nothing was written.
    """
    wanted = _with_index(files)
    try:
        folder = look(directory, wanted)
        folder.require_no_obstacles(wanted)
        folder.require_ours(wanted)
        directory.mkdir(parents=True, exist_ok=True)
        changed = tuple(path for path, text in wanted.items() if folder.texts.get(path) != text)
        _announce(folder, both(folder.index, index_of(files)))
        for path in changed:
            if path != INDEX:
                _write(directory / path, wanted[path])
        _remove_halves(directory, {*wanted, INDEX} - {*changed})
        for name in folder.halves:
            (directory / name).unlink(missing_ok=True)
        removed = _remove_stale(folder, wanted)
        if INDEX in changed:
            _write(directory / INDEX, wanted[INDEX])
    except OSError as error:
        raise _unusable(directory, error) from error
    unchanged = tuple(path for path in wanted if path not in changed)
    return Written(written=changed, unchanged=unchanged, removed=removed)


def compare_files(directory: Path, files: Mapping[str, str]) -> tuple[Difference, ...]:
    """Say where the folder differs from the files; nothing is written.

    Raises:
        InputError: the folder cannot be read, or something that is no file stands at one of the paths.
    """
    wanted = _with_index(files)
    try:
        folder = look(directory, wanted)
    except OSError as error:
        raise _unusable(directory, error) from error
    folder.require_no_obstacles(wanted)
    found = {path: text for path, text in folder.texts.items() if path in wanted or folder.is_ours(path)}
    return tuple(
        _difference(path, old=found.get(path), new=wanted.get(path))
        for path in sorted({*found, *wanted})
        if found.get(path) != wanted.get(path)
    )


def count_files(files: Mapping[str, str]) -> int:
    """How many files a folder has that holds these: those of `write_files`, with what it keeps to know its own."""
    return len(_with_index(files))


def _with_index(files: Mapping[str, str]) -> dict[str, str]:
    index = index_of(files)
    return {**files, INDEX: index_text(index)} if index else {**files}


def _announce(folder: Folder, index: Index) -> None:
    """List what is about to be written beside what may have to be removed."""
    text = index_text(index)
    if index and folder.texts.get(INDEX) != text:
        _write(folder.directory / INDEX, text)


def _remove_stale(folder: Folder, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Remove files of ours that are not wanted, and the folders that this leaves empty; the index goes last."""
    candidates = {*folder.texts, *folder.index} - {*wanted} - {*folder.obstacles}
    stale = sorted(path for path in candidates if folder.is_ours(path))
    gone = sorted((candidates - {*folder.texts}) | {*stale} - {INDEX})  # of some an earlier run left the folder
    for path in gone:
        (folder.directory / path).unlink(missing_ok=True)
    _remove_halves(folder.directory, gone)
    for path in gone:
        _remove_empty_folders(folder.directory, path)
    if INDEX in stale:
        (folder.directory / INDEX).unlink()
    return tuple(stale)


def _remove_empty_folders(directory: Path, path: str) -> None:
    with suppress(OSError):  # something else is in it
        for parent in [*PurePosixPath(path).parents][:-1]:  # the last is the folder itself
            with suppress(FileNotFoundError):  # an earlier run got so far
                (directory / parent).rmdir()


def _difference(name: str, *, old: str | None, new: str | None) -> Difference:
    state = State.MISSING if old is None else State.STALE if new is None else State.CHANGED
    lines = difflib.unified_diff(
        (old or "").splitlines(), (new or "").splitlines(), fromfile=name, tofile="rendered", lineterm="", n=2
    )
    return Difference(name=name, state=state, diff=tuple(lines))


def _write(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, never half of it."""
    half = _half(path)
    try:
        _write_new(half, text)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(half, text)
    except FileExistsError:
        half.unlink()
        _write_new(half, text)
    half.replace(path)


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:  # "x" writes through no link
        file.write(text)


def _half(path: str | Path) -> Path:
    folder, _, name = str(path).rpartition("/")
    return Path(f"{folder}/{half_name(name)}")


def _remove_halves(directory: Path, paths: Iterable[str]) -> None:
    """Remove what a killed run left of these files."""
    for path in paths:
        with suppress(FileNotFoundError):
            _half(f"{directory}/{path}").unlink()


def _unusable(directory: Path, error: OSError) -> InputError:
    place = error.filename or directory
    return InputError(f"cannot use {place}: {error.strerror}", hint="--out names a folder that can be written")
