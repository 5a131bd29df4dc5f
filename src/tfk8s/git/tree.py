"""The files of a commit: names and contents as git's plumbing writes them, whatever the names are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import PreconditionError
from tfk8s.git.program import Answer, run_git

_LINK = "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a commit: its path from the top of the repository, and the name of its content."""

    path: str
    content: str
    is_link: bool


def entries(root: Path, commit: str, *, path: str) -> tuple[Entry, ...]:
    """What a commit holds at or below a path ("" for everything); submodules are left out.

    Raises:
        PreconditionError: git could not read it.
    """
    below = ("--", path) if path else ()
    answer = run_git("ls-tree", "-r", "-z", "--full-tree", commit, *below, folder=root)
    if answer.code:
        raise failed(f"cannot list the files of {commit[:12]}", answer)
    return tuple(_parsed(answer.stdout))


def _parsed(listing: bytes) -> Iterator[Entry]:
    for line in listing.split(b"\0"):
        if not line:
            continue
        about, _, name = line.partition(b"\t")
        mode, kind, content = about.decode("ascii").split()
        if kind == "blob":
            yield Entry(path=os.fsdecode(name), content=content, is_link=mode == _LINK)


def contents(root: Path, names: Sequence[str]) -> tuple[bytes, ...]:
    """The contents of these names, in their order, with one run of git.

    Raises:
        PreconditionError: one is missing, as in a partial clone.
    """
    if not names:
        return ()
    answer = run_git("cat-file", "--batch", folder=root, stdin="".join(f"{name}\n" for name in names).encode())
    if answer.code:
        raise failed("cannot read files of the repository", answer)
    return tuple(_split(answer.stdout, names))


def _split(stream: bytes, names: Sequence[str]) -> Iterator[bytes]:
    at = 0
    for name in names:
        end = stream.index(b"\n", at)
        header = stream[at:end].split()
        if len(header) != 3:
            raise PreconditionError(
                f"the content {name[:12]} is missing in the repository",
                hint="fetch everything: git fetch --refetch --no-filter",
            )
        size = int(header[2])
        yield stream[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def failed(what: str, answer: Answer) -> PreconditionError:
    """The error for a git that refused, in its own words."""
    return PreconditionError(
        f"{what}: git exited with {answer.code}", hint="`git fsck` looks for damage", details=answer.words
    )
