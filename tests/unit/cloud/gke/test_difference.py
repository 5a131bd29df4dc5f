"""A cluster that exists is compared with the spec field by field; what GKE chose by itself is no difference."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from google.cloud import container_v1
from hypothesis import given

from tests.gcloud.echo import echo
from tests.gcloud.wishes import CREATED, GPU_POOL, wished
from tests.strategies.clusters import gke_clusters
from tfk8s.cloud.gke.difference import differences
from tfk8s.cloud.gke.request import create_cluster_request, owned
from tfk8s.spec import GkeCluster

ZONAL = "location: us-central1-a, name: resnet-serving-cluster"
AT = "--location us-central1-a --project my-project"
UPDATE = f"gcloud container clusters update resnet-serving-cluster {AT}"
UPGRADE = f"gcloud container clusters upgrade resnet-serving-cluster {AT}"
POOL = f"gcloud container node-pools update default-pool --cluster resnet-serving-cluster {AT}"
ANEW = "cannot be changed: make the cluster anew, or say in the spec what it has"
NEW_POOL = "cannot be changed: make a node pool with it, then delete default-pool"


def found_for(keys: str) -> container_v1.Cluster:
    return echo(create_cluster_request(wished(keys)))


@pytest.mark.parametrize("keys", CREATED.values(), ids=CREATED)
def test_a_cluster_that_was_made_as_wished_is_in_sync(keys: str) -> None:
    version = "9.9" if "9.9" in keys else "1.34.1-gke.1"

    assert differences(wished(keys), echo(create_cluster_request(wished(keys)), version=version)) == ()


@given(gke_clusters())
def test_any_cluster_is_in_sync_with_what_gke_makes_of_it(cluster: GkeCluster) -> None:
    assert differences(cluster, echo(create_cluster_request(owned(cluster)), version="1.34.1-gke.1")) == ()


def test_what_the_spec_leaves_out_is_no_difference() -> None:
    """The cluster has everything that can be had, and the spec names it only."""
    rich = "14-addons-gateway-dpv2", "13-shielded-logging-mon", "11-labels-tags-taints", "09-machine-disk-image"
    bare = wished(ZONAL)

    assert [differences(bare, found_for(CREATED[name])) for name in rich] == [()] * len(rich)


THERE = f"--cluster resnet-serving-cluster {AT}"
CHANGED = [
    ("nodes: 5", "nodes: 3", "nodes", "5", "3", f"tfk8s cluster pools resize default-pool --nodes 5 {THERE}"),
    (
        "autoscaling: {min: 1, max: 9}",
        "nodes: 3",
        "autoscaling",
        "1 to 9 in each zone",
        "off",
        f"tfk8s cluster pools autoscale default-pool --min-nodes 1 --max-nodes 9 {THERE}",
    ),
    (
        "autoscaling: {totalMax: 9, locationPolicy: ANY}",
        "autoscaling: {max: 4, locationPolicy: BALANCED}",
        "autoscaling",
        "0 to 9 in all zones, ANY",
        "0 to 4 in each zone, BALANCED",
        f"{POOL} --enable-autoscaling --total-min-nodes 0 --total-max-nodes 9 --location-policy ANY",
    ),
    (
        "machineType: n1-standard-8",
        "nodes: 3",
        "machineType",
        "n1-standard-8",
        "e2-medium",
        f"{POOL} --machine-type n1-standard-8",
    ),
    ("diskSizeGb: 50", "nodes: 3", "diskSizeGb", "50", "100", f"{POOL} --disk-size 50"),
    ("diskType: pd-ssd", "nodes: 3", "diskType", "pd-ssd", "pd-balanced", f"{POOL} --disk-type pd-ssd"),
    (
        "imageType: UBUNTU_CONTAINERD",
        "nodes: 3",
        "imageType",
        "UBUNTU_CONTAINERD",
        "COS_CONTAINERD",
        f"{UPGRADE} --node-pool default-pool --image-type UBUNTU_CONTAINERD",
    ),
    (
        "machineType: n1-standard-4, gpu: {type: nvidia-tesla-t4, driver: latest}",
        "machineType: n1-standard-4, gpu: {type: nvidia-tesla-t4}",
        "gpu",
        "1 x nvidia-tesla-t4, driver latest",
        "1 x nvidia-tesla-t4, driver default",
        NEW_POOL,
    ),
    (
        "machineType: n1-standard-4, gpu: {type: nvidia-tesla-t4}",
        "machineType: n1-standard-4",
        "gpu",
        "1 x nvidia-tesla-t4",
        "none",
        NEW_POOL,
    ),
    ("spot: true", "nodes: 3", "spot", "true", "false", NEW_POOL),
    (
        "nodeLabels: {pool: serving, a: b}",
        "nodeLabels: {pool: other}",
        "nodeLabels",
        "a=b, pool=serving",
        "pool=other",
        f"{POOL} --node-labels a=b,pool=serving",
    ),
    (
        "taints: [{key: a, value: b, effect: NoExecute}]",
        "taints: [{key: a, value: b, effect: NoSchedule}]",
        "taints",
        "a=b:NoExecute",
        "none",
        f"{POOL} --node-taints a=b:NoExecute",
    ),
    ("tags: [web]", "nodes: 3", "tags", "web", "none", f"{POOL} --tags web"),
    (
        "serviceAccount: sa@my-project.iam.gserviceaccount.com",
        "nodes: 3",
        "serviceAccount",
        "sa@my-project.iam.gserviceaccount.com",
        "default",
        NEW_POOL,
    ),
    (
        "scopes: [cloud-platform]",
        "nodes: 3",
        "scopes",
        "https://www.googleapis.com/auth/cloud-platform",
        "none",
        NEW_POOL,
    ),
    ("shielded: {secureBoot: true}", "nodes: 3", "shielded", "secure boot true", "secure boot false", NEW_POOL),
    (
        "workloadIdentity: true",
        "nodes: 3",
        "workloadIdentity",
        "true",
        "false",
        f"{UPDATE} --workload-pool my-project.svc.id.goog",
    ),
    (
        "workloadIdentity: false",
        "workloadIdentity: true",
        "workloadIdentity",
        "false",
        "true",
        f"{UPDATE} --disable-workload-identity",
    ),
    ("privateNodes: true", "nodes: 3", "privateNodes", "true", "false", ANEW),
    (
        "privateNodes: true, controlPlaneCidr: 172.16.0.0/28",
        "privateNodes: true",
        "controlPlaneCidr",
        "172.16.0.0/28",
        "none",
        ANEW,
    ),
    (
        "authorizedNetworks: [203.0.113.0/24]",
        "authorizedNetworks: anyone",
        "authorizedNetworks",
        "203.0.113.0/24",
        "anyone",
        f"{UPDATE} --enable-master-authorized-networks --master-authorized-networks 203.0.113.0/24",
    ),
    (
        "authorizedNetworks: anyone",
        "authorizedNetworks: [203.0.113.0/24]",
        "authorizedNetworks",
        "anyone",
        "203.0.113.0/24",
        f"{UPDATE} --no-enable-master-authorized-networks",
    ),
    ("releaseChannel: rapid", "nodes: 3", "releaseChannel", "rapid", "regular", f"{UPDATE} --release-channel rapid"),
    ("releaseChannel: none", "nodes: 3", "releaseChannel", "none", "regular", f"{UPDATE} --release-channel None"),
    ('version: "1.35"', "nodes: 3", "version", "1.35", "1.34.1-gke.1", f"{UPGRADE} --master --cluster-version 1.35"),
    ("labels: {team: ml}", "labels: {team: web}", "labels", "team=ml", "team=web", f"{UPDATE} --update-labels team=ml"),
    ("network: my-net", "nodes: 3", "network", "my-net", "default", ANEW),
    (
        "network: projects/host/global/networks/my-net",
        "network: my-net",
        "network",
        "projects/host/global/networks/my-net",
        "projects/my-project/global/networks/my-net",
        ANEW,
    ),
    ("subnetwork: my-sub", "nodes: 3", "subnetwork", "my-sub", "default", ANEW),
    ("podRange: pods", "podRange: others", "podRange", "pods", "others", ANEW),
    ("serviceRange: svcs", "serviceRange: others", "serviceRange", "svcs", "others", ANEW),
    ("shieldedNodes: false", "nodes: 3", "shieldedNodes", "false", "true", f"{UPDATE} --no-enable-shielded-nodes"),
    ("logging: []", "nodes: 3", "logging", "none", "SYSTEM_COMPONENTS, WORKLOADS", f"{UPDATE} --logging NONE"),
    (
        "monitoring: [SYSTEM, API_SERVER]",
        "monitoring: [SYSTEM]",
        "monitoring",
        "APISERVER, SYSTEM_COMPONENTS",
        "SYSTEM_COMPONENTS",
        f"{UPDATE} --monitoring SYSTEM,API_SERVER",
    ),
    (
        "managedPrometheus: false",
        "nodes: 3",
        "managedPrometheus",
        "false",
        "true",
        f"{UPDATE} --disable-managed-prometheus",
    ),
    ("gatewayApi: standard", "nodes: 3", "gatewayApi", "standard", "disabled", f"{UPDATE} --gateway-api standard"),
    ("fleet: my-project", "nodes: 3", "fleet", "my-project", "none", f"{UPDATE} --fleet-project my-project"),
    ("dataplaneV2: true", "nodes: 3", "dataplaneV2", "true", "false", ANEW),
    (
        "addons: [HttpLoadBalancing, NodeLocalDNS]",
        "nodes: 3",
        "addons",
        "HttpLoadBalancing, NodeLocalDNS",
        "HorizontalPodAutoscaling, HttpLoadBalancing",
        f"{UPDATE} --update-addons HttpLoadBalancing=ENABLED,NodeLocalDNS=ENABLED,HorizontalPodAutoscaling=DISABLED",
    ),
    (
        "verticalPodAutoscaling: true",
        "nodes: 3",
        "verticalPodAutoscaling",
        "true",
        "false",
        f"{UPDATE} --enable-vertical-pod-autoscaling",
    ),
    ("imageStreaming: true", "nodes: 3", "imageStreaming", "true", "false", f"{UPDATE} --enable-image-streaming"),
]


@pytest.mark.parametrize(
    ("wanted", "made", "field", "says", "has", "remedy"), CHANGED, ids=[f"{case[0]} / {case[1]}" for case in CHANGED]
)
def test_a_field_that_differs_is_told_alone_with_both_values_and_the_way_on(
    wanted: str, made: str, field: str, says: str, has: str, remedy: str
) -> None:
    (difference,) = differences(wished(f"{ZONAL}, {wanted}"), found_for(f"{ZONAL}, {made}"))

    assert (difference.field, difference.wanted, difference.found) == (field, says, has)
    assert difference.remedy == remedy


def test_every_field_that_can_be_compared_is_in_the_table_above() -> None:
    """A new field of the spec's cluster needs a comparison, or a reason here."""
    placed = {"provider", "project", "location", "name"}
    elsewhere = {"autopilot", "nodeLocations", "nodePools"}
    fields = {field.alias or name for name, field in GkeCluster.model_fields.items()}

    assert fields - placed - elsewhere == {case[2] for case in CHANGED}


