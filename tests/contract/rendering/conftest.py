"""The model server and the models of the tests."""

from __future__ import annotations

from tests.modelserver.fixtures import made_models, model_server_paths

__all__ = ["made_models", "model_server_paths"]
