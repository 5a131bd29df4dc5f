"""Node pools: added once, resized, bounded; whatever else works on the cluster."""

from __future__ import annotations

import pytest
from google.cloud.container_v1 import NodePool

from tests.contract.gke.clusters import PATH, Gke, cluster
from tests.fakes.gke import faults
from tests.fakes.gke.server import FakeGke
from tfk8s.errors import CloudError, InputError
from tfk8s.ports import ClusterRequest
from tfk8s.ports.managed import PoolChange

pytestmark = pytest.mark.contract

GPU = {
    "name": "gpu-pool",
    "machineType": "g2-standard-8",
    "nodes": 1,
    "gpu": {"type": "nvidia-l4", "count": 1, "driver": "latest"},
}
WANTED = ClusterRequest(cluster=cluster(nodePools=[GPU]))


def pools(server: FakeGke) -> dict[str, NodePool]:
    return {pool.name: pool for pool in server.world.clusters[PATH].node_pools}


def add(gke: Gke) -> None:
    gke.provider.add_pool(WANTED, pool="gpu-pool", reporter=gke.told)


def change(gke: Gke, **numbers: int) -> None:
    gke.provider.change_pool(WANTED, PoolChange(pool="default-pool", **numbers), reporter=gke.told)


def test_a_pool_is_added_with_its_driver_and_the_second_time_nothing_happens(gke: Gke, server: FakeGke) -> None:
    """K25.2."""
    gke.ensure()

    add(gke)
    add(gke)

    assert len(server.requests("CreateNodePool")) == 1
    pool = pools(server)["gpu-pool"]
    assert pool.status.name == "RUNNING"
    assert pool.config.accelerators[0].gpu_driver_installation_config.gpu_driver_version.name == "LATEST"
    assert "node pool gpu-pool" in gke.messages()


def test_a_pool_that_the_spec_does_not_describe_is_an_input_error(gke: Gke) -> None:
    with pytest.raises(InputError, match="the spec describes no node pool nope") as refused:
        gke.provider.add_pool(WANTED, pool="nope", reporter=gke.told)

    assert refused.value.hint == "cluster.nodePools has: gpu-pool"


def test_a_pool_for_a_cluster_that_is_not_there_is_one_clear_error(gke: Gke) -> None:
    with pytest.raises(CloudError, match="there is no cluster"):
        add(gke)


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_pool_whose_answer_was_lost_is_made_once(gke: Gke, server: FakeGke, is_carried_out: bool) -> None:
    gke.ensure()
    server.fail("CreateNodePool", faults.unavailable(), is_carried_out=is_carried_out)

    add(gke)

    assert [job.kind for job in server.world.jobs.values()] == ["CREATE_CLUSTER", "CREATE_NODE_POOL"]
    assert sorted(pools(server)) == ["default-pool", "gpu-pool"]


def test_a_pool_waits_for_what_works_on_the_cluster(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    gke.client.update_cluster({"name": PATH, "update": {"desired_node_version": "-"}})

    add(gke)

    assert sorted(pools(server)) == ["default-pool", "gpu-pool"]
    assert "is being worked on; going on after that" in gke.messages()


def test_a_pool_that_broke_is_explained(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.fail_operation("CREATE_NODE_POOL", faults.stockout())
    with pytest.raises(CloudError, match="no machines of this kind left"):
        add(gke)

    with pytest.raises(CloudError, match=r"no machines of this kind left .* \(node pool gpu-pool\)"):
        add(gke)

    assert len(server.requests("CreateNodePool")) == 1


def test_a_pool_is_resized_per_zone(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    change(gke, nodes=2)

    assert pools(server)["default-pool"].initial_node_count == 2
    assert server.requests("SetNodePoolSize") == [{"name": f"{PATH}/nodePools/default-pool", "nodeCount": 2}]


def test_bounds_are_set_once_and_the_other_bound_stays(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    change(gke, min_nodes=1, max_nodes=6)
    change(gke, max_nodes=6)
    change(gke, min_nodes=2)

    scaling = pools(server)["default-pool"].autoscaling
    assert (scaling.enabled, scaling.min_node_count, scaling.max_node_count) == (True, 2, 6)
    assert len(server.requests("SetNodePoolAutoscaling")) == 2


def test_bounds_and_size_are_set_in_this_order(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    change(gke, nodes=3, min_nodes=1, max_nodes=6)

    assert [job.kind for job in server.world.jobs.values()][1:] == ["UPDATE_CLUSTER", "SET_NODE_POOL_SIZE"]


@pytest.mark.parametrize(
    ("numbers", "says"),
    [({"min_nodes": 3}, "is not autoscaled"), ({"min_nodes": 3, "max_nodes": 2}, "at least 3 and at most 2")],
)
def test_bounds_that_are_none_are_refused_before_anything_is_sent(
    gke: Gke, server: FakeGke, numbers: dict[str, int], says: str
) -> None:
    gke.ensure()

    with pytest.raises(InputError, match=says):
        change(gke, **numbers)

    assert server.requests("SetNodePoolAutoscaling") == []


def test_a_pool_that_is_not_there_is_told_with_those_that_are(gke: Gke) -> None:
    gke.ensure()

    with pytest.raises(InputError, match="has no node pool nope") as refused:
        gke.provider.change_pool(WANTED, PoolChange(pool="nope", nodes=1), reporter=gke.told)

    assert refused.value.hint == "it has: default-pool"


def test_a_resize_without_an_answer_is_sent_again(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.fail("SetNodePoolSize", faults.deadline(), times=2)

    change(gke, nodes=2)

    assert len(server.requests("SetNodePoolSize")) == 3
    assert pools(server)["default-pool"].initial_node_count == 2
