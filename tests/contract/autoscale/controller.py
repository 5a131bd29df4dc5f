"""The real autoscaling controller, led through a stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.contract.autoscale.front import Front
from tests.testbed.fixtures import Cluster
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import control_plane_modules
from tests.testbed.layout import layout
from tests.testbed.process import spawn

LOG = "kube-controller-manager.log"
_IN_TURN: Final = {"GOMAXPROCS": "1"}
"""On a busy machine a second thread may stand still with news that the first should know."""


def start_controller(server: Cluster, front: Front, *, flags: tuple[str, ...]) -> None:
    """Start kube-controller-manager; it ends with the control plane, whose folder its flags name."""
    folder = server.kubeconfig.parent
    config = folder / "kubeconfig.front"
    config.write_text(front.kubeconfig())
    program = find_program(
        control_plane_modules(), "kube-controller-manager", layout=layout(), kubernetes=server.version
    )
    command: tuple[str | Path, ...] = (
        program,
        f"--kubeconfig={config}",
        "--controllers=horizontal-pod-autoscaler-controller",
        "--kube-api-content-type=application/json",
        "--kube-api-qps=1000",
        "--kube-api-burst=1000",
        "--leader-elect=false",
        "--secure-port=0",
        *flags,
    )
    spawn(command, pid_file=folder / "kube-controller-manager.pid", log=folder / LOG, env=_IN_TURN)
