"""Runs the git program: bounded in time, read-only, and untouched by what a hook or a shell has set."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import PreconditionError

_LOG = logging.getLogger(__name__)
_TIMEOUT_S = 60.0
_SHOWN_LINES = 8

_ALWAYS = ("--no-pager", "--literal-pathspecs")
_CONFIGURATION = (
    "core.fsmonitor=false",  # a program that the repository's own configuration may name
    "log.showSignature=false",
    "i18n.logOutputEncoding=UTF-8",
)
_PLACES = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"}
    | {"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE"}
)
"""Set by git for its hooks, and meant from another folder than ours: the path decides which repository is read."""

_SETTINGS = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # `status` would write what it found out into the index
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would fetch what is missing
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git said; `code` 0 means that it did what was asked."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def words(self) -> tuple[str, ...]:
        """Its complaint, a line each."""
        return tuple(line for line in self.stderr.splitlines() if line.strip())[-_SHOWN_LINES:]


def run_git(*arguments: str, folder: Path, stdin: bytes = b"") -> Answer:
    """Run git in a folder and return whatever the exit code is.

    Raises:
        PreconditionError: there is no git, no such folder, or no answer in time.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _PLACES} | _SETTINGS
    settings = [word for setting in _CONFIGURATION for word in ("-c", setting)]
    started = time.monotonic()
    try:
        done = subprocess.run(
            ("git", *_ALWAYS, *settings, *arguments),
            cwd=folder,
            input=stdin,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env=environment,
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise PreconditionError(f"there is no folder {folder}", hint="name a folder of a Git repository") from error
        raise PreconditionError(
            "the program git is not on the PATH", hint="install git (https://git-scm.com); revisions are read with it"
        ) from error
    except OSError as error:
        raise PreconditionError(
            f"git cannot be run in {folder}: {error.strerror}", hint="look at its rights"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise PreconditionError(
            f"`git {arguments[0]}` did not end within {_TIMEOUT_S:.0f} s", hint="is the disk of the repository slow?"
        ) from error
    _LOG.debug("git %s -> %d in %.2f s", " ".join(arguments[:3]), done.returncode, time.monotonic() - started)
    return Answer(code=done.returncode, stdout=done.stdout, stderr=done.stderr.decode(errors="replace"))
