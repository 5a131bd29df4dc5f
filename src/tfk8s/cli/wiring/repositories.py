"""Wires Git repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.ports.repository import Repository


def repository_of(path: Path) -> Repository:
    """The repository that a file or folder lies in.

    Raises:
        PreconditionError: no git, or no repository.
    """
    from tfk8s.git import GitRepository

    return GitRepository.find(path)
