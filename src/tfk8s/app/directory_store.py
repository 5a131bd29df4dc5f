"""The versions of a model in a directory of this computer: whole ones only, whatever is killed while they come or go.

Files are written under a name that the server and every command of ours ignore, flushed, compared, and the directory
is renamed: https://man7.org/linux/man-pages/man2/rename.2.html says that nobody sees anything in between.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tfk8s.errors import PreconditionError
from tfk8s.model import ModelVersion, content_digest
from tfk8s.model.digest import file_digest
from tfk8s.model.layout import survey
from tfk8s.ports import Progress, Reporter
from tfk8s.ports.publication import LocalVersion, Staged, VersionFile
from tfk8s.ports.publication_names import GONE, GRAPH_FILES, INCOMING, changed, incoming_name, taken

_CHUNK_BYTES = 1 << 20


class DirectoryStore:
    """Implements `tfk8s.ports.publication.VersionStore`."""

    def __init__(self, directory: Path, *, place: str) -> None:
        """Nothing is read yet; `place` is what messages call it."""
        self._directory, self._place = directory, place

    @property
    def place(self) -> str:
        """See VersionStore."""
        return self._place

    @property
    def needs_pin(self) -> bool:
        """A rename shows a version at once."""
        return False

    def versions(self) -> tuple[int, ...]:
        """See VersionStore."""
        return tuple(survey(self._directory).versions)

    def digests(self, numbers: Sequence[int]) -> Mapping[int, str | None]:
        """See VersionStore; reads every byte."""
        names = survey(self._directory).versions
        return {number: self._digest(names[number]) for number in numbers if number in names}

    def stage(self, version: LocalVersion, *, reporter: Reporter) -> Staged:
        """See VersionStore."""
        names = survey(self._directory).versions
        if version.number in names:
            self._check_same(version, name=names[version.number])
            return Staged(version=version, kept_bytes=version.size_bytes, is_published=True)
        staging = self._directory / incoming_name(version)
        inside = staging / str(version.number)
        with self._writing():
            self._check_room(version, inside=inside)
            inside.mkdir(parents=True, exist_ok=True)
            _remove_others(inside, version=version)
            sent = 0
            for file in version.files:
                sent += _copied(file, into=inside, version=version)
                reporter.emit(
                    Progress(what=f"version {version.number}", done=sent, total=version.size_bytes, unit="bytes")
                )
            for path in [staging, *(path for path in inside.rglob("*") if path.is_dir()), inside]:
                _flush(path)
        return Staged(version=version, base_path=str(staging), sent_bytes=sent, kept_bytes=version.size_bytes - sent)

    def publish(self, staged: Staged) -> None:
        """See VersionStore."""
        version = staged.version
        staging = self._directory / incoming_name(version)
        names = survey(self._directory).versions
        if version.number in names:
            self._check_same(version, name=names[version.number])
        else:
            with self._writing():
                (staging / str(version.number)).rename(self._directory / str(version.number))
                _flush(self._directory)
        with self._writing():
            _clear(staging)

    def remove(self, number: int) -> None:
        """See VersionStore; from the rename on it is no version any more."""
        name = survey(self._directory).versions.get(number)
        gone = self._directory / f"{GONE}{number}"
        with self._writing():
            _clear(gone)
            if name is not None:
                (self._directory / name).rename(gone)
            _clear(gone)

    def abandon(self) -> None:
        """See VersionStore."""
        with self._writing():
            for path in self._directory.glob(".tfk8s-*"):
                if path.name.startswith((INCOMING, GONE)):
                    _clear(path)

    def _digest(self, name: str) -> str:
        return content_digest(ModelVersion(number=0, directory=name, path=self._directory / name, size_bytes=0))

    def _check_same(self, version: LocalVersion, *, name: str) -> None:
        if self._digest(name) != version.digest:
            raise taken(version.number, place=self._place)

    def _check_room(self, version: LocalVersion, *, inside: Path) -> None:
        there = next(path for path in (self._directory, *self._directory.absolute().parents) if path.exists())
        missing = sum(file.size_bytes for file in version.files if not _is_whole(inside / file.name, file=file))
        free = shutil.disk_usage(there).free
        if missing > free:
            raise PreconditionError(
                f"version {version.number} does not fit into {self._place}: {missing:,} bytes are missing, "
                f"{free:,} are free",
                hint="make room on the disk, or remove old versions with --keep",
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise PreconditionError(
                f"cannot write {self._place}: {error.strerror or type(error).__name__}",
                hint="make room, and run the command again: it goes on where this run ended"
                if full
                else f"look at the rights of {self._directory}",
            ) from error


def _is_whole(path: Path, *, file: VersionFile) -> bool:
    try:
        return path.stat().st_size == file.size_bytes and file_digest(path).hex() == file.sha256
    except OSError:
        return False


def _copied(file: VersionFile, *, into: Path, version: LocalVersion) -> int:
    """Copy a file that is not there whole; returns the bytes that were written."""
    target = into / file.name
    if _is_whole(target, file=file):
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.path.open("rb") as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, _CHUNK_BYTES)
        sink.flush()
        os.fsync(sink.fileno())
    if not _is_whole(target, file=file):
        target.unlink()
        raise changed(file, version=version)
    return file.size_bytes


def _remove_others(inside: Path, *, version: LocalVersion) -> None:
    wanted = {inside / file.name for file in version.files}
    for path in inside.rglob("*"):
        if not path.is_dir() and path not in wanted:
            path.unlink()


def _flush(directory: Path) -> None:
    """A rename outlives a power cut only when the directory itself was written."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(path: Path) -> None:
    """Remove a directory; of a version the graph first, so that what a kill leaves is none."""
    if not path.exists():
        return
    for graph in GRAPH_FILES:
        (path / graph).unlink(missing_ok=True)
    shutil.rmtree(path)
