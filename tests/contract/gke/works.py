"""What is done with a cluster while something fails."""

from __future__ import annotations

from tests.contract.gke.clusters import Gke, cluster
from tfk8s.ports import ClusterRequest
from tfk8s.ports.managed import PoolChange

GPU = {"name": "gpu-pool", "machineType": "g2-standard-8", "nodes": 1}
WANTED = ClusterRequest(cluster=cluster(nodePools=[GPU]))


def ensure(gke: Gke) -> object:
    return gke.ensure(nodePools=[GPU])


def delete(gke: Gke) -> object:
    return gke.delete()


def resize(gke: Gke) -> None:
    gke.provider.change_pool(WANTED, PoolChange(pool="default-pool", nodes=2), reporter=gke.told)


def rebound(gke: Gke) -> None:
    change = PoolChange(pool="default-pool", min_nodes=1, max_nodes=3)
    gke.provider.change_pool(WANTED, change, reporter=gke.told)


def add_pool(gke: Gke) -> None:
    gke.provider.add_pool(WANTED, pool="gpu-pool", reporter=gke.told)
