"""`tfk8s doctor` on the real cluster: silent about a service that is well, and right about one that is not."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(checks={"ignore": [{"code": "server-older", "reason": "the double runs what wrote the model"}]})
        made.up()
        yield made


def _codes(half: Service) -> list[str]:
    value = json.loads(half.run("doctor", "-o", "json").stdout)
    return [finding["code"] for finding in value["findings"]]


def test_a_service_that_is_well_has_no_finding_and_one_that_is_not_has_its_cause(half: Service) -> None:
    well = half.run("doctor")

    assert (well.returncode, well.stdout.strip()) == (
        0,
        f"half in {half.namespace}: 1 of 1 pods ready; nothing is wrong",
    ), well.stderr

    patch = '{"spec":{"selector":{"app":"half"}}}'
    half.cluster.kubectl("patch", "service", "half", "--namespace", half.namespace, "--patch", patch)
    wait_until(lambda: "service-selector" in _codes(half), timeout_s=PATIENCE_S, what="the finding")
    bundle = half.folder / "half.tar.gz"
    broken = half.run("doctor", "--bundle", str(bundle))

    assert broken.returncode == 6, broken.stderr
    assert "error: Service/half: it selects none of the pods" in broken.stdout
    assert "Traceback" not in broken.stderr
    with tarfile.open(bundle) as archive:
        names = [entry.name.rpartition("/")[2] for entry in archive.getmembers()]
    assert names == ["doctor.txt", "evidence.yaml", "findings.json", "manifest.json"]
