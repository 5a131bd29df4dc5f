from __future__ import annotations

import pytest

from tfk8s.names.registry import closed_registry


@pytest.mark.parametrize(
    ("image", "place"),
    [
        ("gcr.io/my-project/resnet:1", "LOCATION-docker.pkg.dev/my-project/REPOSITORY/resnet"),
        ("eu.gcr.io/my-project/team/resnet@sha256:abc", "LOCATION-docker.pkg.dev/my-project/REPOSITORY/team/resnet"),
        ("us.gcr.io/my-project/resnet", "LOCATION-docker.pkg.dev/my-project/REPOSITORY/resnet"),
        ("gcr.io/my-project", "LOCATION-docker.pkg.dev/my-project/REPOSITORY/NAME"),
    ],
)
def test_a_name_at_container_registry_is_explained_with_its_place_in_artifact_registry(image: str, place: str) -> None:
    closed = closed_registry(image)

    assert closed is not None
    assert "closed for writes since 2025-03-18" in closed.message
    assert "only where Artifact Registry hosts the repository" in closed.message
    assert place in closed.hint


@pytest.mark.parametrize("image", ["us-docker.pkg.dev/p/r/x", "notgcr.io/p/x", "gcr.io.example.com/p/x", "resnet"])
def test_another_registry_is_not_closed(image: str) -> None:
    assert closed_registry(image) is None
