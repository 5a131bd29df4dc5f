"""pytest fixtures: Prometheus and KEDA in the kind cluster."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.testbed import install, way
from tests.testbed.cluster import Testbed
from tests.testbed.layout import layout
from tests.testbed.scaling.parts import KEDA, PROMETHEUS
from tests.testbed.scaling.prometheus import Prometheus

if TYPE_CHECKING:
    from tests.testbed.fixtures import Cluster

_PORT: Final = 9090


@dataclass(frozen=True, slots=True, kw_only=True)
class _ThroughApiServer:
    cluster: Cluster

    def get(self, path: str) -> str:
        """See `prometheus.Asking`."""
        service = f"/api/v1/namespaces/{PROMETHEUS.namespace}/services/{PROMETHEUS.name}:{_PORT}/proxy"
        return self.cluster.kubectl("get", "--raw", f"{service}{path}")


@pytest.fixture(scope="session")
def prometheus(cluster: Cluster) -> Prometheus:
    """Prometheus in the kind cluster.

    Every two seconds it reads the pods that tfk8s made, and those with the usual annotations.
    """
    install.ensure(PROMETHEUS, testbed=Testbed(way=way.chosen(os.environ), layout=layout()))
    server = f"http://{PROMETHEUS.name}.{PROMETHEUS.namespace}:{_PORT}"
    return Prometheus(asking=_ThroughApiServer(cluster=cluster), server=server)


@pytest.fixture(scope="session")
def keda(cluster: Cluster) -> Cluster:
    """The kind cluster with KEDA in it."""
    install.ensure(KEDA, testbed=Testbed(way=way.chosen(os.environ), layout=layout()))
    return cluster
