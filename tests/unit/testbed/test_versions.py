from __future__ import annotations

import pytest

from tests.testbed import versions
from tests.testbed.layout import METRICS_SERVER_MANIFEST


@pytest.mark.parametrize(("release", "expected"), [("1.34.4", "0.34.4"), ("1.37.2", "0.37.2")])
def test_libraries_of_a_release_have_its_number_with_major_zero(release: str, expected: str) -> None:
    assert versions.staging_version(release) == expected


@pytest.mark.parametrize("release", ["2.0.0", "1", "v1.34.4", ""])
def test_anything_but_a_release_of_kubernetes_1_is_refused(release: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes"):
        versions.staging_version(release)


def test_the_metrics_server_manifest_names_the_pinned_image() -> None:
    assert f"image: {versions.METRICS_SERVER_IMAGE}\n" in METRICS_SERVER_MANIFEST.read_text()


def test_both_ways_run_nodes_of_the_same_minor_release() -> None:
    public = versions.PUBLIC_NODE_IMAGE.rpartition(":v")[2]

    assert versions.minor_of(public) == versions.minor_of(versions.KUBERNETES_NODE)
