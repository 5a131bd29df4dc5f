"""A cluster of GKE that could never be made is refused before anything is asked of Google, at its line and field."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import ValidationError

from tests.gcloud.wishes import CREATED, wished
from tests.strategies.clusters import gke_values
from tests.unit.spec.test_invalid import complaints
from tests.unit.spec.test_schema import errors
from tfk8s.manifest import JsonObject
from tfk8s.spec import GkeCluster
from tfk8s.spec.gke_fields import is_zone, region_of

HEAD = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
image: {repository: r/m}
cluster:
  provider: gke
  project: my-project
  name: c
"""

ZONAL = "location: us-central1-a"
REGIONAL = "location: us-central1"

REFUSED = [
    # places
    (ZONAL, "name: C_1", "name", "no cluster name"),
    ("location: us-central1-1", "", "location", "no region or zone"),
    (REGIONAL, "nodeLocations: [us-central1]", "nodeLocations[0]", "no zone"),
    (REGIONAL, "nodeLocations: [europe-west1-b]", "nodeLocations[0]", "not in us-central1, the region"),
    (REGIONAL, "nodeLocations: [us-central1-a, us-central1-a]", "nodeLocations[1]", "in the list already"),
    (ZONAL, "nodeLocations: [us-central1-b]", "nodeLocations", "must have us-central1-a, the zone of the cluster"),
    # nodes
    (ZONAL, "nodes: 0", "nodes", "at least 1"),
    (ZONAL, "autoscaling: {min: 4, max: 3}", "autoscaling.min", "is 4, more than max, which is 3"),
    (ZONAL, "autoscaling: {totalMin: 4, totalMax: 3}", "autoscaling.totalMin", "more than totalMax"),
    (ZONAL, "autoscaling: {min: 1}", "autoscaling", "needs max, or totalMax"),
    (ZONAL, "autoscaling: {totalMin: 1}", "autoscaling", "needs totalMax"),
    (ZONAL, "autoscaling: {}", "autoscaling", "needs max, or totalMax"),
    (ZONAL, "autoscaling: {min: 1, max: 2, totalMax: 4}", "autoscaling", "keep min and max, or totalMin and totalMax"),
    (ZONAL, "nodes: 5\n  autoscaling: {min: 1, max: 4}", "nodes", "is 5, outside min 1 and max 4"),
    (REGIONAL, "nodes: 5\n  autoscaling: {totalMax: 9}", "nodes", "5 nodes in each of 3 zones are 15, outside"),
    (
        REGIONAL,
        "nodePools: [{name: p, nodes: 3, autoscaling: {min: 4, max: 9}}]",
        "nodePools[0].nodes",
        "outside min 4 and max 9",
    ),
    # machines
    (ZONAL, "machineType: big", "machineType", "no machine type, such as e2-standard-4"),
    (ZONAL, "diskSizeGb: 9", "diskSizeGb", "at least 10"),
    (ZONAL, "diskType: ssd", "diskType", "must be pd-standard"),
    (ZONAL, "imageType: COS", "imageType", "must be COS_CONTAINERD or UBUNTU_CONTAINERD"),
    (ZONAL, "serviceAccount: me@example.com", "serviceAccount", "no service account"),
    (ZONAL, "scopes: [storage-ro]", "scopes[0]", "write cloud-platform or https://"),
    (ZONAL, "tags: [Web]", "tags[0]", "no name of a resource"),
    (ZONAL, "nodeLabels: {a: 1}", "nodeLabels.a", 'as "1"'),
    (ZONAL, "taints: [{key: a}]", "taints[0].effect", "is missing"),
    (ZONAL, "taints: [{key: a, effect: NO_SCHEDULE}]", "taints[0].effect", "must be NoSchedule"),
    (
        ZONAL,
        "taints: [{key: a, effect: NoSchedule}, {key: a, value: b, effect: NoSchedule}]",
        "taints[1]",
        "given by an earlier taint",
    ),
    # GPUs
    (ZONAL, "gpu: {type: nvidia-l4}", "machineType", "is missing: nvidia-l4 needs a machine such as g2-standard-4"),
    (ZONAL, "gpu: {type: nvidia-new-1}", "machineType", "needs a machine that carries it"),
    (
        ZONAL,
        "machineType: e2-standard-4\n  gpu: {type: nvidia-tesla-t4}",
        "machineType",
        "is e2-standard-4, which does not carry nvidia-tesla-t4: it needs a machine of the N1 series",
    ),
    (ZONAL, "machineType: n1-standard-4\n  gpu: {type: nvidia-l4}", "machineType", "does not carry nvidia-l4"),
    (ZONAL, "machineType: n2-standard-4\n  gpu: {type: nvidia-new-1}", "machineType", "does not carry nvidia-new-1"),
    (ZONAL, "machineType: g2-standard-8\n  gpu: {type: nvidia-l4, count: 2}", "gpu.count", "g2-standard-8 has 1"),
    (ZONAL, "machineType: g2-standard-24\n  gpu: {type: nvidia-l4}", "gpu.count", "g2-standard-24 has 2"),
    (ZONAL, "machineType: n1-standard-8\n  gpu: {type: nvidia-tesla-t4, count: 3}", "gpu.count", "1, 2 or 4"),
    (ZONAL, "machineType: a2-highgpu-1g\n  gpu: {type: nvidia-tesla-t4}", "machineType", "does not carry"),
    (
        ZONAL,
        "machineType: a3-highgpu-8g\n  gpu: {type: nvidia-h100-mega-80gb}",
        "machineType",
        "it needs a3-megagpu-8g",
    ),
    (
        ZONAL,
        "nodePools: [{name: gpu, nodes: 1, machineType: e2-standard-4, gpu: {type: nvidia-l4}}]",
        "nodePools[0].machineType",
        "does not carry nvidia-l4",
    ),
    # pools
    (ZONAL, "nodePools: [{name: default-pool, nodes: 1}]", "nodePools[0].name", "the cluster's own fields describe"),
    (ZONAL, "nodePools: [{name: P, nodes: 1}]", "nodePools[0].name", "no name of a node pool"),
    (ZONAL, "nodePools: [{name: p}]", "nodePools[0].nodes", "is missing"),
    (ZONAL, "nodePools: [{name: p, nodes: 1, autopilot: true}]", "nodePools[0].autopilot", "is no known field"),
    # Autopilot
    (ZONAL, "autopilot: true", "location", "autopilot needs a region: write us-central1"),
    (REGIONAL, "autopilot: true\n  nodes: 3", "nodes", "does not go with autopilot"),
    (REGIONAL, "autopilot: true\n  machineType: e2-standard-4", "machineType", "does not go with autopilot"),
    (REGIONAL, "autopilot: true\n  spot: true", "spot", "does not go with autopilot"),
    (REGIONAL, "autopilot: true\n  nodePools: [{name: p, nodes: 1}]", "nodePools", "does not go with autopilot"),
    (REGIONAL, "autopilot: true\n  workloadIdentity: false", "workloadIdentity", "autopilot always has it"),
    (REGIONAL, "autopilot: true\n  releaseChannel: none", "releaseChannel", "autopilot needs a channel"),
    # network and features
    (ZONAL, "controlPlaneCidr: 172.16.0.0/28", "controlPlaneCidr", "needs privateNodes: true"),
    (ZONAL, "privateNodes: true\n  controlPlaneCidr: 172.16.0.0/24", "controlPlaneCidr", "IPv4 range of 16 addresses"),
    (ZONAL, "authorizedNetworks: []", "authorizedNetworks", "must be anyone, or a list"),
    (ZONAL, "authorizedNetworks: [here]", "authorizedNetworks", "must be anyone, or a list"),
    (ZONAL, "network: a b", "network", "no network"),
    (ZONAL, "version: 1.34", "version", 'as "1.34"'),
    (ZONAL, 'version: "v1"', "version", "no version"),
    (ZONAL, "releaseChannel: REGULAR", "releaseChannel", "must be rapid"),
    (ZONAL, "labels: {Team: ml}", "labels.Team", "no label key of Google Cloud"),
    (ZONAL, "labels: {team: ML}", "labels.team", "no label value of Google Cloud"),
    (ZONAL, "labels: {managed-by: me}", "labels.managed-by", "set by tfk8s"),
    (ZONAL, "addons: [GcsFuseCsiDriver]", "addons[0]", "needs workloadIdentity: true"),
    (ZONAL, "addons: [NodeLocalDNS, NodeLocalDNS]", "addons[1]", "in the list already"),
    (ZONAL, "gatewayApi: standard\n  addons: []", "gatewayApi", "needs HttpLoadBalancing in addons"),
    (ZONAL, "managedPrometheus: true\n  monitoring: [HPA]", "managedPrometheus", "needs SYSTEM in monitoring"),
    (ZONAL, "monitoring: [SYSTEMS]", "monitoring[0]", "must be SYSTEM"),
]


