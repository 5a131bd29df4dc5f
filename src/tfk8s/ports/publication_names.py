"""What every place that keeps versions agrees on: the order of a version's files, hidden names, and two refusals.

The server takes each directory below a model's base path whose name is an integer for a version, and ignores all
others. So what is unfinished lies under a name that is none.
"""

from __future__ import annotations

from tfk8s.errors import InputError
from tfk8s.model import shown
from tfk8s.model.version import GRAPH_FILE, OTHER_GRAPH_FILES
from tfk8s.ports.publication import LocalVersion, VersionFile

INCOMING = ".tfk8s-incoming-"
"""A directory beside the versions that holds one which is not published yet, under its number."""

GONE = ".tfk8s-gone-"
"""A version that is being removed."""

GRAPH_FILES = (*OTHER_GRAPH_FILES, GRAPH_FILE)
"""The files of which a server needs one to load a version; the first that it looks for comes last."""

_FINGERPRINT = "fingerprint.pb"
_DIGEST_DIGITS = 12


def publication_order(name: str) -> tuple[int, str]:
    """Sorts the files of a version: the graph last, its fingerprint before it, everything else before both."""
    if name in GRAPH_FILES:
        return 2 + GRAPH_FILES.index(name), name
    return (1 if name == _FINGERPRINT else 0), name


def incoming_name(version: LocalVersion) -> str:
    """The hidden directory of a version: another one for another content, so that nothing of both is ever mixed."""
    return f"{INCOMING}{version.number}-{version.digest.removeprefix('sha256:')[:_DIGEST_DIGITS]}"


def incoming_number(name: str) -> int | None:
    """The version that a hidden directory is for; None for any other directory."""
    number = name.removeprefix(INCOMING).partition("-")[0]
    return int(number) if name.startswith(INCOMING) and number.isdecimal() else None


def changed(file: VersionFile, *, version: LocalVersion) -> InputError:
    """The error for a file that is another one than it was."""
    return InputError(
        f"{shown(version.directory / file.name)} changed while it was copied",
        hint="wait until the version is written, and run the command again",
    )


def taken(number: int, *, place: str) -> InputError:
    """The error for a number that has another content."""
    return InputError(
        f"version {number} is in {place} already, with another content",
        hint="a version is never overwritten: add it under another number, --version",
    )
