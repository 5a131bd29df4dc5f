"""What stands in a folder at the paths of rendered files, and whose it is; links are never followed below it."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.folder_index import INDEX, Index, digest, is_headed, read_index
from tfk8s.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it was found.

    Attributes:
        directory: the folder.
        texts: path to text of the files that were asked for, those that the index lists, and the YAML files that
            are in no deeper folder.
        index: what an earlier run listed.
        obstacles: paths at which something stands that is no file, such as a link, and what that is.
    """

    directory: Path
    texts: Mapping[str, str]
    index: Index
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
        return Folder(directory=directory, texts={}, index={}, obstacles={})
    shallow = sorted(entry.name for entry in directory.iterdir() if entry.suffix == ".yaml" and _is_plain_file(entry))
    texts: dict[str, str] = {}
    obstacles: dict[str, str] = {}
    _read(directory, [INDEX], texts=texts, obstacles=obstacles)
    listed = texts.get(INDEX, "")
    index = read_index(listed) if is_headed(listed) else {}
    _read(directory, dict.fromkeys([*shallow, *paths, *index]), texts=texts, obstacles=obstacles)
    return Folder(directory=directory, texts=texts, index=index, obstacles=obstacles)


def _read(directory: Path, paths: Iterable[str], *, texts: dict[str, str], obstacles: dict[str, str]) -> None:
    open_folders: set[Path] = set()
    for path in paths:
        obstacle = _obstacle(directory, path, open_folders)
        if obstacle is not None:
            obstacles[path] = obstacle
        elif (directory / path).exists():
            texts[path] = (directory / path).read_text(encoding="utf-8", errors="replace")


def _obstacle(directory: Path, path: str, open_folders: set[Path]) -> str | None:
    """What is in the way of reading and writing the file; `open_folders` remembers those that were looked at."""
    *folders, _ = path.split("/")
    place = directory
    for step in folders:
        place /= step
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
    mode = _mode(directory / path)
    if mode is None or stat.S_ISREG(mode):
        return None
    return "it is a link, which is not followed" if stat.S_ISLNK(mode) else "it is no file"


def _is_plain_file(path: Path) -> bool:
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None
