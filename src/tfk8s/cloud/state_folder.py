"""The folder where providers remember what they began."""

from __future__ import annotations

from pathlib import Path

from tfk8s.errors import PreconditionError


def make_folder(folder: Path) -> None:
    """Make a folder of the state, before anything is made that would have to be remembered there.

    Raises:
        PreconditionError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(path: Path, error: OSError) -> PreconditionError:
    """Say that nothing can be remembered."""
    return PreconditionError(
        f"what is begun cannot be remembered in {path}: {error.strerror or type(error).__name__}",
        hint="see to its permissions and to room on the disk, or set XDG_STATE_HOME to another folder",
    )
