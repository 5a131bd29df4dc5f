"""Every request about clusters and node pools is, as a message, what the real gcloud sends for the same wish."""

from __future__ import annotations

import json

import pytest
from google.cloud import container_v1
from hypothesis import given

from tests.gcloud.captured import Capture, Sent, captures
from tests.gcloud.wishes import CREATED, GPU_POOL, wished
from tests.strategies.clusters import gke_clusters
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.request import (
    Request,
    create_cluster_request,
    create_node_pool_request,
    delete_cluster_request,
    delete_node_pool_request,
    get_cluster_request,
    is_owned,
    list_clusters_request,
    owned,
    place_of,
    request_json,
    set_autoscaling_request,
    set_size_request,
)
from tfk8s.errors import InputError
from tfk8s.ports.managed import PoolChange
from tfk8s.spec import GkeCluster

CAPTURES = captures()
PLACE = Place(project="my-project", location="us-central1-a", name="resnet-serving-cluster")
ABSENT = Place(project="my-project", location="us-central1-a", name="nope")


def told(name: str) -> tuple[Request, ...]:
    """Our requests for the wish of a capture, in gcloud's order."""
    if name in CREATED:
        cluster = wished(CREATED[name])
        create = create_cluster_request(cluster)
        shown: tuple[Request, ...] = () if name.startswith("3") else (get_cluster_request(place_of(cluster)),)
        return (create, *shown)
    if name == "20-nodepool-gpu":
        cluster = wished(GPU_POOL)
        return (create_node_pool_request(cluster, cluster.node_pools[0]),)
    others: dict[str, tuple[Request, ...]] = {
        "21-get-credentials": (get_cluster_request(PLACE),),
        "22-describe": (get_cluster_request(PLACE),),
        "23-delete": (delete_cluster_request(PLACE),),
        "24-resize": (get_cluster_request(PLACE), set_size_request(PLACE, pool="default-pool", nodes=5)),
        "25-list": (list_clusters_request(project="my-project"),),
        "32-err-404-creds": (get_cluster_request(ABSENT), list_clusters_request(project="my-project")),
    }
    return others[name]


def as_ours(sent: Sent) -> Request | None:
    """A captured request as the message that the library would send; None for one that is no business of ours."""
    if sent.body is not None:
        kind: type[Request]
        if sent.path.endswith(":setSize"):
            kind = container_v1.SetNodePoolSizeRequest
        elif sent.path.endswith("/nodePools"):
            kind = container_v1.CreateNodePoolRequest
        else:
            kind = container_v1.CreateClusterRequest
        message: Request = kind.from_json(json.dumps(sent.body), ignore_unknown_fields=False)
        return message
    path = sent.path.removeprefix("/v1/")
    if sent.method == "DELETE":
        return container_v1.DeleteClusterRequest(name=path)
    if path.endswith("/clusters"):
        return container_v1.ListClustersRequest(parent=path.removesuffix("/clusters"))
    # After `node-pools create` gcloud shows the pool; we show it as a part of its cluster.
    return None if "/nodePools/" in path else container_v1.GetClusterRequest(name=path)


def url_path(request: Request) -> str:
    """Where the library's HTTP mapping would send it."""
    match request:
        case container_v1.CreateClusterRequest() | container_v1.ListClustersRequest():
            return f"/v1/{request.parent}/clusters"
        case container_v1.CreateNodePoolRequest():
            return f"/v1/{request.parent}/nodePools"
        case container_v1.SetNodePoolSizeRequest():
            return f"/v1/{request.name}:setSize"
        case _:
            return f"/v1/{request.name}"


@pytest.mark.parametrize("capture", CAPTURES.values(), ids=CAPTURES)
def test_every_request_equals_what_gcloud_sends_for_the_same_wish(capture: Capture) -> None:
    theirs = [(sent, as_ours(sent)) for sent in capture.sent]
    mine = told(capture.name)

    assert [message for _, message in theirs if message is not None] == list(mine)
    assert [sent.path for sent, message in theirs if message is not None] == [url_path(request) for request in mine]