def test_a_standard_cluster_does_not_become_autopilot() -> None:
    wanted = wished("location: us-central1, name: c, autopilot: true")
    (difference,) = differences(wanted, found_for("location: us-central1, name: c, nodes: 5"))

    assert (difference.field, difference.wanted, difference.found) == ("autopilot", "true", "false")
    assert difference.remedy == ANEW


def test_what_is_said_about_nodes_is_not_lost_on_an_autopilot_cluster() -> None:
    found = found_for("location: us-central1, name: c, autopilot: true")

    for keys in ("nodes: 5", "autopilot: false, nodes: 5"):
        (difference,) = differences(wished(f"location: us-central1, name: c, {keys}"), found)
        assert (difference.field, difference.wanted, difference.found) == ("autopilot", "false", "true")
    assert differences(wished("location: us-central1, name: c"), found) == ()


def test_zones_of_the_nodes_are_compared_when_they_are_named() -> None:
    both = "location: us-central1, name: c, nodeLocations: [us-central1-b, us-central1-a]"
    (difference,) = differences(wished(both), found_for("location: us-central1, name: c"))

    assert (difference.field, difference.found) == ("nodeLocations", "us-central1-a, us-central1-b, us-central1-c")
    assert difference.remedy.endswith("--node-locations us-central1-b,us-central1-a")


