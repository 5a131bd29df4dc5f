"""The control planes without nodes behave as the API of a real cluster, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testbed import control_plane as planes
from tests.testbed import versions
from tests.testbed.fixtures import Cluster
from tests.testbed.layout import layout
from tests.testbed.process import live_pid, wait_until
from tests.testbed.progress import SetupError

pytestmark = pytest.mark.control_plane

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "example.org/absent:1"}]},
        },
    },
}


def test_the_api_server_is_of_the_release_under_test(control_plane: Cluster) -> None:
    answer = json.loads(control_plane.kubectl("version", "--output=json"))

    assert answer["serverVersion"]["gitVersion"] == f"v{control_plane.version}"


def test_a_second_manager_is_told_of_the_first(control_plane: Cluster, cp_namespace: str) -> None:
    apply = ("apply", "--server-side", "--namespace", cp_namespace, "--filename=-")
    control_plane.kubectl(*apply, "--field-manager=first", stdin=json.dumps(DEPLOYMENT))
    scaled = json.loads(json.dumps(DEPLOYMENT))
    scaled["spec"]["replicas"] = 5

    with pytest.raises(SetupError, match=r'conflict with "first": \.spec\.replicas'):
        control_plane.kubectl(*apply, "--field-manager=second", stdin=json.dumps(scaled))


def test_a_user_without_rights_is_refused(control_plane: Cluster, cp_namespace: str) -> None:
    answer = control_plane.kubectl("auth", "can-i", "--list", "--as=nobody", "--namespace", cp_namespace)

    assert "deployments" not in answer


def test_deployments_get_pods_where_controllers_run(
    control_plane_with_controllers: Cluster, cp_controllers_namespace: str
) -> None:
    server, name = control_plane_with_controllers, cp_controllers_namespace
    server.kubectl("apply", "--namespace", name, "--filename=-", stdin=json.dumps(DEPLOYMENT))

    wait_until(
        lambda: len(server.kubectl("get", "pods", "--namespace", name, "--output=name").split()) == 2,
        timeout_s=60,
        what="two pods",
    )


def test_stopping_leaves_no_process_and_no_folder() -> None:
    with planes.ControlPlane(versions.KUBERNETES_NEWEST) as running:
        folder = running.folder
        pids = [int(path.read_text()) for path in folder.glob("*.pid")]

    assert len(pids) == 2
    assert not folder.exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_what_a_killed_run_left_is_ended_by_the_next() -> None:
    script = (
        "import os, sys\n"
        "from tests.testbed.control_plane import ControlPlane\n"
        f"left = ControlPlane({versions.KUBERNETES_NODE!r})\n"
        "sys.stdout.write(str(left.folder) + '\\n')\n"
        "sys.stdout.flush()\n"
        f"os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=110, check=False)
    folder = Path(killed.stdout.strip())
    pid = live_pid(folder / "kube-apiserver.pid", mark=str(folder))
    assert killed.returncode == -signal.SIGKILL
    assert pid is not None

    planes.sweep(layout())

    assert not folder.exists()
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
