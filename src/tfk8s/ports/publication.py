"""Where the versions of a model are kept: whole versions come into a store and go, whatever is killed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tfk8s.ports.events import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFile:
    """One file of a version.

    Attributes:
        name: relative to the version's directory, `/` between its parts.
        path: where it is on this computer.
        size_bytes: its length.
        sha256: of its content, 64 hexadecimal digits.
    """

    name: str
    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalVersion:
    """A version on this computer, with the checksum of every file.

    Attributes:
        directory: holds the files.
        number: under which it is to be published.
        digest: `tfk8s.model.content_digest` of the files.
        files: in the order in which a store takes them: the graph last, since a server loads no directory without it.
    """

    directory: Path
    number: int
    digest: str
    files: tuple[VersionFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A version whose files are in the store, compared, and that no server sees yet.

    Attributes:
        version: what was staged.
        base_path: a directory, as the server's pods see it, that holds the version under its number: a trial can load
            it from there. None where the store has no such place.
        sent_bytes: of files, sent by this run.
        kept_bytes: of files that an earlier run had brought already.
        is_published: the store holds the version already; `publish` has nothing to do.
    """

    version: LocalVersion
    base_path: str | None = None
    sent_bytes: int = 0
    kept_bytes: int = 0
    is_published: bool = False


class VersionStore(Protocol):
    """The versions of one model: a directory of this computer, a volume of the cluster, or a bucket.

    A store holds a version whole or not at all, as far as anybody can see who lists it as the server does. What a
    killed run left is taken up by the next one that stages the same content, and removed by `abandon`.

    Every method raises PreconditionError for a place that is missing, full, or cannot be reached or written, with the
    remedy in its hint.
    """

    @property
    def place(self) -> str:
        """As messages call it."""
        ...

    @property
    def needs_pin(self) -> bool:
        """Whether a version becomes visible bit by bit while it is published.

        A server that follows `latest` or `all` would try a half-written version then; such a version must not be in
        the server's list before `publish` is over.
        """
        ...

    def versions(self) -> tuple[int, ...]:
        """The numbers of the published versions, ascending; whole ones only."""
        ...

    def digests(self, numbers: Sequence[int]) -> Mapping[int, str | None]:
        """`tfk8s.model.content_digest` of published versions; None where the store cannot tell."""
        ...

    def stage(self, version: LocalVersion, *, reporter: Reporter) -> Staged:
        """Bring the files into the store, only those that are missing, and compare the checksum of each.

        Raises:
            InputError: a file changed since it was read, or the number is taken by another content.
        """
        ...

    def publish(self, staged: Staged) -> None:
        """Make a staged version one that servers see; nothing when it is published already.

        Raises:
            InputError: somebody else published another content under the number meanwhile.
        """
        ...

    def remove(self, number: int) -> None:
        """Take a version away, the graph first; nothing when it is not there."""
        ...

    def abandon(self) -> None:
        """Remove whatever was staged and not published."""
        ...
