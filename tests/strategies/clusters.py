"""Valid clusters of GKE as their files hold them; `gke_clusters` gives them loaded."""

from __future__ import annotations

from hypothesis import strategies as st

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.spec import GkeCluster, load_spec

_ADDONS = (
    "HorizontalPodAutoscaling",
    "HttpLoadBalancing",
    "GcsFuseCsiDriver",
    "GcePersistentDiskCsiDriver",
    "GcpFilestoreCsiDriver",
    "NodeLocalDNS",
)
_TAINTS: tuple[JsonValue, ...] = (
    [],
    [{"key": "dedicated", "value": "serving", "effect": "NoSchedule"}],
    [{"key": "a.b/c", "effect": "PreferNoSchedule"}, {"key": "a.b/c", "effect": "NoExecute"}],
)
_GPUS: tuple[JsonObject, ...] = (
    {"machineType": "n1-standard-4", "gpu": {"type": "nvidia-tesla-t4"}},
    {"machineType": "g2-standard-24", "gpu": {"type": "nvidia-l4", "count": 2, "driver": "latest"}},
    {"machineType": "a2-highgpu-1g", "gpu": {"type": "nvidia-tesla-a100", "driver": "disabled"}},
)


def _choice(*values: JsonValue) -> st.SearchStrategy[JsonValue]:
    return st.sampled_from(values)


def _flags() -> st.SearchStrategy[JsonValue]:
    return st.booleans().map(lambda drawn: drawn)


def _autoscaling() -> st.SearchStrategy[JsonObject]:
    bounds = st.lists(st.integers(1, 300), min_size=2, max_size=2).map(sorted)
    per_zone = bounds.map(lambda pair: {"min": pair[0], "max": pair[1]})
    total = bounds.map(lambda pair: {"totalMin": pair[0], "totalMax": pair[1], "locationPolicy": "ANY"})
    return st.one_of(per_zone, total, bounds.map(lambda pair: {"max": pair[1]}))


def _machines() -> st.SearchStrategy[JsonObject]:
    """All that may be said about nodes, apart from their number."""
    plain = st.fixed_dictionaries(
        {},
        optional={
            "machineType": _choice("e2-medium", "n1-standard-8", "n2d-highmem-4", "e2-custom-4-8192"),
            "diskSizeGb": st.integers(10, 65536),
            "diskType": _choice("pd-standard", "pd-balanced", "pd-ssd"),
            "imageType": _choice("COS_CONTAINERD", "UBUNTU_CONTAINERD"),
            "spot": _flags(),
            "nodeLabels": _choice({}, {"pool": "serving"}, {"a.b/c": "d", "e": ""}),
            "taints": _choice(*_TAINTS),
            "tags": _choice([], ["tfk8s"], ["web", "serving"]),
            "serviceAccount": _choice("sa@my-project.iam.gserviceaccount.com"),
            "scopes": _choice([], ["cloud-platform"], ["https://www.googleapis.com/auth/monitoring.write"]),
            "shielded": _choice({}, {"secureBoot": True}, {"integrityMonitoring": False}),
        },
    )
    return st.builds(_merged, plain, st.one_of(st.just({}), st.sampled_from(_GPUS)))


def _merged(*parts: JsonObject) -> JsonObject:
    return {key: value for part in parts for key, value in part.items()}


def _counted(nodes: int, autoscaling: JsonObject | None, *, is_said: bool) -> JsonObject:
    """A number of nodes, or bounds with or without a number that they allow in whatever number of zones."""
    if autoscaling is None:
        return {"nodes": nodes} if is_said else {}
    if not is_said:
        return {"autoscaling": autoscaling}
    return {"autoscaling": autoscaling, "nodes": autoscaling["max"]} if "max" in autoscaling else {"nodes": nodes}


def _pools() -> st.SearchStrategy[JsonValue]:
    def named(machines: list[JsonObject]) -> JsonValue:
        return [{"name": f"pool-{index}", "nodes": index, **machine} for index, machine in enumerate(machines)]

    return st.lists(_machines(), max_size=2).map(named)


