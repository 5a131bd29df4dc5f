from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import NAME, config_map, deployment, small_service
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.plan import (
    Action,
    Cause,
    NotAsked,
    Observation,
    Observed,
    Plan,
    PlanOptions,
    Predicted,
    RefusalReason,
    Refused,
    make_plan,
)

OPTIONS = PlanOptions(instance=NAME)


def observe(cluster: FakeCluster, desired: Manifests) -> Observed:
    return Observed(
        objects={
            item.ref: Observation(ref=item.ref, live=cluster.get(item.ref), prediction=cluster.dry_run(item))
            for item in desired
        }
    )


def plan_on(cluster: FakeCluster, *desired: Manifest, options: PlanOptions = OPTIONS) -> Plan:
    return make_plan(desired, observe(cluster, desired), options=options)


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.ref.kind, change.action.value) for change in plan.changes]


def test_an_absent_object_is_created() -> None:
    plan = plan_on(FakeCluster(), config_map("a", x="1"))

    assert actions(plan) == [("ConfigMap", "create")]


def test_an_object_whose_namespace_is_not_there_yet_is_created_without_a_prediction() -> None:
    item = config_map("a", x="1")
    seen = Observation(ref=item.ref, live=None, prediction=NotAsked(why="its namespace does not exist yet"))

    plan = make_plan((item,), Observed(objects={item.ref: seen}))

    assert [(change.action, change.reason) for change in plan.changes] == [
        (Action.CREATE, "its namespace does not exist yet")
    ]


def test_a_difference_is_an_update_with_its_fields() -> None:
    cluster = FakeCluster()
    cluster.apply(config_map("a", x="1", y="1"))

    (change,) = plan_on(cluster, config_map("a", x="2", y="1")).changes

    assert change.action is Action.UPDATE
    assert [(item.path, item.before, item.after) for item in change.differences] == [(".data.x", "1", "2")]


def test_the_same_content_under_another_manager_is_taken_into_our_record() -> None:
    cluster = FakeCluster()
    cluster.put(config_map("a", x="1").body)

    plan = plan_on(cluster, config_map("a", x="1"))
    cluster.apply(config_map("a", x="1"))
    after = plan_on(cluster, config_map("a", x="1"))

    assert actions(plan) == [("ConfigMap", "update")]
    assert actions(after) == [("ConfigMap", "unchanged")]


def test_values_of_a_secret_never_reach_the_plan() -> None:
    metadata: JsonObject = {"name": "s", "namespace": "serving"}
    body: JsonObject = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"key": "b2xkLXNlY3JldA=="}}
    cluster = FakeCluster()
    cluster.apply(Manifest.of(body))

    plan = plan_on(cluster, Manifest.of({**body, "data": {"key": "bmV3LXNlY3JldA==", "more": "bW9yZQ=="}}))

    (change,) = plan.changes
    assert [item.path for item in change.differences] == [".data.key", ".data.more"]
    text = json.dumps(plan.as_json())
    assert not any(secret in text for secret in ("b2xkLXNlY3JldA==", "bmV3LXNlY3JldA==", "bW9yZQ=="))


def test_plan_blocks_a_conflict_and_names_field_and_manager() -> None:
    cluster = FakeCluster()
    cluster.put(config_map("a", x="1").body, manager="helm")

    plan = plan_on(cluster, config_map("a", x="2"))

    assert plan.blocked[0].causes == (Cause(field=".data.x", message='conflict with "helm"'),)


def test_plan_takes_a_conflict_over_only_when_asked() -> None:
    cluster = FakeCluster()
    cluster.put(config_map("a", x="1").body, manager="helm")

    plan = plan_on(cluster, config_map("a", x="2"), options=replace(OPTIONS, force_conflicts=True))

    (change,) = plan.changes
    assert (change.action, change.force) == (Action.UPDATE, True)


