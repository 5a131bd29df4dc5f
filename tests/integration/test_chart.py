"""The chart as an operator uses it: fetched from a registry, installed by helm, asked, upgraded, rolled back, gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.charts.desk import HelmDesk
from tests.charts.packed import packed_chart
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.registry.running import RunningRegistry
from tests.testbed import versions
from tests.testbed.fixtures import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    """A model in two versions; its image is made by tfk8s, everything else by helm."""
    with service(tmp_path / "half", cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2]})
        yield made


@pytest.fixture
def chart(registry: RunningRegistry, tmp_path: Path) -> str:
    """Where a maintainer pushed the packed chart."""
    where = f"oci://{registry.host}/charts"
    maintainer = HelmDesk(line="helm", folder=tmp_path / "maintainer")
    maintainer.helm("push", packed_chart(tmp_path), where, "--plain-http")
    return f"{where}/tf-serving"


def loaded_image(half: Service) -> dict[str, str]:
    """The image with the model, in the nodes; as values."""
    done = half.run("image build", "--load", f"kind:{versions.CLUSTER_NAME}", "-o", "json")
    assert done.returncode == 0, done.stderr
    repository, _, tag = str(json.loads(done.stdout)["image"]).rpartition(":")
    return {"repository": repository, "tag": tag}


def values(image: dict[str, str], *, version: int, answer: float) -> dict[str, Any]:
    """Values that serve one version, and the answer that `helm test` wants of it."""
    return {
        "model": {"name": MODEL, "source": f"./{MODEL}", "versions": [version]},
        "image": image,
        "resources": {"cpu": "200m", "memory": "1Gi"},
        "serving": {"requestTimeoutSeconds": 5},
        "lifecycle": {"drainSeconds": 5},
        "test": {"body": '{"instances": [2.0]}', "expect": f"[{answer}]"},
    }


def test_a_chart_from_a_registry_is_installed_asked_upgraded_rolled_back_and_leaves_nothing(
    half: Service, chart: str, cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    desk = HelmDesk(line="helm", folder=tmp_path / "operator", cluster=cluster, namespace=namespace)
    image = loaded_image(half)
    wait = ("--plain-http", "--wait", "--timeout=240s")

    desk.install(chart, *wait, "--values", desk.values(values(image, version=1, answer=3.0)))
    desk.test()
    uids = desk.uids()

    desk.upgrade(chart, *wait, "--values", desk.values(values(image, version=2, answer=4.0)))
    desk.test()

    desk.rollback(1, "--wait", "--timeout=240s")
    desk.test()

    assert desk.uids() == uids
    desk.uninstall()
    desk.kubectl("wait", "pod", "--all", "--for=delete", f"--timeout={PATIENCE_S:.0f}s", timeout_s=PATIENCE_S + 10)
    assert desk.objects() == {}
