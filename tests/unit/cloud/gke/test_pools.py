"""Node pools are counted over all zones, and their nodes offer what GKE leaves of the machine."""

from __future__ import annotations

import pytest
from google.cloud import container_v1

from tests.gcloud.wishes import CREATED, GPU_POOL, wished
from tfk8s.cloud.gke.pools import node_pools
from tfk8s.cloud.gke.request import create_cluster_request
from tfk8s.ports.managed import NodePool
from tfk8s.spec.gke_machines import GIB, MIB, machine


def made(keys: str, *, location: str = "us-central1-a", **fields: object) -> tuple[NodePool, ...]:
    cluster = create_cluster_request(wished(keys)).cluster
    cluster.location = location
    for name, value in fields.items():
        setattr(cluster, name, value)
    return node_pools(cluster)


@pytest.mark.parametrize(
    ("name", "cpu_millis"),
    [
        ("e2-medium", 940),
        ("n1-standard-1", 940),
        ("e2-standard-2", 1930),
        ("n1-standard-4", 3920),
        ("n1-standard-8", 7910),
        ("e2-standard-16", 15890),
        ("a2-highgpu-1g", 11900),
    ],
)
def test_a_node_offers_the_cpus_that_gke_does_not_keep(name: str, cpu_millis: int) -> None:
    """The numbers that `kubectl describe node` shows on such machines."""
    found = machine(name)

    assert found is not None
    assert found.allocatable_cpu_millis == cpu_millis


@pytest.mark.parametrize(
    ("name", "memory", "left"),
    [
        ("e2-medium", 4 * GIB, 3 * GIB - 100 * MIB),
        ("n1-standard-1", 3840 * MIB, 2780 * MIB),
        ("e2-standard-4", 16 * GIB, 16 * GIB - 2662 * MIB - 100 * MIB),
        ("e2-highmem-16", 128 * GIB, 128 * GIB - 9543 * MIB - 100 * MIB),
        ("custom-2-512", 512 * MIB, 157 * MIB),
        ("n2-custom-4-6144", 6144 * MIB, 6144 * MIB - 1433 * MIB - 100 * MIB),
    ],
)
def test_a_node_offers_the_memory_that_gke_does_not_keep(name: str, memory: int, left: int) -> None:
    found = machine(name)

    assert found is not None
    assert found.memory_bytes == memory
    assert abs(found.allocatable_memory_bytes - left) <= MIB


@pytest.mark.parametrize("name", ["c4-standard-4", "m3-ultramem-32", "e2-standard-0", "quantum-1", "n1-ultramem-40"])
def test_a_machine_that_is_not_known_is_not_guessed(name: str) -> None:
    assert machine(name) is None


def test_a_zonal_pool_has_the_nodes_that_were_asked_for() -> None:
    (pool,) = made(CREATED["09-machine-disk-image"])

    assert (pool.name, pool.machine_type, pool.nodes, pool.fewest_nodes, pool.most_nodes) == (
        "default-pool",
        "n1-standard-8",
        5,
        5,
        5,
    )
    assert (pool.is_autoscaled, pool.is_spot, pool.cpu_millis, pool.gpus) == (False, False, 7910, 0)


def test_nodes_and_bounds_per_zone_count_in_each_zone_of_a_region() -> None:
    zones = ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"]
    keys = "location: us-central1, name: c, nodes: 2, autoscaling: {min: 1, max: 5}"

    (assumed,) = made(keys, location="us-central1")
    (told,) = made(keys, location="us-central1", locations=zones)

    assert (assumed.nodes, assumed.fewest_nodes, assumed.most_nodes) == (6, 3, 15)
    assert (told.nodes, told.fewest_nodes, told.most_nodes) == (8, 4, 20)
    assert (assumed.zones, told.zones) == (3, 4)


def test_bounds_in_total_count_once() -> None:
    (pool,) = made(CREATED["04-autoscaling-total"], location="us-central1")

    assert (pool.nodes, pool.fewest_nodes, pool.most_nodes, pool.is_autoscaled) == (3, 1, 9, True)


def test_the_nodes_of_a_single_pool_are_those_that_gke_counts_now() -> None:
    (pool,) = made(CREATED["03-autoscaling"], current_node_count=7)

    assert (pool.nodes, pool.fewest_nodes, pool.most_nodes) == (7, 1, 10)


def test_gpus_and_spot_belong_to_their_pool() -> None:
    first, second = made(GPU_POOL, current_node_count=6)

    assert (first.nodes, first.gpus, first.is_spot, first.machine_type) == (5, 0, False, "e2-medium")
    assert (second.nodes, second.most_nodes, second.gpus, second.is_spot) == (1, 4, 1, True)


def test_a_pool_of_an_unknown_machine_says_that_it_is_unknown() -> None:
    (pool,) = made("location: us-central1-a, name: c, machineType: c4-standard-4")

    assert (pool.cpu_millis, pool.memory_bytes) == (0, 0)


def test_a_pool_keeps_the_state_that_gke_gives_it() -> None:
    cluster = container_v1.Cluster(
        location="us-central1-a", node_pools=[{"name": "bad", "status": "ERROR"}, {"name": "new"}]
    )

    assert [pool.status for pool in node_pools(cluster)] == ["ERROR", ""]


def test_the_nodes_of_autopilot_are_nobodys_to_count() -> None:
    assert made(CREATED["05-autopilot"], location="us-central1") == ()