@pytest.mark.parametrize("reason", [RefusalReason.INVALID, RefusalReason.FORBIDDEN, RefusalReason.OTHER])
def test_any_other_refusal_blocks_with_the_servers_words(reason: RefusalReason) -> None:
    item = config_map("a", x="1")
    refused = Refused(reason=reason, message="the server's words", causes=(Cause(field="data", message="no"),))

    plan = make_plan((item,), Observed(objects={item.ref: Observation(ref=item.ref, live=None, prediction=refused)}))

    assert [(change.action, change.reason) for change in plan.blocked] == [(Action.BLOCKED, "the server's words")]


@pytest.mark.parametrize("field", ["spec.selector", ".spec.selector"])
def test_an_immutable_field_is_blocked_until_recreate_is_allowed(field: str) -> None:
    item = deployment()
    refused = Refused(reason=RefusalReason.INVALID, message="no", causes=(Cause(field=field, message="immutable"),))
    live: JsonObject = {**item.body, "metadata": {"name": NAME, "uid": "u1"}}
    observed = Observed(objects={item.ref: Observation(ref=item.ref, live=live, prediction=refused)})

    (blocked,) = make_plan((item,), observed).changes
    (allowed,) = make_plan((item,), observed, options=PlanOptions(recreate=True, force_conflicts=True)).changes

    assert blocked.action is Action.BLOCKED
    assert "spec.selector" in blocked.reason
    assert (allowed.action, allowed.uid) == (Action.RECREATE, "u1")


def test_an_object_that_left_the_spec_is_pruned_last_and_backwards() -> None:
    leftovers = tuple(
        FakeCluster().put({**config_map(name).body, "metadata": config_map(name).body["metadata"]}) for name in "abc"
    )
    wanted = config_map("kept", x="1")
    observed = replace(observe(FakeCluster(), (wanted,)), leftovers=leftovers)

    plan = make_plan((wanted,), observed, options=OPTIONS)

    assert [(change.action, change.ref.name) for change in plan.changes] == [
        (Action.CREATE, "kept"),
        (Action.PRUNE, "c"),
        (Action.PRUNE, "b"),
        (Action.PRUNE, "a"),
    ]


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"app.kubernetes.io/managed-by": "tfk8s"},
        {"app.kubernetes.io/managed-by": "tfk8s", "app.kubernetes.io/instance": "other"},
        {"app.kubernetes.io/managed-by": "helm", "app.kubernetes.io/instance": NAME},
    ],
)
def test_an_object_without_our_labels_is_not_pruned(labels: dict[str, str]) -> None:
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "serving", "labels": {**labels}},
    }

    assert make_plan((), Observed(objects={}, leftovers=(body,)), options=OPTIONS).changes == ()


def test_a_namespace_is_never_pruned() -> None:
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "serving", "labels": config_map("a").body["metadata"]["labels"]},  # type: ignore[index,call-overload]
    }

    assert make_plan((), Observed(objects={}, leftovers=(body,)), options=OPTIONS).changes == ()


def test_an_autoscaler_that_leaves_goes_before_the_deployment_is_touched() -> None:
    cluster = FakeCluster()
    scaler = small_service(replicas=None).manifests[-1]
    wanted = deployment(replicas=3)
    observed = replace(
        observe(cluster, (wanted,)), leftovers=(cluster.put(scaler.body),), recorded=frozenset({scaler.ref})
    )

    plan = make_plan((wanted,), observed, options=OPTIONS)

    assert actions(plan) == [("HorizontalPodAutoscaler", "prune"), ("Deployment", "create")]


def test_plan_hands_over_when_we_hold_replicas_alone() -> None:
    cluster = FakeCluster()
    cluster.apply(deployment(replicas=4))

    (change,) = plan_on(cluster, deployment(replicas=None)).changes

    assert change.action is Action.HAND_OVER
    assert change.hand_over is not None
    assert (change.hand_over.live, change.hand_over.desired) == (4, None)
    assert change.differences == ()


