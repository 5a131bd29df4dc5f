"""What helm makes of the chart is what a real API server takes, in the oldest and the newest version at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts.desk import HelmDesk
from tests.golden.golden_cases import CHARTED
from tests.testbed.fixtures import Cluster
from tfk8s.gitops.helm_values import helm_values

pytestmark = pytest.mark.control_plane


def test_every_golden_service_and_its_test_pod_are_taken_by_strict_validation(
    control_plane_with_kinds: Cluster, kinds_namespace: str, chart: Path, tmp_path: Path
) -> None:
    desk = HelmDesk(line="helm", folder=tmp_path, cluster=control_plane_with_kinds, namespace=kinds_namespace)

    made = [
        desk.template(chart, "--values", str(desk.values(helm_values(case.spec(), case.render()))), release=case.name)
        for case in CHARTED
    ]

    apply = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--field-manager=helm", "-f", "-")
    taken = desk.kubectl(*apply, stdin="---\n".join(made)).splitlines()
    assert [line for line in taken if not line.endswith(" serverside-applied (server dry run)")] == []
    for kind in ("deployment.apps", "gateway.gateway", "backendconfig.cloud", "pod"):
        assert any(line.startswith(kind) for line in taken), f"no {kind} in {taken}"
