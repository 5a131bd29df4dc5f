"""Reads what a Git repository holds, through the git program. Nothing is written."""

from __future__ import annotations

from tfk8s.git.repository import GitRepository

__all__ = ["GitRepository"]
