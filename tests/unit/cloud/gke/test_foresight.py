"""Before anything is made, a person reads what will be made, and what runs until `down`."""

from __future__ import annotations

from hypothesis import given

from tests.gcloud.wishes import CREATED, GPU_POOL, wished
from tests.strategies.clusters import gke_clusters
from tfk8s.cloud.gke.foresight import creates, runs
from tfk8s.spec import GkeCluster


def test_the_seed_cluster_is_told_with_its_nodes_disks_and_quotas() -> None:
    assert creates(wished(CREATED["01-seed-5-nodes"])) == (
        "cluster resnet-serving-cluster in the zone us-central1-a of project my-project",
        "node pool default-pool: 5 nodes of e2-medium, each with 100 GB of pd-balanced",
        "5 nodes in all, which takes of the quotas of us-central1: 10 CPUs, 5 external addresses, 500 GB of SSD disks",
    )
    assert runs(wished(CREATED["01-seed-5-nodes"])) == (
        "management of the cluster, by the hour",
        "5 nodes of e2-medium",
        "5 x 100 GB of pd-balanced",
        "5 x external address",
    )


def test_nodes_in_a_region_are_told_with_those_of_all_zones() -> None:
    """K26.1."""
    lines = creates(wished("location: us-central1, name: c, nodes: 4, diskType: pd-standard"))

    assert lines[1].startswith("node pool default-pool: 12 nodes of e2-medium (4 in each of 3 zones)")
    assert lines[2] == (
        "12 nodes in all, which takes of the quotas of us-central1: "
        "24 CPUs, 12 external addresses, 1200 GB of other disks"
    )


def test_an_autoscaled_gpu_pool_is_told_with_its_bounds() -> None:
    lines = creates(wished(GPU_POOL))

    assert lines[2] == (
        "node pool gpu-pool: 1 node of g2-standard-8 at the start, 0 to 4 by autoscaling, "
        "each with 100 GB of pd-balanced and 1 x nvidia-l4"
    )
    assert lines[3].endswith("18 CPUs, 6 external addresses, 600 GB of SSD disks, 1 x nvidia-l4")
    assert runs(wished(GPU_POOL))[4:] == (
        "1 node of g2-standard-8 at the start, 0 to 4 by autoscaling, spot",
        "0 to 4 x 100 GB of pd-balanced",
        "0 to 4 x nvidia-l4",
        "0 to 4 x external address",
    )


def test_gpus_are_counted_on_every_node_of_every_zone() -> None:
    gpus = wished(
        "location: us-central1, name: c, nodes: 2, machineType: g2-standard-24, gpu: {type: nvidia-l4, count: 2}"
    )

    assert creates(gpus)[-1].endswith("12 x nvidia-l4")
    assert "12 x nvidia-l4" in runs(gpus)


def test_bounds_in_total_are_not_multiplied_by_zones() -> None:
    assert "at the start, 1 to 9 by autoscaling" in creates(wished(CREATED["04-autoscaling-total"]))[1]


def test_private_nodes_take_no_external_addresses() -> None:
    private = wished(CREATED["07-private-nodes"])

    assert not any("external" in line for line in (*creates(private), *runs(private)))


def test_machines_that_are_not_known_are_named_instead_of_counted() -> None:
    lines = creates(wished("location: us-central1-a, name: c, machineType: c4-standard-8"))

    assert "0 CPUs and those of c4-standard-8" in lines[-1]


def test_autopilot_makes_nodes_as_they_are_needed_and_bills_pods() -> None:
    assert creates(wished(CREATED["05-autopilot"])) == (
        "Autopilot cluster resnet-auto in the region us-central1 of project my-project: "
        "GKE makes nodes as pods need them",
    )
    assert "what the pods request" in runs(wished(CREATED["05-autopilot"]))[1]


@given(gke_clusters())
def test_any_cluster_is_told_pool_by_pool_and_never_with_a_price(cluster: GkeCluster) -> None:
    made = creates(cluster)
    told = "\n".join((*made, *runs(cluster)))

    assert len(made) == (1 if cluster.autopilot else 3 + len(cluster.node_pools))
    assert not set("$€£") & set(told)
