"""Planning, applying, conflicts, pruning and deleting, as commands."""

from __future__ import annotations

import json
import os

import pytest

from tests.integration.control_plane.conftest import FIXED, SCALED, Desk
from tfk8s.render import render
from tfk8s.spec import load_spec

pytestmark = pytest.mark.control_plane


def test_applying_twice_changes_no_resource_version(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    before = {name: body["metadata"]["resourceVersion"] for name, body in desk.objects().items()}

    again = desk.apply()

    after = {name: body["metadata"]["resourceVersion"] for name, body in desk.objects().items()}
    assert again.stdout.startswith("nothing changed")
    assert after == before
    assert len(after) >= 7


@pytest.mark.parametrize(
    "resources",
    ["{cpu: 1000m, memory: 1024Mi}", "{cpu: 0.5, memory: 1Gi}", "{cpu: 1, memory: 1073741824}"],
)
def test_after_apply_the_diff_is_empty_however_quantities_are_written(desk: Desk, resources: str) -> None:
    file = desk.write_spec(scaling="{min: 1, max: 5, metrics: [{memory: 70}, {cpu: 60}]}")
    file.write_text(file.read_text().replace("{cpu: 100m, memory: 1Gi}", resources))
    desk.apply()

    codes = [desk.run("diff", "--exit-code").exit_code for _ in range(10)]

    assert codes == [0] * 10


def test_diff_shows_the_fields_and_ends_with_its_code(desk: Desk) -> None:
    desk.write_spec(scaling=FIXED)
    desk.apply()
    desk.write_spec(scaling="{replicas: 3}")

    result = desk.run("diff", "--exit-code")
    as_json = json.loads(desk.run("diff", "-o", "json").stdout)

    assert result.exit_code == 10
    assert "replicas 2 to 3: no restart, 1 pod more" in result.stdout
    assert as_json["pending"] == 1
    (update,) = [change for change in as_json["changes"] if change["action"] == "update"]
    assert update["differences"] == [{"path": ".spec.replicas", "before": 2, "after": 3}]


def test_a_fresh_namespace_is_previewed_and_none_is_left_behind(desk: Desk) -> None:
    desk.write_spec(createNamespace="true")
    fresh = f"{desk.namespace}-x"

    diff = desk.run("diff", "--exit-code", "-n", fresh)
    dry = desk.run("apply", "--dry-run", "-n", fresh)

    assert diff.exit_code == 10, diff.output
    assert diff.stdout.count("create ") == 7
    assert dry.exit_code == 0
    assert fresh not in desk.kubectl("get", "namespaces", "-o", "name")


def test_a_service_may_bring_its_namespace(desk: Desk) -> None:
    desk.write_spec(createNamespace="true")
    fresh = f"{desk.namespace}-y"

    try:
        desk.apply("-n", fresh)
        assert "deployment.apps/resnet" in desk.testbed.kubectl("-n", fresh, "get", "deploy", "-o", "name")
        again = desk.apply("-n", fresh)
        assert again.stdout.startswith("nothing changed")
    finally:
        desk.testbed.kubectl("delete", "namespace", fresh, "--wait=false")


def test_objects_of_an_earlier_tool_are_conflicts_with_field_and_manager(desk: Desk) -> None:
    file = desk.write_spec()
    bodies = [json.loads(json.dumps(manifest.body)) for manifest in render(load_spec(file), {}).manifests]
    for body in bodies:
        if body["kind"] == "Deployment":
            body["spec"]["template"]["spec"]["containers"][0]["image"] = "example.test/theirs:1"
    desk.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}))
    before = desk.objects()

    refused = desk.run("apply", "--no-wait")

    assert refused.exit_code == 5
    assert "image" in refused.stderr
    assert "kubectl-client-side-apply" in refused.stderr
    assert desk.objects() == before
    taken = desk.apply("--force-conflicts")
    assert "update" in taken.stderr
    assert desk.run("diff", "--exit-code").exit_code == 0


def test_a_count_that_was_scaled_by_hand_is_a_conflict(desk: Desk) -> None:
    desk.write_spec()
    desk.apply()
    desk.kubectl("scale", "deployment/resnet", "--replicas=3")

    refused = desk.run("apply", "--no-wait")

    assert refused.exit_code == 5
    assert ".spec.replicas" in refused.stderr
    assert "kubectl" in refused.stderr
    assert desk.objects()["Deployment/resnet"]["spec"]["replicas"] == 3


def test_a_label_of_somebody_else_survives_every_apply(desk: Desk) -> None:
    desk.write_spec()
    desk.apply()
    desk.kubectl("label", "deployment/resnet", "team=vision")

    desk.write_spec(scaling="{replicas: 3}")
    desk.apply()

    assert desk.objects()["Deployment/resnet"]["metadata"]["labels"]["team"] == "vision"


