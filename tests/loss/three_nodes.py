"""A kind cluster of three nodes for the time of the measurement, beside the testbed's: there a node can be drained."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final

from tests.testbed import clients, engine, kindconfig, versions, way
from tests.testbed.cluster import Testbed
from tests.testbed.fixtures import Cluster
from tests.testbed.layout import layout
from tests.testbed.process import run
from tests.testbed.progress import say, step

NAME: Final = "tfk8s-loss"
PORTS: Final = (30084, 30085)  # REST and gRPC
_WORKERS: Final = 2
_READY_S = 180.0


def up() -> Cluster:
    """Make it, or find it; its kubeconfig lies beside the testbed's."""
    testbed = Testbed(way=way.chosen(os.environ), layout=layout())
    cluster = _cluster(testbed)
    if _is_there():
        say(f"the cluster {NAME} is there")
    else:
        testbed.prepare()
        _create(testbed, cluster=cluster)
    cluster.kubectl("wait", "nodes", "--all", "--for=condition=Ready", f"--timeout={_READY_S:.0f}s", timeout_s=200)
    return replace(cluster, nodes=tuple(_kind("get", "nodes", "--name", NAME).split()))


def down() -> None:
    """Remove it."""
    with step(f"remove {NAME}"):
        _kind("delete", "cluster", "--name", NAME, "--kubeconfig", str(layout().cache / "loss.kubeconfig"))
        for name in ("loss.kubeconfig", "loss.yaml"):
            (layout().cache / name).unlink(missing_ok=True)


def _is_there() -> bool:
    return engine.answers() and clients.client("kind").exists() and NAME in _kind("get", "clusters").split()


def _create(testbed: Testbed, *, cluster: Cluster) -> None:
    where = testbed.layout
    config = where.cache / "loss.yaml"
    config.write_text(
        kindconfig.cluster_config(
            testbed.way, image=testbed.node_image(), patches=where.patches, workers=_WORKERS, name=NAME, ports=PORTS
        )
    )
    with step(f"kind create cluster ({NAME}, {_WORKERS + 1} nodes)"):
        _kind("create", "cluster", "--config", str(config), "--kubeconfig", str(cluster.kubeconfig))


def _cluster(testbed: Testbed) -> Cluster:
    return Cluster(
        kubeconfig=testbed.layout.cache / "loss.kubeconfig",
        context=f"kind-{NAME}",
        version=versions.KUBERNETES_NODE,
        kubectl_path=clients.client("kubectl", where=testbed.layout),
        host_ports=PORTS,
    )


def _kind(*words: str) -> str:
    return run([clients.client("kind"), *words], timeout_s=300)
