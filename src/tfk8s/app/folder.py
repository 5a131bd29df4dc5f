"""What stands in a folder at the paths of rendered files, and whose it is; links are never followed below it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.folder_index import INDEX, Index, digest, is_headed, read_index
from tfk8s.errors import InputError
from tfk8s.gitops.files import HEADER

_HALF = ".yaml.partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it was found.

    Attributes:
        directory: the folder.
        texts: path to text of the files that were asked for, those that the index lists, and the YAML files that
            are in no deeper folder.
        index: what an earlier run listed.
        halves: names of files that an earlier run began to write into the folder itself when it was killed.
        obstacles: paths at which something stands that is no file, such as a link, and what that is.
    """

    directory: Path
    texts: Mapping[str, str]
    index: Index
    halves: tuple[str, ...]
    obstacles: Mapping[str, str]

    def is_ours(self, path: str) -> bool:
        """Whether tfk8s wrote the file at that path."""
        text = self.texts.get(path)
        return text is not None and (is_headed(text) or digest(text) in self.index.get(path, ()))

    def require_no_obstacles(self, paths: Iterable[str]) -> None:
        """Refuse to write through links and into files.

        Raises:
            InputError: something that is no file stands at one of the paths.
        """
        for path in paths:
            if path in self.obstacles:
                raise InputError(
                    f"{self.directory / path} cannot be written by tfk8s: {self.obstacles[path]}",
                    hint="move it away, or render into another folder",
                )

    def require_ours(self, files: Mapping[str, str]) -> None:
        """Refuse to overwrite; a file that is as it would be written may stay, whoever wrote it.

        Raises:
            InputError: a file at one of the paths is somebody else's.
        """
        for path, text in files.items():
            if self.texts.get(path, text) != text and not self.is_ours(path):
                listed = path in self.index
                raise InputError(
                    f"{self.directory / path} was "
                    + ("changed since tfk8s wrote it" if listed else "not written by tfk8s")
                    + " and would be lost",
                    hint="move it away, or render into another folder",
                )


def look(directory: Path, paths: Iterable[str]) -> Folder:
    """Look into a folder; one that does not exist is empty.

    Raises:
        OSError: it cannot be read, or is none.
    """
    if not directory.exists():
        return Folder(directory=directory, texts={}, index={}, halves=(), obstacles={})
    entries = sorted(entry.name for entry in directory.iterdir() if entry.name.endswith((".yaml", _HALF)))
    shallow = [name for name in entries if stat.S_ISREG(_mode(directory / name) or 0)]
    halves = tuple(name for name in shallow if name.endswith(_HALF) and _is_begun(directory / name))
    texts: dict[str, str] = {}
    obstacles: dict[str, str] = {}
    _read(directory, [INDEX], texts=texts, obstacles=obstacles)
    listed = texts.get(INDEX, "")
    index = read_index(listed) if is_headed(listed) else {}
    _read(
        directory,
        dict.fromkeys([*(name for name in shallow if name not in halves), *paths, *index]),
        texts=texts,
        obstacles=obstacles,
    )
    return Folder(directory=directory, texts=texts, index=index, halves=halves, obstacles=obstacles)


def half_name(name: str) -> str:
    """What a file is called until it is whole."""
    return f".{name}.partial"


def _is_begun(half: Path) -> bool:
    text = half.read_text(encoding="utf-8", errors="replace")
    return half.name.startswith(".") and (is_headed(text) or HEADER.startswith(text))


def _read(directory: Path, paths: Iterable[str], *, texts: dict[str, str], obstacles: dict[str, str]) -> None:
    open_folders: set[str] = set()
    for path in paths:
        place = f"{directory}/{path}"  # a repository has thousands of these, and pathlib takes its time
        obstacle = _obstacle(str(directory), path, open_folders)
        mode = _mode(place) if obstacle is None else None
        if mode is not None and not stat.S_ISREG(mode):
            obstacle = "it is a link, which is not followed" if stat.S_ISLNK(mode) else "it is no file"
        if obstacle is not None:
            obstacles[path] = obstacle
        elif mode is not None:
            with Path(place).open(encoding="utf-8", errors="replace") as file:
                texts[path] = file.read()


def _obstacle(directory: str, path: str, open_folders: set[str]) -> str | None:
    """What is no folder on the way to the file; `open_folders` remembers those that were looked at."""
    place = directory
    for step in path.split("/")[:-1]:
        place = f"{place}/{step}"
        if place in open_folders:
            continue
        mode = _mode(place)
        if mode is None:
            return None
        if stat.S_ISLNK(mode):
            return f"{place} is a link, which is not followed"
        if not stat.S_ISDIR(mode):
            return f"{place} is no folder"
        open_folders.add(place)
    return None


def _mode(place: str | Path) -> int | None:
    try:
        return os.lstat(place).st_mode
    except FileNotFoundError:
        return None