@pytest.mark.parametrize("version", ["1.34", "1.34.1", "1.34.1-gke.1", "1.33.9-gke.7", "latest"])
def test_a_control_plane_that_gke_has_upgraded_is_no_difference(version: str) -> None:
    assert differences(wished(f'{ZONAL}, version: "{version}"'), found_for(ZONAL)) == ()


def test_the_number_of_nodes_belongs_to_the_autoscaler_where_there_is_one() -> None:
    scaled = found_for(f"{ZONAL}, nodes: 7, autoscaling: {{min: 1, max: 9}}")

    assert differences(wished(f"{ZONAL}, nodes: 5"), scaled) == ()


def test_nodes_that_gke_counts_are_compared_and_not_those_of_the_beginning() -> None:
    """A pool that was resized by hand, where GKE may or may not say so in the pool itself."""
    wanted = wished("location: us-central1, name: c, nodes: 2")
    found = echo(create_cluster_request(wanted))

    def has(counted: int) -> list[str]:
        found.current_node_count = counted
        return [difference.found for difference in differences(wanted, found) if difference.field == "nodes"]

    assert (has(6), has(0), has(9), has(7)) == ([], [], ["3"], ["7 in all zones"])


def test_a_further_pool_is_compared_under_its_name() -> None:
    wanted = wished(GPU_POOL)
    other = GPU_POOL.replace("g2-standard-8", "g2-standard-16").replace("max: 4", "max: 2")

    assert [(one.field, one.wanted, one.found) for one in differences(wanted, found_for(other))] == [
        ("nodePools[gpu-pool].autoscaling", "0 to 4 in each zone", "0 to 2 in each zone"),
        ("nodePools[gpu-pool].machineType", "g2-standard-8", "g2-standard-16"),
    ]


