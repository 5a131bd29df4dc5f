"""Each way in which the world may be wrong: one clear message, one exit code, nothing changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.control_plane.conftest import SCALED, Desk

pytestmark = pytest.mark.control_plane

Change = Callable[[Any], None]
Kubeconfig = Callable[[Change], Path]


def _fails(desk: Desk, *words: str, code: int, kubeconfig: Path | None = None, arguments: tuple[str, ...] = ()) -> str:
    result = desk.run("apply", "--no-wait", *arguments, kubeconfig=kubeconfig)
    assert result.exit_code == code, result.output
    text = result.stderr.lower()
    assert sum(line.startswith("error: ") for line in text.splitlines()) == 1
    assert "traceback" not in text
    assert "testbed-" not in text, "a token is shown"
    for word in words:
        assert word.lower() in text
    return text


def test_no_kubeconfig(desk: Desk, tmp_path: Path) -> None:
    desk.write_spec()

    _fails(desk, "no kubeconfig at", "--kubeconfig", code=4, kubeconfig=tmp_path / "none")


def test_an_unknown_context_lists_the_known_ones(desk: Desk) -> None:
    desk.write_spec()

    _fails(desk, "no context 'elsewhere'", desk.testbed.context, code=4, arguments=("--context", "elsewhere"))


def test_a_credential_plugin_that_is_missing_is_named_with_a_fix(
    desk: Desk, kubeconfig: Kubeconfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write_spec()
    monkeypatch.setenv("PATH", str(tmp_path))

    def change(content: Any) -> None:
        content["users"][0]["user"] = {
            "exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin"}
        }

    _fails(desk, "gke-gcloud-auth-plugin", "gcloud components install", code=4, kubeconfig=kubeconfig(change))


def test_a_credential_plugin_that_fails_is_quoted(desk: Desk, kubeconfig: Kubeconfig) -> None:
    desk.write_spec()

    def change(content: Any) -> None:
        content["users"][0]["user"] = {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "command": "sh",
                "args": ["-c", "echo your session has ended >&2; exit 3"],
            }
        }

    _fails(desk, "gave no login", "your session has ended", code=4, kubeconfig=kubeconfig(change))


def test_a_login_that_is_not_accepted(desk: Desk, kubeconfig: Kubeconfig) -> None:
    desk.write_spec()

    def change(content: Any) -> None:
        content["users"][0]["user"] = {"token": "long-expired"}

    text = _fails(desk, "wrong or has expired", "log in again", code=4, kubeconfig=kubeconfig(change))
    assert "long-expired" not in text


def test_a_server_that_does_not_answer(desk: Desk, kubeconfig: Kubeconfig) -> None:
    desk.write_spec()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def change(content: Any) -> None:
        content["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"

    _fails(desk, "does not answer", f"127.0.0.1:{port}", code=4, kubeconfig=kubeconfig(change))


def test_a_certificate_that_is_not_trusted(desk: Desk, kubeconfig: Kubeconfig) -> None:
    desk.write_spec()

    def change(content: Any) -> None:
        del content["clusters"][0]["cluster"]["certificate-authority"]

    _fails(desk, "certificate", "not trusted", code=4, kubeconfig=kubeconfig(change))


def test_a_namespace_that_does_not_exist(desk: Desk) -> None:
    desk.write_spec()

    _fails(desk, "namespace nowhere does not exist", "createNamespace", code=4, arguments=("-n", "nowhere"))


def test_a_missing_right_names_verb_and_kind(desk: Desk) -> None:
    desk.write_spec()

    text = _fails(desk, "(nobody) may not", "nothing was changed", code=5, kubeconfig=desk.testbed.nobody_kubeconfig)

    assert f"missing: get, create, patch deployments.apps resnet in namespace {desk.namespace}" in text
    assert "list pods" not in text, "--no-wait looks at no pods"
    assert "tfk8s rbac --role ci" in text


def test_a_right_that_is_missing_for_one_kind_leaves_nothing_applied(desk: Desk) -> None:
    """The login may do everything here but touch autoscalers."""
    desk.write_spec(scaling=SCALED)
    _grant(desk, autoscalers=["get", "list"])

    _fails(
        desk,
        "may not create, patch horizontalpodautoscalers.autoscaling resnet",
        code=5,
        kubeconfig=desk.testbed.nobody_kubeconfig,
    )

    assert desk.objects() == {}


def test_what_is_only_nice_to_know_is_not_needed(desk: Desk) -> None:
    """The login may not see nodes, autoscalers or events, which a service with a fixed count does without."""
    desk.write_spec()
    _grant(desk, autoscalers=[])

    result = desk.run("apply", "--no-wait", kubeconfig=desk.testbed.nobody_kubeconfig)
    status = desk.run("status", kubeconfig=desk.testbed.nobody_kubeconfig)

    assert result.exit_code == 0, result.output
    assert status.exit_code == 0, status.output


def _grant(desk: Desk, *, autoscalers: list[str]) -> None:
    """Give the user without rights those that a service needs in its namespace."""
    workload = ["configmaps", "services", "serviceaccounts", "pods", "persistentvolumeclaims", "deployments"]
    workload += ["replicasets", "poddisruptionbudgets", "networkpolicies", "endpointslices"]
    groups = ["", "apps", "policy", "networking.k8s.io", "discovery.k8s.io"]
    rules = [
        {"apiGroups": groups, "resources": workload, "verbs": ["get", "list", "create", "patch", "delete"]},
        {"apiGroups": ["autoscaling"], "resources": ["*"], "verbs": autoscalers or ["watch"]},
    ]
    meta = {"name": "limited", "namespace": desk.namespace}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta, "rules": rules}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "limited"},
        "subjects": [{"kind": "User", "name": "nobody", "apiGroup": "rbac.authorization.k8s.io"}],
    }
    desk.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [role, binding]}))


def test_another_cluster_than_the_spec_means_is_not_touched(desk: Desk) -> None:
    desk.write_spec(cluster="{provider: kind, name: mine}")

    _fails(desk, "kind-mine", f"current context is {desk.testbed.context}", "--context", code=4)

    assert desk.objects() == {}
    named = desk.apply("--context", desk.testbed.context)
    assert f"context {desk.testbed.context} (https://" in named.stderr
    assert f"namespace {desk.namespace}" in named.stderr


def test_a_cluster_without_metrics_warns_before_anything_is_applied(desk: Desk) -> None:
    desk.write_spec(scaling=SCALED)

    result = desk.apply()

    assert "install metrics-server" in result.stderr
    assert result.stderr.index("metrics-server") < result.stderr.index("create ")


def test_a_full_quota_names_it_and_what_was_made_is_said(staffed_desk: Desk) -> None:
    desk = staffed_desk
    desk.write_spec()
    desk.kubectl("create", "quota", "few", "--hard=count/services=0")
    desk.kubectl("wait", "--for=jsonpath={.status.hard}", "quota/few", "--timeout=60s")

    _fails(desk, "exceeded quota: few", "count/services", code=5)
