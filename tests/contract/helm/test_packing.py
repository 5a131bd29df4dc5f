"""The chart as an OCI artifact: the same bytes from the same files, and from a registry what was pushed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.charts.desk import HelmDesk
from tests.registry.running import RunningRegistry
from tests.testbed import gitops
from tools import pack_chart

pytestmark = pytest.mark.contract


@pytest.fixture
def pushed(chart: Path, registry: RunningRegistry, tmp_path: Path) -> str:
    """Where the chart lies in a registry."""
    where = f"oci://{registry.host}/charts"
    operator = HelmDesk(line="helm", folder=tmp_path / "maintainer")
    operator.helm("push", chart, where, "--plain-http")
    return f"{where}/tf-serving"


def test_the_same_files_are_packed_to_the_same_bytes_whenever_they_were_changed(chart: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(pack_chart.CHART, tmp_path / "tf-serving")
    for path in copied.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))

    again = pack_chart.pack(copied, destination=tmp_path / "again", helm=gitops.program("helm"))

    assert again.name == chart.name
    assert again.read_bytes() == chart.read_bytes()


def test_a_push_of_the_same_chart_has_the_same_digest(
    pushed: str, chart: Path, registry: RunningRegistry, tmp_path: Path
) -> None:
    tag = chart.name.removesuffix(".tgz").removeprefix("tf-serving-")
    image = f"{registry.host}/charts/tf-serving:{tag}"
    first = registry.crane("digest", image)
    again = pack_chart.pack(destination=tmp_path / "again", helm=gitops.program("helm"))

    HelmDesk(line="helm", folder=tmp_path).helm("push", again, pushed.removesuffix("/tf-serving"), "--plain-http")

    assert registry.crane("digest", image) == first


def test_either_helm_pulls_from_the_registry_what_was_pushed(pushed: str, chart: Path, desk: HelmDesk) -> None:
    desk.helm("pull", pushed, "--plain-http", "--destination", desk.folder)

    assert (desk.folder / chart.name).read_bytes() == chart.read_bytes()
