"""What collects the metrics and tells of errors comes with the service, and goes when the spec says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.cluster import SERVED, FakeCluster
from tests.fakes.service import small_service
from tests.unit.app.apply_stage import Stage
from tests.unit.render.specs import rendered
from tfk8s.app.service import Deployable
from tfk8s.errors import PreconditionError

OPERATOR = {("monitoring.coreos.com/v1", kind) for kind in ("PodMonitor", "ServiceMonitor", "PrometheusRule")}
MANAGED = {("monitoring.googleapis.com/v1", kind) for kind in ("PodMonitoring", "Rules")}
KINDS = {kind for _, kind in OPERATOR | MANAGED}


def monitored(scrape: str, **monitoring: Any) -> Deployable:
    """The small service with the very objects that rendering adds."""
    said = {"scrape": scrape, "objective": {}, **monitoring}
    made = rendered(namespace="serving", model={"source": "pvc://models/resnet"}, monitoring=said)
    return small_service(extra=tuple(item for item in made.manifests if item.ref.kind in KINDS))


def kinds(stage: Stage) -> set[str]:
    return {ref.kind for ref in stage.cluster.refs()} & KINDS


def test_one_way_takes_the_place_of_another_with_its_rules() -> None:
    stage = Stage(FakeCluster(served=SERVED | OPERATOR | MANAGED))

    stage.apply(monitored("podMonitor"))
    assert kinds(stage) == {"PodMonitor", "PrometheusRule"}
    stage.apply(monitored("serviceMonitor", alerts=False))
    assert kinds(stage) == {"ServiceMonitor"}
    stage.apply(monitored("podMonitoring"))
    assert kinds(stage) == {"PodMonitoring", "Rules"}
    stage.apply(monitored("annotations"))
    assert kinds(stage) == set()


@pytest.mark.parametrize(
    ("scrape", "word"), [("podMonitor", "kube-prometheus-stack"), ("podMonitoring", "--enable-managed-prometheus")]
)
def test_a_cluster_without_the_kind_is_told_before_anything_is_written(scrape: str, word: str) -> None:
    stage = Stage()

    with pytest.raises(PreconditionError) as refused:
        stage.apply(monitored(scrape))

    assert word in (refused.value.hint or "")
    assert "monitoring.scrape" in (refused.value.hint or "")
    assert stage.cluster.writes == []