def test_all_26_captures_are_compared_and_each_has_a_request() -> None:
    assert len(CAPTURES) == 26
    assert [name for name in CAPTURES if not told(name)] == []


def test_a_request_says_nothing_by_the_deprecated_names() -> None:
    """Project, zone and cluster are named in `parent` and `name` alone, which take zones and regions alike."""
    for name in CAPTURES:
        for request in told(name):
            assert {"projectId", "zone", "clusterId", "nodePoolId"}.isdisjoint(request_json(request))


def test_a_gpu_pool_asks_for_a_driver_unless_it_is_told_not_to() -> None:
    """K25.2."""
    gpu = "location: us-central1-a, name: c, machineType: g2-standard-4, gpu: {type: nvidia-l4%s}"

    def drivers(more: str) -> list[str]:
        (pool,) = create_cluster_request(wished(gpu % more)).cluster.node_pools
        (accelerator,) = pool.config.accelerators
        return [accelerator.gpu_driver_installation_config.gpu_driver_version.name]

    assert drivers("") == ["DEFAULT"]
    assert drivers(", driver: disabled") == ["INSTALLATION_DISABLED"]


def test_no_version_is_asked_for_by_default() -> None:
    assert create_cluster_request(wished(CREATED["01-seed-5-nodes"])).cluster.initial_cluster_version == ""


def test_what_we_make_carries_our_label_and_nothing_else_changes() -> None:
    cluster = wished(CREATED["11-labels-tags-taints"])
    request = create_cluster_request(owned(cluster))

    assert is_owned(request.cluster)
    assert not is_owned(create_cluster_request(cluster).cluster)
    assert request.cluster.node_pools[0].config.resource_labels["managed-by"] == "tfk8s"
    del request.cluster.resource_labels["managed-by"]
    del request.cluster.node_pools[0].config.resource_labels["managed-by"]
    assert request == create_cluster_request(cluster)


def test_further_pools_are_made_with_the_cluster_and_carry_its_labels() -> None:
    cluster = wished(f"{GPU_POOL}, labels: {{team: ml}}")
    first, second = create_cluster_request(cluster).cluster.node_pools

    assert (first.name, second.name) == ("default-pool", "gpu-pool")
    assert dict(second.config.resource_labels) == {"team": "ml"}
    assert second == create_node_pool_request(cluster, cluster.node_pools[0]).node_pool


@pytest.mark.parametrize(
    ("keys", "nodes"),
    [
        ("location: us-central1-a, name: c", 3),
        ("location: us-central1-a, name: c, autoscaling: {max: 2}", 2),
        ("location: us-central1-a, name: c, autoscaling: {min: 4, max: 9}", 4),
        ("location: us-central1, name: c, autoscaling: {totalMax: 6}", 2),
        ("location: us-central1, name: c, autoscaling: {totalMax: 2}", 1),
        ("location: us-central1, name: c, autoscaling: {totalMin: 10, totalMax: 12}", 4),
    ],
)
def test_the_number_of_nodes_that_nobody_gave_keeps_within_autoscaling(keys: str, nodes: int) -> None:
    assert create_cluster_request(wished(keys)).cluster.node_pools[0].initial_node_count == nodes


def test_named_zones_ranges_and_features_are_asked_for() -> None:
    cluster = wished(
        "location: us-central1, name: c, nodeLocations: [us-central1-f, us-central1-a], "
        "authorizedNetworks: [203.0.113.0/24], releaseChannel: none, logging: [], monitoring: [API_SERVER], "
        "shieldedNodes: false, addons: [NodeLocalDNS], imageType: UBUNTU_CONTAINERD"
    )
    message = create_cluster_request(cluster).cluster
    networks = message.control_plane_endpoints_config.ip_endpoints_config.authorized_networks_config

    assert list(message.locations) == ["us-central1-a", "us-central1-f"]
    assert networks.enabled
    assert [block.cidr_block for block in networks.cidr_blocks] == ["203.0.113.0/24"]
    assert "release_channel" in message
    assert message.release_channel.channel.name == "UNSPECIFIED"
    assert "logging_config" in message
    assert list(message.logging_config.component_config.enable_components) == []
    assert [one.name for one in message.monitoring_config.component_config.enable_components] == ["APISERVER"]
    assert "shielded_nodes" in message
    assert not message.shielded_nodes.enabled
    assert message.addons_config.horizontal_pod_autoscaling.disabled
    assert message.addons_config.http_load_balancing.disabled
    assert message.addons_config.dns_cache_config.enabled


