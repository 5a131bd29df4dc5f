"""Which events have a known cause, and which belong to a sound start."""

from __future__ import annotations

import pytest

from tfk8s.diagnose.catalogue import RULES
from tfk8s.diagnose.event_words import explain_event
from tfk8s.manifest import JsonObject
from tfk8s.manifest.event import EventRecord, read_event

REFUSED = "dial tcp 10.0.0.1:8501: connect: connection refused"


def event(reason: str, message: str, *, kind: str = "Pod", type_: str = "Warning") -> EventRecord:
    return read_event(
        {
            "metadata": {"uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "involvedObject": {"apiVersion": "v1", "kind": kind, "namespace": "serving", "name": "resnet-a"},
            "type": type_,
            "reason": reason,
            "message": message,
            "lastTimestamp": "2026-01-01T00:05:00Z",
        }
    )


@pytest.mark.parametrize(
    ("kind", "reason", "message", "code", "cause"),
    [
        ("Pod", "FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", "unschedulable", "not enough cpu"),
        (
            *("Pod", "Failed", 'Failed to pull image "r.test/a:1": rpc error: r.test/a:1: not found', "image-absent"),
            "the registry has no image r.test/a:1",
        ),
        (
            *("Pod", "BackOff", 'Back-off pulling image "r.test/a:1": ErrImagePull: 403 Forbidden', "image-forbidden"),
            "the registry does not let the nodes pull r.test/a:1",
        ),
        ("Pod", "BackOff", "Back-off restarting failed container x in pod y", "crash", "ends again and again"),
        ("Pod", "FailedMount", 'MountVolume.SetUp failed: configmap "a" not found', "volume-mount", "be mounted"),
        ("Pod", "FailedAttachVolume", "Multi-Attach error for volume", "volume-attached", "another node"),
        ("Pod", "Killing", "Container x failed startup probe, will be restarted", "killed-by-probe", "startup probe"),
        ("Pod", "Evicted", "The node was low on resource: memory.", "evicted", "ran out"),
        (
            *("ReplicaSet", "FailedCreate"),
            "exceeded quota: few, requested: cpu=1, used: cpu=4, limited: cpu=4",
            *("quota", "the quota few has no room"),
        ),
        ("HorizontalPodAutoscaler", "FailedGetResourceMetric", "no metrics returned", "autoscaler-metrics", "metric"),
        ("ScaledObject", "KEDAScalerFailed", "connection refused", "autoscaler-metrics", "metric"),
        ("Service", "SyncLoadBalancerFailed", "quota", "balancer-pending", "load balancer"),
        ("PersistentVolumeClaim", "ProvisioningFailed", "no class", "claim-pending", "volume"),
    ],
)
def test_an_event_whose_cause_is_known_has_it_told(kind: str, reason: str, message: str, code: str, cause: str) -> None:
    found = explain_event(event(reason, message, kind=kind))

    assert found is not None
    assert (found.code, found.place) == (code, f"{kind}/resnet-a")
    assert code in RULES
    assert cause in found.cause
    assert found.fix


@pytest.mark.parametrize(
    ("reason", "message", "type_"),
    [
        ("Scheduled", "Successfully assigned", "Normal"),
        ("Pulled", 'Container image "a" already present', "Normal"),
        ("Killing", "Stopping container model-server", "Normal"),
        ("Unhealthy", f"Startup probe failed: Get: {REFUSED}", "Warning"),
        ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", "Warning"),
    ],
)
def test_events_of_a_sound_start_and_end_have_no_cause(reason: str, message: str, type_: str) -> None:
    assert explain_event(event(reason, message, type_=type_)) is None


def test_a_probe_that_asks_for_a_path_which_no_server_knows_is_told_from_the_live_pod() -> None:
    container: JsonObject = {"name": "a", "readinessProbe": {"httpGet": {"path": "/healthz"}}}
    pod: JsonObject = {"metadata": {"name": "resnet-a"}, "spec": {"containers": [container]}}

    found = explain_event(event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404"), pod=pod)

    assert found is not None
    assert found.code == "probe-path"