def test_a_changed_selector_is_blocked_and_recreated_only_when_asked(desk: Desk) -> None:
    desk.write_spec()
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "resnet"},
        "spec": {
            "selector": {"matchLabels": {"app": "old"}},
            "template": {"metadata": {"labels": {"app": "old"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}},
        },
    }
    desk.kubectl("create", "-f", "-", stdin=json.dumps(body))
    before = desk.objects()["Deployment/resnet"]["metadata"]["uid"]

    refused = desk.run("apply", "--no-wait")

    assert refused.exit_code == 5
    assert "spec.selector" in refused.stderr
    assert "--recreate" in refused.stderr
    assert desk.objects()["Deployment/resnet"]["metadata"]["uid"] == before
    assert set(desk.objects()) == {"Deployment/resnet"}


def test_recreate_replaces_the_deployment(staffed_desk: Desk) -> None:
    desk = staffed_desk
    desk.write_spec()
    selector = {"app": "old"}
    pod = {"metadata": {"labels": selector}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec = {"selector": {"matchLabels": selector}, "template": pod}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "resnet"}, "spec": spec}
    desk.kubectl("create", "-f", "-", stdin=json.dumps(body))
    before = desk.objects()["Deployment/resnet"]["metadata"]["uid"]

    desk.apply("--recreate")

    after = desk.objects()["Deployment/resnet"]
    assert after["metadata"]["uid"] != before
    assert after["spec"]["selector"]["matchLabels"] != selector


def test_what_is_no_longer_desired_is_pruned_and_foreign_objects_stay(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)
    desk.apply()
    desk.kubectl("create", "configmap", "foreign")

    desk.write_spec(scaling=FIXED)
    result = desk.apply()

    assert "prune      HorizontalPodAutoscaler/resnet" in result.stderr
    assert "HorizontalPodAutoscaler/resnet" not in desk.objects()
    assert "ConfigMap/foreign" in desk.objects()


def test_delete_takes_only_what_apply_made(desk: Desk) -> None:
    desk.write_spec(scaling=FIXED)
    desk.apply()
    desk.kubectl("create", "configmap", "foreign")
    desk.kubectl("label", "configmap/resnet-config", "app.kubernetes.io/managed-by=somebody", "--overwrite")

    dry = desk.run("delete", "--dry-run")
    refused = desk.run("delete", stdin="n\n")
    live = set(desk.objects())

    assert dry.exit_code == 0
    assert "delete Service/resnet" in dry.stdout
    assert "keeps ConfigMap/resnet-config" in dry.stderr
    assert refused.exit_code == 1
    assert "Service/resnet" in live


def test_deleted_means_gone_and_may_be_repeated(staffed_desk: Desk) -> None:
    desk = staffed_desk
    desk.write_spec(scaling=SCALED)
    desk.apply()

    first = desk.run("delete", "--yes")
    second = desk.run("delete", "--yes")

    assert first.exit_code == 0, first.output
    assert desk.objects() == {}
    assert second.exit_code == 0
    assert second.stdout == "nothing to delete\n"


def test_status_of_what_is_not_there_says_where_it_looked(desk: Desk) -> None:
    desk.write_spec()

    result = desk.run("status")

    assert result.exit_code == 4
    assert f"no service resnet in namespace {desk.namespace}" in result.stderr


def test_status_lists_objects_and_what_is_missing(staffed_desk: Desk) -> None:
    desk = staffed_desk
    desk.write_spec(scaling=SCALED)
    desk.apply()
    desk.kubectl("delete", "pdb/resnet", "--ignore-not-found")
    desk.kubectl("delete", "sa/resnet")

    result = desk.run("status", "-o", "json")

    status = json.loads(result.stdout)
    assert status["state"] == "progressing"
    assert {"kind": "ServiceAccount", "name": "resnet", "present": False} in status["objects"]
    assert status["autoscaler"]["max"] == 5


def test_progress_is_lines_of_json_on_request_and_stdout_is_the_answer_alone(desk: Desk) -> None:
    desk.write_spec(scaling=FIXED)

    result = desk.apply("--progress", "json", "-o", "json")

    events = [json.loads(line) for line in result.stderr.splitlines()]
    written = {(event["ref"]["kind"], event["action"]) for event in events if event["event"] == "ObjectChanged"}
    assert ("Deployment", "create") in written
    assert ("ConfigMap", "record") in written
    answer = json.loads(result.stdout)
    assert "create: Deployment/resnet in " + desk.namespace in answer["changed"]
    assert answer["answers"] == []


@pytest.mark.parametrize(("verdict", "exit_code"), [("exit 1", 14), ("cat {answer}", 0)])
def test_an_image_that_cosign_does_not_vouch_for_is_not_applied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, verdict: str, exit_code: int
) -> None:
    digest = f"sha256:{'a' * 64}"
    answer, program = desk.folder / "answer.json", desk.folder / "cosign"
    answer.write_text(json.dumps([{"critical": {"image": {"docker-manifest-digest": digest}}}]))
    program.write_text(f"#!/bin/sh\n{verdict.format(answer=answer)}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{desk.folder}:{os.environ['PATH']}")
    desk.write_spec(image=f'{{base: "r.example/server:2.20.0@{digest}", verify: {{key: cosign.pub}}}}')

    result = desk.run("apply", "--no-wait")

    assert result.exit_code == exit_code, result.output
    assert bool(desk.objects()) == (exit_code == 0)
