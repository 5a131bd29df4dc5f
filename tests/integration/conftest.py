"""What several tests on the kind cluster need: the model server's image in its nodes, and the models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.modelserver import image
from tests.modelserver.__main__ import make_models
from tests.modelserver.paths import Paths
from tests.registry.fixtures import (
    artifact_registry,
    registry,
    registry_authority,
    registry_certificate,
    start_registry,
)
from tests.testbed import versions, way
from tests.testbed.fixtures import Cluster
from tests.testbed.images import image_id, load_image
from tests.testbed.process import run
from tests.testbed.versions import TENSORFLOW_SERVING_IMAGE
from tests.testbed.way import Way

__all__ = ["artifact_registry", "registry", "registry_authority", "registry_certificate", "start_registry"]


@pytest.fixture(scope="session")
def server_image(cluster: Cluster) -> str:
    """Name of the model server's image, for `image.base`: the published one, or the double, loaded into the nodes."""
    if way.choose(os.environ)[0] is Way.PUBLIC:
        return TENSORFLOW_SERVING_IMAGE
    archive = image.build(Paths.from_environment())
    wanted = image_id(archive)
    if any(_loaded_id(node) != wanted for node in cluster.nodes):
        load_image(archive)
    return versions.DOUBLE_IMAGE


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of the small models; see tests/modelserver/making."""
    paths = Paths.from_environment()
    return make_models(paths, paths.models)


def _loaded_id(node: str) -> str:
    listed = run(["docker", "exec", node, "crictl", "images", "--output=json"], timeout_s=60)
    images = json.loads(listed)["images"]
    return next((str(entry["id"]) for entry in images if versions.DOUBLE_IMAGE in entry["repoTags"]), "")
