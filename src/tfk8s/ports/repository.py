"""What a Git repository held at a revision; nothing is ever written through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit: its full name, who made it and when, and the first line of its message."""

    revision: str
    author: str
    time: datetime
    subject: str


class Repository(Protocol):
    """A repository with a working copy. Paths are those of the computer, absolute or from the current folder.

    Every method raises PreconditionError when git fails for a reason of its own, and InputError for a path outside of
    the working copy.
    """

    @property
    def root(self) -> Path:
        """The top folder of the working copy."""
        ...

    def resolve(self, revision: str) -> str:
        """The full name of the commit that a revision means, such as `main`, `v1.2`, `HEAD~1` or a short name.

        Raises:
            InputError: there is no such commit here; the hint names the nearest, or says that the clone is shallow.
        """
        ...

    def files(self, revision: str, *, below: Path, suffixes: tuple[str, ...] = ()) -> Mapping[str, bytes]:
        """Every file below a folder at a revision, by its path from that folder; {} when there was no such folder.

        Args:
            revision: as `resolve` takes it.
            below: the folder, which need not exist any more.
            suffixes: ends of the names to read, such as `.yaml`; () for every file. Symbolic links are left out.
        """
        ...

    def text(self, revision: str, path: Path) -> bytes | None:
        """The content of one file at a revision, through symbolic links; None when there was no such file."""
        ...

    def is_clean(self, path: Path) -> bool:
        """Whether the file or folder is as committed; a file that git does not know and does not ignore is not."""
        ...

    def log(self, path: Path, *, limit: int) -> tuple[Commit, ...]:
        """The last commits that changed the file or folder, newest first; () before the first commit."""
        ...
