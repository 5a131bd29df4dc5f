"""Several services in one `tfk8s diff`: the same answer as one by one, with few requests."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.integration.control_plane.conftest import Desk
from tfk8s.cli.main import root
from tfk8s.cluster.gateway import KubernetesCluster
from tfk8s.manifest import Manifest
from tfk8s.plan import Prediction

pytestmark = pytest.mark.control_plane

SPEC = """\
apiVersion: tfk8s.dev/v1
name: {name}
namespace: {namespace}
model: {{source: "gs://models/resnet", name: m}}
serviceAccount: {{googleServiceAccount: none}}
resources: {{cpu: 100m, memory: 1Gi}}
scaling: {scaling}
expose: {{ports: [rest, grpc]}}
"""
PRICES = """\
apiVersion: prices.tfk8s.dev/v1
currency: USD
date: "2026-01-31"
source: a test
anywhere: {pods: {cpuHour: 1, memoryGibHour: 0}}
"""
SCALINGS = {"fixed": "{replicas: 2}", "scaled": "{min: 2, max: 5, metrics: [{memory: 70}, {cpu: 60}]}"}


def write(desk: Desk, name: str, *, scaling: str) -> Path:
    folder = desk.folder / "services"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(SPEC.format(name=name, namespace=desk.namespace, scaling=scaling))
    return file


def tfk8s(desk: Desk, verb: str, place: Path, *options: str) -> Result:
    arguments = [verb, "-f", str(place), "--kubeconfig", str(desk.testbed.kubeconfig), *options]
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 0, result.output
    return result


def changes(desk: Desk, place: Path) -> list[Any]:
    return list(json.loads(tfk8s(desk, "diff", place, "-o", "json").stdout)["changes"])


@pytest.fixture
def services(desk: Desk) -> list[Path]:
    """Two services, applied."""
    files = [write(desk, name, scaling=scaling) for name, scaling in SCALINGS.items()]
    for file in files:
        tfk8s(desk, "apply", file, "--no-wait")
    return files


def test_what_is_to_the_letter_as_applied_costs_no_question_of_its_own(desk: Desk, services: list[Path]) -> None:
    sent = Counter[str]()
    real = KubernetesCluster.dry_run

    def dry_run(self: KubernetesCluster, manifest: Manifest, **more: Any) -> Prediction:
        sent[manifest.ref.kind] += 1
        return real(self, manifest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KubernetesCluster, "dry_run", dry_run)
        found = changes(desk, services[0].parent)

    assert {change["action"] for change in found} == {"unchanged"}
    assert len(found) >= 15
    assert sent == {}


def test_what_others_did_is_told_as_for_one_service_alone(desk: Desk, services: list[Path]) -> None:
    desk.kubectl("scale", "deployment/fixed", "--replicas=3")
    desk.kubectl("label", "service/fixed", "of-others=yes")
    desk.kubectl("label", "service/scaled", "app.kubernetes.io/part-of=other", "--overwrite")
    desk.kubectl("set", "env", "deployment/scaled", "DEBUG=1")
    desk.kubectl("patch", "configmap/fixed-config", "--type=merge", '--patch={"data":{"models.config":"x"}}')
    desk.kubectl("patch", "hpa/scaled", "--type=merge", '--patch={"spec":{"maxReplicas":9}}')
    desk.kubectl("delete", "pdb/fixed")

    alone = [change for file in services for change in changes(desk, file)]
    together = changes(desk, services[0].parent)

    assert together == alone
    assert {change["action"] for change in together} >= {"unchanged", "blocked", "create"}

    prices = desk.folder / "prices.yaml"
    prices.write_text(PRICES)
    told = tfk8s(desk, "diff", services[0].parent, "--prices", str(prices)).stdout.splitlines()
    live = json.loads(tfk8s(desk, "cost", services[0].parent, "--prices", str(prices), "--live", "-o", "json").stdout)
    # 0.1 cores x 1 x 730 h a pod: 3 and 2 to 9 pods are live, and 2 and 2 to 5 are wanted
    assert "cost: 5 to 12 pods, 365.00 to 876.00 USD a month -> 4 to 7 pods, 292.00 to 511.00 USD a month" in told
    (site,) = live["clusters"]
    assert [(column["name"], column["podHours"]) for column in site["columns"]] == [("min", 4), ("max", 7), ("now", 0)]
