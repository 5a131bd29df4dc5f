"""Repositories made by the real git, without anything of this computer's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.git.clone import Clone


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """An empty repository."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Clone(root=tmp_path / "a clone")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made
