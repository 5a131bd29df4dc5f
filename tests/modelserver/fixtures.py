"""Session fixtures for tests that need models made by TensorFlow or a running model server.

A folder's conftest imports what it needs: `from tests.modelserver.fixtures import model_server_paths, made_models`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.modelserver import venv
from tests.modelserver.__main__ import make_models
from tests.modelserver.paths import Paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def model_server_paths() -> Paths:
    """Where the TensorFlow environment and the double are; built if they are not there yet."""
    paths = Paths.from_environment()
    venv.ensure(paths)
    return paths


@pytest.fixture(scope="session")
def made_models(model_server_paths: Paths) -> Path:
    """The directory of the small test models, `<name>/<version>`; made if they are not there yet."""
    return make_models(model_server_paths, model_server_paths.models)
