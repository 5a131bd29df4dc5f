"""YAML snippets in, verdict out."""

from __future__ import annotations

import pytest
import yaml

from tfk8s.manifest import JsonObject
from tfk8s.manifest.snapshot import Snapshot
from tfk8s.rollout import RolloutState, assess, ready_endpoints

DEPLOYMENT = """
metadata: {name: resnet, uid: d1, generation: 3, annotations: {deployment.kubernetes.io/revision: "2"}}
spec: {replicas: 2}
status: {observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2}
"""
OLD_SET = """
metadata: {name: resnet-1, uid: r1, annotations: {deployment.kubernetes.io/revision: "1"}, ownerReferences: [{uid: d1}]}
"""
NEW_SET = """
metadata: {name: resnet-2, uid: r2, annotations: {deployment.kubernetes.io/revision: "2"}, ownerReferences: [{uid: d1}]}
"""


def read(text: str) -> JsonObject:
    value = yaml.safe_load(text)
    assert isinstance(value, dict)
    return value


def pod(name: str, *, owner: str) -> JsonObject:
    return read(f"metadata: {{name: {name}, ownerReferences: [{{uid: {owner}}}]}}")


def slices(*names: str, ready: str = "true") -> tuple[JsonObject, ...]:
    entries = ", ".join(f"{{targetRef: {{name: {name}}}, conditions: {{ready: {ready}}}}}" for name in names)
    return (read(f"endpoints: [{entries}]"),)


def snapshot(deployment: str = DEPLOYMENT, endpoints: tuple[JsonObject, ...] = slices("a", "b")) -> Snapshot:
    return Snapshot(
        deployment=read(deployment),
        replica_sets=(read(OLD_SET), read(NEW_SET)),
        pods=(pod("a", owner="r2"), pod("b", owner="r2"), pod("old", owner="r1")),
        service=read("metadata: {name: resnet}"),
        endpoint_slices=endpoints,
    )


def test_all_new_available_and_behind_the_service_is_complete() -> None:
    assert assess(snapshot()).state is RolloutState.COMPLETE


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("observedGeneration: 3", "observedGeneration: 2", "not been seen"),
        ("updatedReplicas: 2", "updatedReplicas: 1", "1 of 2 pods are of the new revision"),
        ("replicas: 2, updated", "replicas: 3, updated", "1 pods of the old revision are still there"),
        ("availableReplicas: 2", "availableReplicas: 1", "1 of 2 new pods are available"),
        (", availableReplicas: 2", "", "0 of 2 new pods are available"),
    ],
)
def test_each_part_of_kubectls_rule_keeps_it_progressing(before: str, after: str, reason: str) -> None:
    assert before in DEPLOYMENT

    status = assess(snapshot(DEPLOYMENT.replace(before, after)))

    assert status.state is RolloutState.PROGRESSING
    assert reason in status.reasons[0]


def test_the_progress_deadline_is_a_failure_with_the_deployments_words() -> None:
    late = "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: timed out}]"
    text = DEPLOYMENT.replace("availableReplicas: 2", f"availableReplicas: 1, {late}")

    status = assess(snapshot(text))

    assert status.state is RolloutState.FAILED
    assert status.reasons == ("Deployment/resnet: timed out",)


def test_a_deadline_of_the_generation_before_is_no_failure() -> None:
    late = "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]"
    text = DEPLOYMENT.replace("observedGeneration: 3", "observedGeneration: 2").replace(
        "availableReplicas: 2", f"availableReplicas: 1, {late}"
    )

    assert assess(snapshot(text)).state is RolloutState.PROGRESSING


@pytest.mark.parametrize(
    ("endpoints", "reason"),
    [
        (slices("a", "old"), "still leads to old pods: old"),
        (slices("a", "b", ready="false"), "no ready endpoint"),
        ((), "no ready endpoint"),
    ],
)
def test_the_service_must_lead_to_new_pods_alone(endpoints: tuple[JsonObject, ...], reason: str) -> None:
    status = assess(snapshot(endpoints=endpoints))

    assert status.state is RolloutState.PROGRESSING
    assert reason in status.reasons[0]


def test_an_endpoint_that_does_not_say_counts_as_ready() -> None:
    endpoints = (read("endpoints: [{targetRef: {name: a}}]"),)

    assert ready_endpoints(snapshot(endpoints=endpoints)) == ("a",)


def test_no_deployment_is_neither_complete_nor_failed() -> None:
    assert assess(Snapshot(deployment=None)).state is RolloutState.UNKNOWN


def test_an_old_pod_and_a_leaving_one_are_not_new() -> None:
    leaving = read("metadata: {name: c, deletionTimestamp: now, ownerReferences: [{uid: r2}]}")
    seen = snapshot()
    more = Snapshot(deployment=seen.deployment, replica_sets=seen.replica_sets, pods=(*seen.pods, leaving))

    assert [item["metadata"] for item in more.new_pods] == [
        item["metadata"] for item in (pod("a", owner="r2"), pod("b", owner="r2"))
    ]
