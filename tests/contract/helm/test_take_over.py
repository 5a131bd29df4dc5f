"""Objects that were there before helm become a release in place, in the ways of docs/chart.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.charts.desk import HelmDesk
from tests.contract.helm.test_lifecycle import FIXED, SCALED
from tests.golden.strategies import spec_of
from tests.testbed.replicas import every_count
from tfk8s.app.manifest_files import files_of
from tfk8s.app.render import RenderRequest, render_service

pytestmark = pytest.mark.control_plane

BY_HAND = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: old}
spec:
  replicas: 4
  selector: {matchLabels: {app: old}}
  template:
    metadata: {labels: {app: old}}
    spec:
      containers:
      - {name: tf, image: tensorflow/serving, ports: [{containerPort: 8501}]}
---
apiVersion: v1
kind: Service
metadata: {name: old}
spec: {selector: {app: old}, ports: [{port: 80, targetPort: 8501}]}
"""
KEPT: Mapping[str, Any] = {
    **FIXED,
    "existing": {"deployment": "old", "service": "old", "selector": {"app": "old"}},
    "expose": {"servicePorts": {"rest": 80}},
}


def take_over(desk: HelmDesk, chart: Path, values: Path) -> None:
    """Make the release of objects that are there; helm 4 must be told to win over those who wrote them."""
    more = ("--force-conflicts",) if desk.line == "helm" else ()
    desk.upgrade(chart, "--install", "--take-ownership", *more, "--values", values)


def kept(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether everything that was there still is itself."""
    return {name: after.get(name) for name in before} == before


def test_what_tfk8s_applied_becomes_a_release_with_the_count_of_the_autoscaler(
    staffed_desk: HelmDesk, chart: Path
) -> None:
    desk = staffed_desk
    spec = spec_of({"apiVersion": "tfk8s.dev/v1", "name": "half", "namespace": desk.namespace, **SCALED})
    files = files_of(render_service(RenderRequest(spec=spec, base=desk.folder)))
    desk.kubectl("apply", "--server-side", "--field-manager=tfk8s", "-f", "-", stdin="---\n".join(files.values()))
    desk.kubectl("wait", "deployment/half", "--for=jsonpath={.spec.replicas}=2", "--timeout=60s")
    uids = desk.uids()
    assert desk.cluster is not None

    with every_count(desk.cluster, namespace=desk.namespace, deployment="half") as counts:
        take_over(desk, chart, desk.values(SCALED))

    assert desk.uids() == uids
    assert set(counts) == {2}


def test_what_was_made_by_hand_becomes_a_release_and_loses_its_own_container(
    staffed_desk: HelmDesk, chart: Path
) -> None:
    """Helm alone would leave the old container beside the new one: it removes nothing that it did not write."""
    desk = staffed_desk
    desk.kubectl("apply", "-f", "-", stdin=BY_HAND)
    uids, values = desk.uids(), desk.values(KEPT)

    desk.kubectl("apply", "-f", "-", stdin=desk.template(chart, "--no-hooks", "--values", str(values)))
    take_over(desk, chart, values)

    assert kept(uids, desk.uids())
    containers = desk.objects("deploy")["Deployment/old"]["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["model-server"]
