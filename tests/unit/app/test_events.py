"""Which events are the service's, their order, and what a watch tells."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import SERVED, FakeCluster
from tests.fakes.pod_logs import FakeKubelets
from tfk8s.app.events import EventNews, event_json, event_lines, service_events, watch_events
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject
from tfk8s.ports.cluster import ClusterUnreachableError, ForbiddenError, ObjectQuery

NAME = ServiceName(name="resnet", namespace="serving")


@pytest.fixture
def cluster() -> FakeCluster:
    found = FakeCluster(served=SERVED | {("events.k8s.io/v1", "Event")})
    FakeKubelets(found).start("resnet-odd-name")
    return found


def put(
    cluster: FakeCluster, about: str, reason: str, *, minute: int, times: int = 1, warns: bool = False, text: str = "x"
) -> None:
    """Store an event about `Kind/name`."""
    kind, name = about.split("/")
    cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.{reason}".lower(), "namespace": "serving", "uid": f"{about} {reason}"},
            "involvedObject": {"apiVersion": "v1", "kind": kind, "namespace": "serving", "name": name},
            "type": "Warning" if warns else "Normal",
            "reason": reason,
            "message": text,
            "count": times,
            "firstTimestamp": "2026-01-01T00:00:00Z",
            "lastTimestamp": f"2026-01-01T00:{minute:02}:00Z",
        }
    )


def reasons(cluster: FakeCluster, *, warnings_only: bool = False) -> list[str]:
    found = service_events(NAME, cluster=cluster, warnings_only=warnings_only)
    return [f"{item.event.about.kind}/{item.event.about.name} {item.event.reason}" for item in found]


def test_events_of_all_objects_of_the_service_come_in_their_order_and_none_of_others(cluster: FakeCluster) -> None:
    put(cluster, "Pod/resnet-5448f455d9-zzvrd", "Killing", minute=9)
    put(cluster, "Pod/resnet-canary-5448f455d9-zzvrd", "Killing", minute=8)
    put(cluster, "Pod/resnet-odd-name", "Created", minute=7)
    put(cluster, "ReplicaSet/resnet-5448f455d9", "SuccessfulCreate", minute=6)
    put(cluster, "HorizontalPodAutoscaler/keda-hpa-resnet", "SuccessfulRescale", minute=5)
    put(cluster, "HorizontalPodAutoscaler/resnet", "SuccessfulRescale", minute=4)
    put(cluster, "Service/resnet", "EnsuredLoadBalancer", minute=3)
    put(cluster, "Gateway/resnet", "SYNC", minute=2)
    put(cluster, "Deployment/resnet", "ScalingReplicaSet", minute=1)
    for other in (
        "Deployment/resnet2",
        "Pod/resnet2-5448f455d9-zzvrd",
        "Pod/resnet-other-5448f455d9-zzvrd",
        "ReplicaSet/resnet-other-5448f455d9",
        "StatefulSet/resnet",
        "PersistentVolumeClaim/models",
    ):
        put(cluster, other, "Created", minute=5)

    assert reasons(cluster) == [
        "Deployment/resnet ScalingReplicaSet",
        "Gateway/resnet SYNC",
        "Service/resnet EnsuredLoadBalancer",
        "HorizontalPodAutoscaler/resnet SuccessfulRescale",
        "HorizontalPodAutoscaler/keda-hpa-resnet SuccessfulRescale",
        "ReplicaSet/resnet-5448f455d9 SuccessfulCreate",
        "Pod/resnet-odd-name Created",
        "Pod/resnet-canary-5448f455d9-zzvrd Killing",
        "Pod/resnet-5448f455d9-zzvrd Killing",
    ]


def test_claims_that_pods_mount_are_of_the_service(cluster: FakeCluster) -> None:
    pod = next(iter(cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace="serving"))))
    volume: JsonObject = {"name": "models", "persistentVolumeClaim": {"claimName": "models"}}
    cluster.put({**pod, "spec": {"containers": [{"name": "a"}], "volumes": [volume]}})
    put(cluster, "PersistentVolumeClaim/models", "ProvisioningFailed", minute=1, warns=True)
    put(cluster, "PersistentVolumeClaim/others", "ProvisioningFailed", minute=1, warns=True)

    assert reasons(cluster) == ["PersistentVolumeClaim/models ProvisioningFailed"]


def test_warnings_alone(cluster: FakeCluster) -> None:
    put(cluster, "Deployment/resnet", "ScalingReplicaSet", minute=1)
    put(cluster, "Pod/resnet-odd-name", "BackOff", minute=2, warns=True)

    assert reasons(cluster, warnings_only=True) == ["Pod/resnet-odd-name BackOff"]


def test_a_login_that_may_read_the_new_api_alone_reads_that_one(cluster: FakeCluster) -> None:
    listed = cluster.list

    def only_new(query: ObjectQuery) -> tuple[JsonObject, ...]:
        if (query.api_version, query.kind) == ("v1", "Event"):
            raise ForbiddenError("events is forbidden")
        return listed(query)

    cluster.list = only_new  # type: ignore[method-assign]
    body: JsonObject = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "a", "namespace": "serving", "uid": "u"},
        "regarding": {"kind": "Deployment", "name": "resnet", "namespace": "serving"},
        "reason": "ScalingReplicaSet",
        "note": "Scaled up",
        "eventTime": "2026-01-01T00:00:01.000000Z",
    }
    cluster.put(body)

    assert reasons(cluster) == ["Deployment/resnet ScalingReplicaSet"]


def test_a_right_that_is_missing_for_both_is_said(cluster: FakeCluster) -> None:
    cluster.forbidden = frozenset({"Event"})

    with pytest.raises(ForbiddenError):
        reasons(cluster)


def test_lines_say_how_often_and_why_and_cannot_control_a_terminal(cluster: FakeCluster) -> None:
    put(
        cluster,
        "Pod/resnet-odd-name",
        "FailedScheduling",
        minute=2,
        times=3,
        warns=True,
        text="1 Insufficient cpu\x1b[2J",
    )

    (found,) = service_events(NAME, cluster=cluster)

    assert list(event_lines(found)) == [
        "2026-01-01T00:02:00Z ! Pod/resnet-odd-name FailedScheduling (3 times since 00:00:00Z): "
        "1 Insufficient cpu\\x1b[2J",
        "    cause: no node can take it: not enough cpu",
        "    fix:   lower resources.cpu of the spec, or add nodes",
    ]
    assert event_json(found) == {
        "time": "2026-01-01T00:02:00Z",
        "firstTime": "2026-01-01T00:00:00Z",
        "count": 3,
        "type": "Warning",
        "reason": "FailedScheduling",
        "object": {"apiVersion": "v1", "kind": "Pod", "name": "resnet-odd-name"},
        "message": "1 Insufficient cpu\x1b[2J",
        "reporter": None,
        "code": "unschedulable",
        "cause": "no node can take it: not enough cpu",
        "fix": "lower resources.cpu of the spec, or add nodes",
    }


def test_a_watch_tells_what_is_new_or_happened_again_and_once_that_nobody_answers(cluster: FakeCluster) -> None:
    put(cluster, "Deployment/resnet", "ScalingReplicaSet", minute=1)
    put(cluster, "Pod/resnet-odd-name", "BackOff", minute=2, warns=True)
    clock, looks = FakeClock(), [0]

    def happens() -> None:
        if looks[0] in (2, 3):
            raise ClusterUnreachableError("nobody answers")

    cluster.before_read = happens
    sleep = clock.sleep

    def next_look(seconds: float) -> None:
        sleep(seconds)
        looks[0] += 1
        if looks[0] == 1:
            put(cluster, "Pod/resnet-odd-name", "BackOff", minute=3, times=2, warns=True)
        if looks[0] == 3:
            put(cluster, "Service/resnet", "EnsuredLoadBalancer", minute=4)

    clock.sleep = next_look  # type: ignore[method-assign]
    news = list(islice(watch_events(NAME, cluster=cluster, clock=clock, interval_s=5), 5))

    assert [_shown(item) for item in news] == [
        "ScalingReplicaSet 1",
        "BackOff 1",
        "BackOff 2",
        "nobody answers",
        "EnsuredLoadBalancer 1",
    ]


def test_a_watch_that_never_saw_the_cluster_fails_as_a_look_does(cluster: FakeCluster) -> None:
    def silent() -> None:
        raise ClusterUnreachableError("nobody answers")

    cluster.before_read = silent

    with pytest.raises(ClusterUnreachableError):
        next(watch_events(NAME, cluster=cluster, clock=FakeClock(), interval_s=5))


def _shown(item: EventNews) -> str:
    return item.problem if item.seen is None else f"{item.seen.event.reason} {item.seen.event.times}"
