"""A registry in memory with a base image, and a model image to push."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.registry import RegistryInMemory
from tests.unit.image.pushing import Pushing, model, put_base
from tfk8s.ports import ModelImage


@pytest.fixture
def registry() -> RegistryInMemory:
    registry = RegistryInMemory()
    put_base(registry)
    return registry


@pytest.fixture
def pushing(registry: RegistryInMemory) -> Pushing:
    return Pushing(registry)


@pytest.fixture
def image(pushing: Pushing, tmp_path: Path) -> ModelImage:
    return pushing.built(model(tmp_path))