@pytest.mark.parametrize(("place", "keys", "field", "says"), REFUSED, ids=[f"{case[0]} {case[1]}" for case in REFUSED])
def test_a_cluster_that_cannot_be_made_is_refused_at_its_field(place: str, keys: str, field: str, says: str) -> None:
    head = HEAD.replace("  name: c\n", "") if keys.startswith("name") else HEAD
    (complaint,) = complaints(f"{head}  {place}\n  {keys}\n")

    assert complaint.partition(" ")[2].startswith(f"cluster.{field}: ")
    assert says in complaint


@pytest.mark.parametrize(
    ("keys", "service", "field", "says"),
    [
        ("addons: []", "scaling: {min: 1, max: 3}", "addons", "needs HorizontalPodAutoscaling"),
        ("addons: []", "expose: {type: Ingress, tls: none}", "addons", "needs HttpLoadBalancing"),
        ("addons: []", "expose: {type: Gateway, tls: none}", "addons", "needs HttpLoadBalancing"),
        ("gatewayApi: disabled", "expose: {type: Gateway, tls: none}", "gatewayApi", "must be standard"),
    ],
)
def test_a_feature_that_the_service_needs_cannot_be_switched_off(
    keys: str, service: str, field: str, says: str
) -> None:
    (complaint,) = complaints(f"{HEAD}  {REGIONAL}\n  {keys}\n{service}\n")

    assert complaint.partition(" ")[2].startswith(f"cluster.{field}: ")
    assert says in complaint


