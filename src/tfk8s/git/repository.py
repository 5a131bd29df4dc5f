"""A repository with a working copy, read through the git program's plumbing."""

from __future__ import annotations

import difflib
import os
import posixpath
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tfk8s.errors import InputError, PreconditionError
from tfk8s.git.program import Answer, run_git
from tfk8s.git.tree import contents, entries, failed
from tfk8s.ports.repository import Commit

_MOST_LINKS = 8


class GitRepository:
    """Implements `tfk8s.ports.repository.Repository`."""

    def __init__(self, root: Path) -> None:
        """Use the working copy whose top folder is `root`; see `find`."""
        self._root = root

    @classmethod
    def find(cls, path: Path) -> GitRepository:
        """The repository that a file or folder is in; the path itself need not exist.

        Raises:
            PreconditionError: no git, no repository, one of somebody else, or one without a working copy.
        """
        folder = _existing(path)
        answer = run_git("rev-parse", "--show-toplevel", folder=folder)
        if not answer.code:
            return cls(_top(answer))
        bare = run_git("rev-parse", "--is-bare-repository", folder=folder)
        if bare.stdout.strip() == b"true":
            raise PreconditionError(
                f"{folder} is a bare repository, without a working copy", hint="git clone it, and work in the clone"
            )
        trusting = run_git("-c", "safe.directory=*", "rev-parse", "--show-toplevel", folder=folder)
        if not trusting.code:
            owned = _top(trusting)
            raise PreconditionError(
                f"git does not read the repository {owned}: it belongs to another user",
                hint=f"if you trust it: git config --global --add safe.directory {owned}",
                details=answer.words,
            )
        raise PreconditionError(
            f"{folder} is not in a Git repository", hint="run this in a clone", details=answer.words
        )

    @property
    def root(self) -> Path:
        """The top folder of the working copy."""
        return self._root

    def resolve(self, revision: str) -> str:
        """The full name of the commit that a revision means."""
        if not revision.startswith("-") and "\0" not in revision and revision.strip():
            answer = run_git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", folder=self._root)
            if not answer.code:
                return answer.stdout.decode("ascii").strip()
        raise InputError(f"no revision {revision!r} in the repository {self._root}", hint=self._hint(revision))

    def files(self, revision: str, *, below: Path, suffixes: tuple[str, ...] = ()) -> Mapping[str, bytes]:
        """Every file below a folder at a revision."""
        inside = self._inside(below)
        found = [
            entry
            for entry in entries(self._root, self.resolve(revision), path=inside)
            if not entry.is_link and entry.path != inside and (not suffixes or entry.path.endswith(suffixes))
        ]
        texts = contents(self._root, [entry.content for entry in found])
        return {posixpath.relpath(entry.path, inside or "."): text for entry, text in zip(found, texts, strict=True)}

    def text(self, revision: str, path: Path) -> bytes | None:
        """The content of one file at a revision."""
        commit, inside = self.resolve(revision), self._inside(path)
        for _ in range(_MOST_LINKS):
            found = next((item for item in entries(self._root, commit, path=inside) if item.path == inside), None)
            if found is None:
                return None
            (content,) = contents(self._root, [found.content])
            if not found.is_link:
                return content
            inside = posixpath.normpath(posixpath.join(posixpath.dirname(inside), os.fsdecode(content)))
        return None

    def is_clean(self, path: Path) -> bool:
        """Whether the file or folder is as committed."""
        arguments = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--", self._inside(path) or ".")
        answer = run_git(*arguments, folder=self._root)
        if answer.code:
            raise failed(f"cannot compare {path} with what is committed", answer)
        return not answer.stdout

    def log(self, path: Path, *, limit: int) -> tuple[Commit, ...]:
        """The last commits that changed the file or folder."""
        if run_git("rev-parse", "--verify", "--quiet", "HEAD", folder=self._root).code:
            return ()
        form = ("log", "-z", "--format=%H%n%cI%n%an%n%s", f"--max-count={limit}")
        answer = run_git(*form, "--", self._inside(path) or ".", folder=self._root)
        if answer.code:
            raise failed(f"cannot read the history of {path}", answer)
        lines = answer.stdout.decode(errors="replace").split("\0")
        return tuple(_commit(line) for line in lines if line)

    def _inside(self, path: Path) -> str:
        """The path from the top of the repository, "" for the top itself; a last symbolic link is not followed."""
        whole, root = os.path.abspath(path), os.path.realpath(self._root)  # noqa: PTH100 - `resolve` follows every link
        for candidate in (Path(os.path.realpath(Path(whole).parent), Path(whole).name), Path(os.path.realpath(whole))):
            if candidate.is_relative_to(root):
                inside = candidate.relative_to(root).as_posix()
                return "" if inside == "." else inside
        raise InputError(f"{path} is not in the repository {self._root}", hint="name a path of that repository")

    def _hint(self, revision: str) -> str:
        listed = run_git("for-each-ref", "--format=%(refname:short)", folder=self._root).stdout
        known = listed.decode(errors="replace").split("\n")
        near = difflib.get_close_matches(revision, [name for name in known if name], n=1)
        if near:
            return f"did you mean {near[0]}?"
        if run_git("rev-parse", "--is-shallow-repository", folder=self._root).stdout.strip() == b"true":
            return "the clone is shallow: git fetch --unshallow (GitHub Actions: fetch-depth: 0 at the checkout)"
        return "git branch --all and git tag list those there are; git fetch brings those of the remote"


def _existing(path: Path) -> Path:
    """The nearest folder of the path that exists."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - a path that does not exist is looked for by its name
    return next(folder for folder in (whole, *whole.parents) if folder.is_dir())


def _top(answer: Answer) -> Path:
    return Path(os.fsdecode(answer.stdout.removesuffix(b"\n")))


def _commit(text: str) -> Commit:
    revision, time, author, subject = text.split("\n", 3)
    return Commit(
        revision=revision, author=author, time=datetime.fromisoformat(time.replace("Z", "+00:00")), subject=subject
    )
