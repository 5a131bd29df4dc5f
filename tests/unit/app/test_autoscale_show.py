"""The autoscaler in short, and what a watch of it tells."""

from __future__ import annotations

from itertools import islice

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.unit.autoscale.scalers import (
    ACTIVE,
    CPU_60,
    FREE,
    QUEUE,
    READY,
    condition,
    cpu_status,
    deployment,
    scaler,
)
from tfk8s.app.autoscale_show import show, show_json, show_lines, watch
from tfk8s.app.service import ServiceName
from tfk8s.ports.cluster import ClusterUnreachableError

NAME = ServiceName(name="resnet", namespace="serving")
SOUND = scaler(current=(cpu_status(45, "450m"),), last_scale=60)


def cluster(body: object = SOUND) -> FakeCluster:
    made = FakeCluster()
    for each in (body, deployment()):
        made.put(each)  # type: ignore[arg-type]  # bodies all
    return made


def test_replicas_bounds_metrics_and_conditions_are_shown() -> None:
    assert list(show_lines(show(NAME, cluster=cluster(), clock=FakeClock()))) == [
        "resnet in serving: scales Deployment/resnet",
        "pods: 3 current, 3 desired, 3 ready; 1 to 10 allowed; last change 2026-11-29T11:59:00Z",
        "cpu: 45 % (450m per pod), target 60 % of the request",
        "conditions: AbleToScale=True (ReadyForNewScale), ScalingActive=True (ValidMetricFound), "
        "ScalingLimited=False (DesiredWithinRange)",
    ]


def test_what_is_not_as_it_should_be_is_marked_and_leads_to_why() -> None:
    blind = condition("ScalingActive", "False", "FailedGetResourceMetric")
    found = list(show_lines(show(NAME, cluster=cluster(scaler(conditions=(READY, blind))), clock=FakeClock())))

    assert found[2:] == [
        "cpu: unknown, target 60 % of the request",
        "conditions: AbleToScale=True (ReadyForNewScale), !ScalingActive=False (FailedGetResourceMetric)",
        "`tfk8s autoscale why` says why",
    ]


def test_each_metric_has_its_own_value() -> None:
    body = scaler(CPU_60, QUEUE, conditions=(READY, ACTIVE, FREE), current=(cpu_status(45, "450m"), {"type": ""}))
    document = show_json(show(NAME, cluster=cluster(body), clock=FakeClock()))

    assert document["autoscaler"]["metrics"] == [  # type: ignore[index,call-overload]  # plain JSON
        {"name": "cpu", "current": "45 % (450m per pod)", "target": "60 % of the request"},
        {"name": "external queue", "current": "unknown", "target": "30 per pod"},
    ]


def test_a_watch_goes_on_while_the_cluster_does_not_answer() -> None:
    made = cluster()
    left = [None, ClusterUnreachableError("the cluster does not answer"), None]

    def before_read() -> None:
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    made.before_read = before_read
    looks = list(islice(watch(NAME, cluster=made, clock=FakeClock(), interval_s=5.0), 3))

    assert [look.exit_code for look in looks] == [4, 0, 0]
    assert looks[1].shows_same(looks[2])
    assert list(show_lines(looks[0])) == ["resnet in serving: not known: the cluster does not answer"]
