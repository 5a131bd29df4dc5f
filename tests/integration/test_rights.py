"""A service under nothing but the roles that `tfk8s rbac` writes, on the real cluster: servers and pods answer too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.cli.main import root

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            resources={"cpu": "50m", "memory": "600Mi"},
            serving={"requestTimeoutSeconds": 5, "filePollSeconds": 1},
        )
        made.up()
        yield made


def _kubeconfig(half: Service, role: Literal["viewer", "deployer"]) -> str:
    """Give a role to a new service account, as an administrator does, and log it in."""

    def admin(*arguments: str, stdin: str | None = None) -> str:
        return half.cluster.kubectl("--namespace", half.namespace, *arguments, stdin=stdin)

    account = f"{half.namespace}/{role}"
    written = CliRunner().invoke(
        root, ["rbac", "-f", str(half.spec), "--role", role, "--service-account", account, "--no-cluster-role"]
    )
    assert written.exit_code == 0, written.output
    admin("create", "serviceaccount", role)
    admin("apply", "--filename=-", stdin=written.stdout)
    content = json.loads(admin("config", "view", "--raw", "--minify", "--output=json"))
    content["users"][0]["user"] = {"token": admin("create", "token", role).strip()}
    file = half.folder / f"kubeconfig.{role}"
    file.write_text(json.dumps(content))
    return str(file)


def _run(half: Service, command: str, *arguments: str, kubeconfig: str) -> str:
    done = half.run(command, "--kubeconfig", kubeconfig, *arguments)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_a_service_is_run_and_looked_at_under_its_roles_alone(half: Service) -> None:
    deployer, viewer = _kubeconfig(half, "deployer"), _kubeconfig(half, "viewer")
    question = half.folder / "question.json"
    question.write_text('{"instances": [2.0]}')

    applied = json.loads(_run(half, "apply", "-o", "json", kubeconfig=deployer))
    promoted = json.loads(_run(half, "versions promote", "stable", "2", "-o", "json", kubeconfig=deployer))
    answer = _run(half, "predict", str(question), "--label", "stable", kubeconfig=viewer)
    logs = _run(half, "logs", "--tail", "5", kubeconfig=viewer)
    for command in ("status", "versions list", "doctor", "events", "history"):
        _run(half, command, kubeconfig=viewer)
    refused = half.run("apply", "--kubeconfig", viewer)
    _run(half, "delete", "--yes", kubeconfig=deployer)

    assert applied["answers"], "a prediction was answered"
    assert promoted["way"] == "live"
    assert "4.0" in answer, "version 2 answers x/2 + 3"
    assert logs
    assert refused.returncode == 5
    assert "missing: create, patch deployments.apps half" in refused.stderr
    assert half.objects("deployments,services,horizontalpodautoscalers") == []
