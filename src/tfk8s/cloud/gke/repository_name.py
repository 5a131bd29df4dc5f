"""Names of Artifact Registry: what an image reference says, and what the API calls the same repository."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tfk8s.errors import InputError

_HOST_ENDING = "-docker.pkg.dev"
_LOCATION = re.compile(r"[a-z]+(?:-[a-z0-9]+)*\Z")
_FORM = "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryName:
    """A repository for images.

    Attributes:
        project: its id; of a domain as `example.com:project`, which image references write `example.com/project`.
        location: region or multi-region (`us`, `europe`, `asia`).
    """

    project: str
    location: str
    repository: str

    def __str__(self) -> str:
        """As messages name it."""
        return f"repository {self.repository} in {self.location} (project {self.project})"

    @property
    def parent(self) -> str:
        """Resource name of the location."""
        return f"projects/{self.project}/locations/{self.location}"

    @property
    def path(self) -> str:
        """Resource name of the repository."""
        return f"{self.parent}/repositories/{self.repository}"


def is_artifact_registry(image: str) -> bool:
    """Whether the image repository lies in Artifact Registry, under a name of its own (not gcr.io)."""
    return image.partition("/")[0].endswith(_HOST_ENDING)


def repository_name(image: str) -> RepositoryName:
    """Read `LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME`, where NAME may have several parts.

    Source: https://cloud.google.com/artifact-registry/docs/docker/names.

    Raises:
        InputError: the host is another one, or a part is missing.
    """
    host, *parts = image.split("/")
    location = host.removesuffix(_HOST_ENDING)
    if not is_artifact_registry(image) or not _LOCATION.match(location):
        raise InputError(f"{image} is not in Artifact Registry", hint=f"its images are named {_FORM}")
    if parts and "." in parts[0]:
        domain, *parts = parts
        parts = [f"{domain}:{parts[0]}", *parts[1:]] if parts else []
    if len(parts) < 3 or not all(parts):
        raise InputError(f"{image} lacks a part of its name", hint=f"Artifact Registry's images are named {_FORM}")
    return RepositoryName(project=parts[0], location=location, repository=parts[1])
