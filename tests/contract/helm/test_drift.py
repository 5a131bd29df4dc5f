"""What the real helm installed is what Git says, and `tfk8s drift` sees it so; what somebody changes is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts.desk import HelmDesk
from tests.golden.strategies import spec_of
from tfk8s.app.drift import Expected, ServiceDrift, service_drift
from tfk8s.app.service import ServiceName
from tfk8s.cluster import connect
from tfk8s.gitops.helm_values import helm_values
from tfk8s.render import render

pytestmark = pytest.mark.control_plane


@pytest.mark.parametrize("scaling", [{"replicas": 2}, {"min": 2, "max": 5}], ids=["fixed", "scaled"])
def test_an_installed_chart_has_no_drift_and_a_change_by_hand_has(
    live_desk: HelmDesk, chart: Path, scaling: dict[str, int]
) -> None:
    spec = spec_of(
        {
            "apiVersion": "tfk8s.dev/v1",
            "name": "half",
            "namespace": live_desk.namespace,
            "model": {"source": "gs://models/half"},
            "serviceAccount": {"googleServiceAccount": "none"},
            "scaling": scaling,
        }
    )
    rendered = render(spec, {})
    live_desk.install(chart, "--values", live_desk.values(helm_values(spec, rendered)))
    expected = Expected(name=ServiceName.of(spec), manifests=rendered.manifests)

    def drift() -> ServiceDrift:
        assert live_desk.cluster is not None
        return service_drift(expected, cluster=connect(kubeconfig=live_desk.cluster.kubeconfig))

    installed = drift()
    live_desk.kubectl("set", "env", "deployment/half", "DEBUG=1")
    changed = drift()

    assert installed.drift.objects == ()
    assert {item.owner for item in installed.drift.left_alone} == {"Helm"}
    (item,) = changed.drift.objects
    assert [field.writer.manager for field in item.fields if field.writer] == ["kubectl-set"]
