"""The versions of a model in a directory of this computer: whole ones only, whatever is killed while they come or go.

A version is copied under a name that the server and every command of ours ignore, compared, and renamed; it is removed
the same way round. What a killed run left under such a name is cleared away by the next one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tfk8s.app.local_digests import LocalDigests
from tfk8s.app.versions_source import GivenVersion
from tfk8s.errors import InputError
from tfk8s.model import ModelVersion, content_digest, read_model
from tfk8s.model.layout import survey


class VersionDirectory:
    """Implements `versions_request.VersionKeeper`."""

    def __init__(self, directory: Path, *, place: str) -> None:
        """Nothing is read yet; `place` is what messages call it."""
        self._directory = directory
        self._place = place

    @property
    def place(self) -> str:
        """See VersionKeeper."""
        return self._place

    def numbers(self) -> tuple[int, ...]:
        """See VersionKeeper."""
        return tuple(survey(self._directory).versions)

    def digests(self) -> Mapping[int, str | None]:
        """See VersionKeeper."""
        return LocalDigests(read_model(self._directory))

    def publish(self, given: GivenVersion) -> None:
        """See VersionKeeper.

        Raises:
            InputError: it cannot be written, or the files changed while they were copied.
        """
        target, partial = self._directory / str(given.number), self._hidden(given.number, "partial")
        if given.number in self.numbers():
            return
        with self._writing():
            self._directory.mkdir(parents=True, exist_ok=True)
            _clear(partial)
            shutil.copytree(given.path, partial)
        copied = ModelVersion(number=given.number, directory=partial.name, path=partial, size_bytes=0)
        if content_digest(copied) != given.digest:
            _clear(partial)
            raise InputError(
                f"{given.path} changed while it was copied", hint="wait until it is written, and run the command again"
            )
        with self._writing():
            partial.rename(target)

    def remove(self, number: int) -> None:
        """See VersionKeeper.

        Raises:
            InputError: it cannot be removed.
        """
        gone = self._hidden(number, "gone")
        name = survey(self._directory).versions.get(number)
        with self._writing():
            _clear(gone)
            if name is not None:
                (self._directory / name).rename(gone)
            _clear(gone)

    def _hidden(self, number: int, what: str) -> Path:
        return self._directory / f".{number}.{what}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"cannot write {self._directory}: {error.strerror or error}", hint="check its rights and its room"
            ) from error


def _clear(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
