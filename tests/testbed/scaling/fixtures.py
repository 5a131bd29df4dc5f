"""pytest fixtures: Prometheus and KEDA in the kind cluster."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import pytest

from tests.testbed import install, way
from tests.testbed.cluster import Testbed
from tests.testbed.layout import layout
from tests.testbed.scaling.parts import KEDA, PROMETHEUS

if TYPE_CHECKING:
    from tests.testbed.fixtures import Cluster

_PORT: Final = 9090


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """Prometheus in the kind cluster; it reads its pods every two seconds.

    Attributes:
        cluster: The kind cluster.
        server: Its address for pods, as in `scaling.source.server`.
    """

    cluster: Cluster
    server: str

    def query(self, promql: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Ask for the present value of an expression, through the API server.

        Returns:
            The value of each series by its sorted labels; nothing when no series fits.
        """
        service = f"/api/v1/namespaces/{PROMETHEUS.namespace}/services/{PROMETHEUS.name}:{_PORT}/proxy"
        answer = self.cluster.kubectl("get", "--raw", f"{service}/api/v1/query?{urlencode({'query': promql})}")
        series = json.loads(answer)["data"]["result"]
        return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in series}

    def number(self, promql: str) -> float | None:
        """Ask for an expression that answers with one number; None when no series fits."""
        values = list(self.query(promql).values())
        assert len(values) <= 1, f"{promql} answers with {len(values)} series"
        return values[0] if values else None


@pytest.fixture(scope="session")
def prometheus(cluster: Cluster) -> Prometheus:
    """Prometheus, which reads the pods that tfk8s made, and those with the usual annotations."""
    install.ensure(PROMETHEUS, testbed=Testbed(way=way.chosen(os.environ), layout=layout()))
    return Prometheus(cluster=cluster, server=f"http://{PROMETHEUS.name}.{PROMETHEUS.namespace}:{_PORT}")


@pytest.fixture(scope="session")
def keda(cluster: Cluster) -> Cluster:
    """The kind cluster with KEDA in it."""
    install.ensure(KEDA, testbed=Testbed(way=way.chosen(os.environ), layout=layout()))
    return cluster