def test_all_that_is_wrong_with_a_cluster_is_told_in_one_go() -> None:
    found = complaints(f"{HEAD}  {ZONAL}\n  autopilot: true\n  nodes: 4\n  controlPlaneCidr: 10.0.0.0/28\n")

    assert [line.split(": ")[1] for line in found] == [
        "cluster.location",
        "cluster.nodes",
        "cluster.controlPlaneCidr",
    ]


def test_python_code_gets_the_same_checks_as_a_file() -> None:
    with pytest.raises(ValidationError, match="location is a zone, and autopilot needs a region"):
        GkeCluster(provider="gke", project="my-project", location="us-central1-a", name="c", autopilot=True)


def test_a_zone_and_a_region_are_told_apart() -> None:
    assert (is_zone("us-central1-b"), is_zone("us-central1")) == (True, False)
    assert region_of("europe-west4-a") == region_of("europe-west4") == "europe-west4"
    assert not wished("location: us-central1-b, name: c").is_regional


@pytest.mark.parametrize(
    ("keys", "zones"),
    [
        ("location: us-central1-a, name: c", 1),
        ("location: us-central1, name: c", 3),
        ("location: us-central1, name: c, nodeLocations: [us-central1-a, us-central1-f]", 2),
        ("location: us-central1-a, name: c, nodeLocations: [us-central1-a, us-central1-b]", 2),
    ],
)
def test_nodes_are_counted_in_every_zone(keys: str, zones: int) -> None:
    assert wished(keys).zone_count == zones


@pytest.mark.parametrize("keys", CREATED.values(), ids=CREATED)
def test_what_gcloud_can_say_the_spec_can_say(keys: str) -> None:
    assert wished(keys).project == "my-project"


@pytest.mark.parametrize(
    "keys",
    [
        "gpu: {type: nvidia-tesla-t4, count: 4}, machineType: n1-highmem-8",
        "gpu: {type: nvidia-l4, count: 2}, machineType: g2-standard-24",
        "gpu: {type: nvidia-tesla-a100, count: 16}, machineType: a2-megagpu-16g",
        "gpu: {type: nvidia-of-2030}, machineType: a9-highgpu-1g",
        "network: projects/host-project/global/networks/shared",
        "subnetwork: projects/host-project/regions/us-central1/subnetworks/shared",
        "version: latest",
        "logging: []",
        "nodePools: [{name: spare, nodes: 0, autoscaling: {max: 2}}]",
    ],
)
def test_what_gke_takes_is_taken(keys: str) -> None:
    assert wished(f"location: us-central1-a, name: c, {keys}").name == "c"


@given(gke_values())
def test_the_schema_takes_any_right_cluster(cluster: JsonObject) -> None:
    spec: JsonObject = {"apiVersion": "tfk8s.dev/v1", "name": "c", "model": {"source": "./m"}, "cluster": cluster}

    assert errors(spec) == []
