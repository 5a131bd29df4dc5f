"""A real registry for each test, and places from which the command line is run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.registry.desk import Desk, desk_at
from tests.fakes.artifact_registry import FakeArtifactRegistry
from tests.fakes.artifact_registry import artifact_registry as fake_artifact_registry
from tests.registry.fixtures import (
    any_registry,
    artifact_registry,
    basic_registry,
    registry,
    registry_authority,
    registry_certificate,
    start_registry,
    tls_registry,
    token_registry,
)
from tests.registry.running import ACCESS_TOKEN, RunningRegistry

__all__ = [
    "any_registry",
    "artifact_registry",
    "basic_registry",
    "registry",
    "registry_authority",
    "registry_certificate",
    "start_registry",
    "tls_registry",
    "token_registry",
]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH, before the system's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def desk(registry: RunningRegistry, tmp_path: Path) -> Desk:
    return desk_at(registry, tmp_path)


@pytest.fixture
def google(artifact_registry: RunningRegistry, tmp_path: Path) -> Desk:
    """Artifact Registry's name and challenge, and a login of Google's alone."""
    made = desk_at(artifact_registry, tmp_path)
    made.environment = {"DOCKER_CONFIG": str(tmp_path / "none"), "GOOGLE_OAUTH_ACCESS_TOKEN": ACCESS_TOKEN}
    return made


@pytest.fixture
def repositories() -> Iterator[FakeArtifactRegistry]:
    with fake_artifact_registry() as running:
        yield running
