"""The same repositories as those of the git adapter's tests."""

from __future__ import annotations

from tests.contract.git.conftest import clone

__all__ = ["clone"]