def test_a_pool_that_is_missing_is_told_with_the_command_that_adds_it() -> None:
    (difference,) = differences(wished(GPU_POOL), found_for(CREATED["01-seed-5-nodes"]))

    assert (difference.field, difference.found) == ("nodePools[gpu-pool]", "no node pool gpu-pool")
    assert difference.remedy == "tfk8s cluster pools add gpu-pool"


def test_a_cluster_without_the_default_pool_is_not_taken_for_in_sync() -> None:
    found = found_for(CREATED["01-seed-5-nodes"])
    found.node_pools[0].name = "made-elsewhere"
    (difference,) = differences(wished(CREATED["01-seed-5-nodes"]), found)

    assert (difference.field, difference.wanted) == ("nodes", "5 nodes in each zone")
    assert "describe its pools under nodePools" in difference.remedy


def _legacy_networks(found: container_v1.Cluster) -> None:
    found.control_plane_endpoints_config = container_v1.ControlPlaneEndpointsConfig()
    found.master_authorized_networks_config = container_v1.MasterAuthorizedNetworksConfig(
        enabled=True, cidr_blocks=[{"cidr_block": "203.0.113.0/24"}]
    )


def _new_disk(found: container_v1.Cluster) -> None:
    config = found.node_pools[0].config
    config.boot_disk = container_v1.BootDisk(size_gb=50, disk_type="pd-ssd")
    config.disk_size_gb, config.disk_type = 0, ""


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        ("authorizedNetworks: [203.0.113.0/24]", _legacy_networks),
        ("diskSizeGb: 50, diskType: pd-ssd", _new_disk),
    ],
)
def test_values_are_found_in_the_old_and_the_new_place_of_the_api(
    keys: str, change: Callable[[container_v1.Cluster], None]
) -> None:
    found = found_for(f"{ZONAL}, {keys}")
    change(found)

    assert differences(wished(f"{ZONAL}, {keys}"), found) == ()


@given(gke_clusters(), gke_clusters())
def test_any_difference_has_two_values_and_a_way_on(wanted: GkeCluster, made: GkeCluster) -> None:
    for difference in differences(wanted, echo(create_cluster_request(made))):
        assert difference.wanted != difference.found
        assert difference.wanted
        assert difference.found
        assert shlex.split(difference.remedy)
