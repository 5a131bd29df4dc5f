"""A service under nothing but the roles that `tfk8s rbac` writes, on the real cluster: servers and pods answer too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from tests.integration.claims import CLAIM, drop_volume, make_claim
from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run
from tfk8s.cli.main import root
from tfk8s.rights import Role

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

RUNS: Final[tuple[tuple[Role, str], ...]] = (
    ("deployer", "apply -o json"),
    ("deployer", f"versions add {MODEL}/2"),
    ("deployer", "versions promote stable 2 -o json"),
    ("viewer", "predict question.json --label stable"),
    ("deployer", "versions rollback stable -o json"),
    ("deployer", "versions canary 2 --weight 50 --for 5s --settle 1s --min-requests 10 --more-slow 100 -o json"),
    ("deployer", "bench --rate 5 --duration 2s --label stable -o json"),
    ("viewer", "logs --tail 5"),
    ("viewer", "status"),
    ("viewer", "versions list"),
    ("viewer", "versions history"),
    ("viewer", "doctor"),
    ("viewer", "events"),
    ("viewer", "history"),
    ("deployer", "delete --yes"),
)
"""Who runs what, in this order; each must end well."""

LOAD: Final = ("--rate", "20", "--duration", "10m", "--renew", "1s", "--label", "stable")
"""What a canary and the pods beside it are asked, as any client asks; each connection leads to another pod."""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    """A service that is not applied yet; version 1 is in its volume, which a folder of the node stands for."""
    volume = f"/var/tfk8s-volumes/{namespace}"
    make_claim(cluster, namespace=namespace, path=volume)
    try:
        with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
            for node in cluster.nodes:
                run(["docker", "exec", node, "mkdir", "-p", "-m", "0777", f"{volume}/half"], timeout_s=30)
                run(["docker", "cp", str(tmp_path / MODEL / "1"), f"{node}:{volume}/half/1"], timeout_s=30)
            made.write(
                model={"name": MODEL, "source": f"pvc://{CLAIM}/half", "versions": [1], "labels": {"stable": 1}},
                resources={"cpu": "50m", "memory": "600Mi"},
                serving={"requestTimeoutSeconds": 5, "filePollSeconds": 1},
                expose={"type": "NodePort", "ports": ["rest"]},
            )
            (tmp_path / "question.json").write_text('{"instances": [2.0]}')
            yield made
    finally:
        drop_volume(cluster, namespace=namespace)
        for node in cluster.nodes:
            run(["docker", "exec", node, "rm", "-rf", volume], timeout_s=30)


def _kubeconfig(half: Service, role: Role) -> str:
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


def _run(half: Service, line: str, *, kubeconfig: str) -> str:
    words = [str(half.folder / word) if (half.folder / word).exists() else word for word in line.split()]
    with _asked(half) if line.startswith("versions canary") else nullcontext():
        done = half.run(" ".join(words), "--kubeconfig", kubeconfig)
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout


def _asked(half: Service) -> AbstractContextManager[object]:
    return half.beside("bench", "-f", str(half.spec), *LOAD)


def test_a_service_is_run_and_looked_at_under_its_roles_alone(half: Service) -> None:
    logins: dict[Role, str] = {role: _kubeconfig(half, role) for role in ("deployer", "viewer")}
    refused = half.run("apply", "--kubeconfig", logins["viewer"])

    told = {line: _run(half, line, kubeconfig=logins[role]) for role, line in RUNS}

    def said(command: str) -> str:
        return next(text for line, text in told.items() if line.startswith(command))

    assert refused.returncode == 5
    assert "missing: create, patch deployments.apps half" in refused.stderr
    assert json.loads(said("apply"))["answers"], "a prediction was answered"
    assert json.loads(said("versions promote"))["way"] == "live"
    assert "4.0" in said("predict"), "version 2 answers x/2 + 3"
    assert json.loads(said("versions rollback"))["to"] == 1
    assert json.loads(said("versions canary"))["promoted"] is True
    assert json.loads(said("bench"))["steps"][0]["answered"] > 0
    assert said("logs")
    assert half.objects("deployments,services,horizontalpodautoscalers,jobs") == []