@pytest.mark.parametrize("kind", ["nodes: 1", "autopilot: true"])
def test_a_cluster_joins_the_fleet_that_it_names_as_it_is_made(kind: str) -> None:
    alone, member = (
        create_cluster_request(wished(f"location: us-central1, name: c, {kind}{fleet}")).cluster
        for fleet in ("", ", fleet: fleet-host-1")
    )

    assert member.fleet.project == "fleet-host-1"
    assert (member.fleet.membership, member.fleet.pre_registered) == ("", False)  # GKE's own to say
    del member.fleet
    assert member == alone


def test_autopilot_asks_for_no_feature_that_it_always_has() -> None:
    plain = wished("location: us-central1, name: c, autopilot: true")
    explicit = wished(
        "location: us-central1, name: c, autopilot: true, workloadIdentity: true, shieldedNodes: true, "
        "dataplaneV2: true, verticalPodAutoscaling: true, imageStreaming: true"
    )

    assert create_cluster_request(explicit) == create_cluster_request(plain)


def test_bounds_of_autoscaling_keep_what_is_not_changed() -> None:
    found = container_v1.NodePoolAutoscaling(enabled=True, min_node_count=1, max_node_count=4, location_policy="ANY")
    request = set_autoscaling_request(PLACE, PoolChange(pool="gpu", max_nodes=8), found=found)

    assert request.name == f"{PLACE.path}/nodePools/gpu"
    assert (request.autoscaling.min_node_count, request.autoscaling.max_node_count) == (1, 8)
    assert request.autoscaling.enabled
    assert request.autoscaling.location_policy.name == "ANY"


@pytest.mark.parametrize(
    ("change", "found", "says"),
    [
        (PoolChange(pool="p", min_nodes=1), {}, "node pool p is not autoscaled"),
        (PoolChange(pool="p", min_nodes=1), {"enabled": True, "total_max_node_count": 9}, "bounds for all zones"),
        (PoolChange(pool="p", min_nodes=5), {"enabled": True, "max_node_count": 4}, "at least 5 and at most 4"),
    ],
)
def test_bounds_that_would_make_no_sense_are_refused(change: PoolChange, found: dict[str, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        set_autoscaling_request(PLACE, change, found=container_v1.NodePoolAutoscaling(**found))


def test_a_pool_is_deleted_by_its_full_name() -> None:
    assert request_json(delete_node_pool_request(PLACE, pool="gpu")) == {"name": f"{PLACE.path}/nodePools/gpu"}


def test_a_shown_request_is_spelt_as_the_api_spells_it() -> None:
    shown = request_json(create_cluster_request(wished(CREATED["10-gpu-default-pool"])))

    assert shown["parent"] == "projects/my-project/locations/us-central1-a"
    assert container_v1.CreateClusterRequest.from_json(json.dumps(shown)) == told("10-gpu-default-pool")[0]
    assert shown == CAPTURES["10-gpu-default-pool"].sent[0].body


@given(gke_clusters())
def test_any_cluster_of_a_spec_becomes_a_request_that_can_be_sent_and_shown(cluster: GkeCluster) -> None:
    request = create_cluster_request(cluster)
    shown = json.dumps(request_json(request))

    assert (
        container_v1.CreateClusterRequest.deserialize(container_v1.CreateClusterRequest.serialize(request)) == request
    )
    assert container_v1.CreateClusterRequest.from_json(shown, ignore_unknown_fields=False) == request
    assert [pool.name for pool in request.cluster.node_pools][1:] == [pool.name for pool in cluster.node_pools]
