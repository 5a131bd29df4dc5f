from __future__ import annotations

import json

from tfk8s.manifest import JsonObject
from tfk8s.plan.written import Hand, Writer, last_writer, leaf_paths, value_under, written_fields

LIVE: JsonObject = {
    "kind": "Deployment",
    "metadata": {
        "labels": {"app.kubernetes.io/name": "x", "team": "vision"},
        "managedFields": [
            {
                "manager": "tfk8s",
                "operation": "Apply",
                "time": "2026-11-29T01:00:00Z",
                "fieldsV1": {
                    "f:metadata": {"f:labels": {"f:app.kubernetes.io/name": {}}},
                    "f:spec": {
                        "f:args": {},
                        "f:containers": {
                            'k:{"name":"server"}': {
                                ".": {},
                                "f:ports": {'k:{"containerPort":8501,"protocol":"TCP"}': {".": {}, "f:name": {}}},
                            }
                        },
                    },
                },
            },
            {
                "manager": "kubectl-set",
                "operation": "Update",
                "time": "2026-11-29T02:00:00Z",
                "fieldsV1": {
                    "f:spec": {
                        "f:containers": {
                            'k:{"name":"server"}': {"f:env": {'k:{"name":"DEBUG"}': {".": {}, "f:value": {}}}},
                            'k:{"name":"gone"}': {"f:image": {}},
                        }
                    }
                },
            },
            {
                "manager": "kube-controller-manager",
                "operation": "Update",
                "subresource": "status",
                "fieldsV1": {"f:status": {"f:replicas": {}}},
            },
        ],
    },
    "spec": {
        "args": ["--a", "--b"],
        "containers": [
            {
                "name": "server",
                "ports": [{"containerPort": 8501, "protocol": "TCP", "name": "rest"}],
                "env": [{"name": "DEBUG", "value": "1"}],
            }
        ],
    },
}


def test_the_record_of_writers_is_read_in_the_spelling_of_differences() -> None:
    found = {path: writer.manager for path, writer in written_fields(LIVE)}

    assert found == {
        ".metadata.labels[app.kubernetes.io/name]": "tfk8s",
        ".spec.args": "tfk8s",
        ".spec.containers[server].ports[rest].name": "tfk8s",
        ".spec.containers[server].env[DEBUG].value": "kubectl-set",
    }


def test_a_field_was_written_by_who_wrote_in_it_or_around_it() -> None:
    written = written_fields(LIVE)

    def manager(path: str) -> str | None:
        writer = last_writer(written, path)
        return writer.manager if writer else None

    assert manager(".spec.containers[server].env[DEBUG]") == "kubectl-set"
    assert manager(".spec.args[1]") == "tfk8s"
    assert manager(".spec.containers[server]") == "kubectl-set"
    assert manager(".spec.containersX") is None


def test_the_paths_of_a_body_lead_back_to_its_values() -> None:
    body: JsonObject = json.loads(json.dumps({key: value for key, value in LIVE.items() if key != "metadata"}))

    found = {path: value_under(body, path) for path in leaf_paths(body)}

    assert found[".spec.containers[server].env[DEBUG].value"] == "1"
    assert found[".spec.args[1]"] == "--b"
    assert None not in found.values()


def test_a_tool_a_controller_and_a_person_are_told_apart() -> None:
    def hand(manager: str, *, operation: str = "Update") -> Hand:
        return Writer(manager=manager, operation=operation).hand

    tools = ("tfk8s", "helm", "argocd-controller", "kustomize-controller", "kubectl-client-side-apply")
    assert {hand(manager) for manager in tools} == {Hand.TOOL}
    assert hand("kubectl", operation="Apply") is Hand.TOOL
    assert {hand(manager) for manager in ("kube-controller-manager", "glbc", "kubectl-rollout")} == {Hand.CONTROLLER}
    people = ("kubectl", "kubectl-edit", "kubectl-set", "kubectl-label", "Mozilla", "some-script")
    assert {hand(manager) for manager in people} == {Hand.PERSON}