def _places() -> st.SearchStrategy[JsonObject]:
    return st.sampled_from(
        [
            {"location": "us-central1"},
            {"location": "europe-west4-b"},
            {"location": "us-central1", "nodeLocations": ["us-central1-f", "us-central1-a"]},
            {"location": "us-central1-a", "nodeLocations": ["us-central1-a", "us-central1-b"]},
        ]
    )


def _shared() -> st.SearchStrategy[JsonObject]:
    """What may be said about any cluster."""
    return st.fixed_dictionaries(
        {},
        optional={
            "serviceAccount": _choice("sa@my-project.iam.gserviceaccount.com"),
            "authorizedNetworks": _choice("anyone", ["203.0.113.0/24", "2001:db8::/32"]),
            "releaseChannel": _choice("rapid", "regular", "stable", "extended"),
            "version": _choice("latest", "1.34", "1.34.1", "1.34.1-gke.1"),
            "labels": _choice({}, {"team": "ml", "env": "test"}),
            "network": _choice("default", "my-net", "projects/host-project/global/networks/shared"),
            "subnetwork": _choice("my-subnet", "projects/host-project/regions/us-central1/subnetworks/shared"),
            "podRange": _choice("pods"),
            "serviceRange": _choice("services"),
            "logging": _choice([], ["SYSTEM"], ["SYSTEM", "WORKLOAD", "API_SERVER"]),
            "monitoring": _choice(["SYSTEM"], ["SYSTEM", "HPA", "POD"]),
            "managedPrometheus": _flags(),
            "workloadIdentity": _choice(True),
            "gatewayApi": _choice("standard", "disabled"),
            "fleet": _choice("my-project", "fleet-host-1"),
        },
    )


def _private() -> st.SearchStrategy[JsonObject]:
    return st.sampled_from(
        [
            {},
            {"privateNodes": False},
            {"privateNodes": True, "controlPlaneCidr": "172.16.0.0/28"},
            {"privateNodes": True},
        ]
    )


def _standard() -> st.SearchStrategy[JsonObject]:
    """What may be said about a cluster whose nodes are ours to describe."""
    features = st.fixed_dictionaries(
        {"workloadIdentity": _choice(True)},
        optional={
            "shieldedNodes": _flags(),
            "dataplaneV2": _flags(),
            "addons": st.lists(st.sampled_from(_ADDONS), unique=True).map(
                lambda drawn: ["HttpLoadBalancing", *_rest(drawn)]
            ),
            "verticalPodAutoscaling": _flags(),
            "imageStreaming": _flags(),
            "nodePools": _pools(),
        },
    )
    counted = st.builds(
        lambda nodes, bounds, said: _counted(nodes, bounds, is_said=said),
        st.integers(1, 1000),
        st.one_of(st.none(), _autoscaling()),
        st.booleans(),
    )
    return st.builds(_merged, _places(), counted, _machines(), features)


def _rest(addons: list[str]) -> list[JsonValue]:
    return [addon for addon in addons if addon != "HttpLoadBalancing"]


def gke_values() -> st.SearchStrategy[JsonObject]:
    """Valid clusters of GKE as plain data."""
    identity: JsonObject = {"provider": "gke", "project": "my-project", "name": "resnet-serving-cluster"}
    autopilot = st.just({"location": "us-central1", "autopilot": True})
    return st.builds(_merged, st.just(identity), st.one_of(_standard(), autopilot), _private(), _shared())


def gke_clusters() -> st.SearchStrategy[GkeCluster]:
    """Valid clusters of GKE, loaded from a file."""
    return gke_values().map(_loaded)


def _loaded(value: JsonObject) -> GkeCluster:
    spec: JsonObject = {
        "apiVersion": "tfk8s.dev/v1",
        "name": "resnet",
        "model": {"source": "./models/resnet"},
        "image": {"repository": "registry.example.com/team/model"},
        "cluster": value,
    }
    cluster = load_spec(dump(spec)).cluster
    assert isinstance(cluster, GkeCluster)
    return cluster
