"""The model server's image in a registry of the tests, for images of models to be put on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.modelserver import image
from tests.modelserver.paths import Paths
from tests.registry.images import oci_layout
from tests.testbed import registry, versions, way
from tests.testbed.way import Way

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.running import RunningRegistry


def push_model_server(target: RunningRegistry, folder: Path) -> str:
    """Push the image that the nodes hold as `server_image`, with the same layers: none of them is pulled again.

    Returns:
        Its name in the registry.
    """
    name, layout = target.image("serving", versions.TENSORFLOW_SERVING), folder / "serving"
    if way.choose(os.environ)[0] is Way.PUBLIC:
        published = versions.TENSORFLOW_SERVING_IMAGE
        registry.crane("pull", "--format=oci", "--platform=linux/amd64", published, layout, timeout_s=280)
    else:
        oci_layout(image.build(Paths.from_environment()), layout)
    target.crane("push", layout, name)
    target.traffic.forget()
    return name