def test_a_conflict_on_another_field_blocks_the_hand_over() -> None:
    cluster = FakeCluster()
    cluster.apply(deployment(replicas=4))
    body = cluster.get(deployment().ref)
    assert body is not None
    spec = body["spec"]
    assert isinstance(spec, dict)
    cluster.put({**body, "spec": {**spec, "minReadySeconds": 9}}, manager="somebody")
    wanted = json.loads(json.dumps(deployment(replicas=None).body))
    wanted["spec"]["minReadySeconds"] = 1

    (change,) = plan_on(cluster, Manifest.of(wanted)).changes

    assert change.action is Action.BLOCKED
    assert [cause.field for cause in change.causes] == [".spec.minReadySeconds"]


def test_plan_blocks_when_a_person_owns_replicas() -> None:
    cluster = FakeCluster()
    cluster.apply(deployment(replicas=4))
    cluster.scale(deployment().ref, 6, manager="kubectl")

    (change,) = plan_on(cluster, deployment(replicas=4)).changes

    assert change.action is Action.BLOCKED
    assert [cause.field for cause in change.causes] == [".spec.replicas"]


def test_plan_takes_replicas_back_from_an_autoscaler_that_leaves() -> None:
    cluster = FakeCluster()
    cluster.apply(deployment(replicas=4))
    cluster.scale(deployment().ref, 6)

    (change,) = plan_on(cluster, deployment(replicas=4)).changes

    assert change.action is Action.HAND_OVER
    assert change.hand_over is not None
    assert (change.hand_over.live, change.hand_over.desired) == (6, 4)


def test_a_conflict_on_another_field_is_not_taken_with_the_replicas() -> None:
    cluster = FakeCluster()
    cluster.apply(deployment(replicas=4))
    cluster.scale(deployment().ref, 6)
    body = cluster.get(deployment().ref)
    assert body is not None
    spec = body["spec"]
    assert isinstance(spec, dict)
    cluster.put({**body, "spec": {**spec, "minReadySeconds": 9}}, manager="somebody")
    wanted = deployment(replicas=4)
    desired = Manifest(ref=wanted.ref, body={**wanted.body, "spec": {**wanted.body["spec"], "minReadySeconds": 1}})  # type: ignore[dict-item]

    (change,) = plan_on(cluster, desired).changes

    assert change.action is Action.BLOCKED


VALUES = st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=5), max_size=4)


@given(before=VALUES, after=VALUES, foreign=VALUES)
def test_after_apply_every_plan_is_unchanged(
    before: dict[str, str], after: dict[str, str], foreign: dict[str, str]
) -> None:
    cluster = FakeCluster()
    cluster.apply(config_map("a", **before))
    cluster.put({**config_map("b", **foreign).body}, manager="somebody")

    cluster.apply(config_map("a", **after))
    plan = plan_on(cluster, config_map("a", **after))

    assert plan.pending == ()


def test_every_change_has_an_action_and_a_reason_in_json() -> None:
    plan = plan_on(FakeCluster(), *small_service(replicas=None).manifests)

    value = plan.as_json()

    assert value["pending"] == len(plan.changes)
    assert isinstance(value["changes"], list)
    assert all(isinstance(change, dict) and change["action"] and change["reason"] for change in value["changes"])


def test_a_prediction_equal_to_the_live_object_is_unchanged_whatever_the_server_wrote_beside() -> None:
    item = config_map("a", x="1")
    live: JsonObject = {**item.body, "status": {"seen": 1}}
    after: JsonObject = {**item.body, "status": {"seen": 2}}
    for body, version in ((live, "7"), (after, "8")):
        metadata = body["metadata"]
        assert isinstance(metadata, dict)
        body["metadata"] = {**metadata, "resourceVersion": version, "generation": int(version), "uid": "u"}
    seen = Observation(ref=item.ref, live=live, prediction=Predicted(body=after))

    plan = make_plan((item,), Observed(objects={item.ref: seen}))

    assert [change.action for change in plan.changes] == [Action.UNCHANGED]


def test_references_print_as_people_write_them() -> None:
    ref = ObjectRef(api_version="v1", kind="Namespace", namespace="", name="serving")

    assert str(ref) == "Namespace/serving"
