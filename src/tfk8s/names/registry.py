"""What the host of an image's name says about its registry."""

from __future__ import annotations

from typing import NamedTuple


class ClosedRegistry(NamedTuple):
    """Why images are not pushed there any more, and what to do instead; lower case, no full stop."""

    message: str
    hint: str


def closed_registry(image: str) -> ClosedRegistry | None:
    """Whether an image is named at Google's Container Registry, which takes no images of its own any more.

    It is closed for writes since 2025-03-18; its names go on working where Artifact Registry hosts them
    (https://cloud.google.com/artifact-registry/docs/transition/prepare-gcr-shutdown).
    """
    host, _, path = image.partition("/")
    if host != "gcr.io" and not host.endswith(".gcr.io"):
        return None
    project, _, name = path.partition("@")[0].partition("/")
    plain = name.partition(":")[0] or "NAME"
    return ClosedRegistry(
        message=f"{image} is at {host}, which is closed for writes since 2025-03-18: "
        f"it works only where Artifact Registry hosts the repository {host} of the project {project}",
        hint=f"name the image LOCATION-docker.pkg.dev/{project}/REPOSITORY/{plain}",
    )
