"""The spec's cluster that says what a captured gcloud command says."""

from __future__ import annotations

from collections.abc import Mapping

from tfk8s.spec import GkeCluster, load_spec

_HEAD = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
image: {repository: us-central1-docker.pkg.dev/my-project/serving/resnet}
cluster:
  provider: gke
  project: my-project
"""
_SEED = "location: us-central1-a, name: resnet-serving-cluster, nodes: 5"
_THREE = "location: us-central1-a, name: resnet-serving-cluster, nodes: 3"
_REGIONAL = "location: us-central1, name: resnet-serving-cluster, nodes: 1"

CREATED: Mapping[str, str] = {
    "01-seed-5-nodes": _SEED,
    "02-regional": _REGIONAL,
    "03-autoscaling": f"{_SEED}, autoscaling: {{min: 1, max: 10}}",
    "04-autoscaling-total": f"{_REGIONAL}, autoscaling: {{totalMin: 1, totalMax: 9, locationPolicy: ANY}}",
    "05-autopilot": "location: us-central1, name: resnet-auto, autopilot: true",
    "06-workload-identity": f"{_SEED}, workloadIdentity: true",
    "07-private-nodes": (f"{_THREE}, privateNodes: true, controlPlaneCidr: 172.16.0.0/28, authorizedNetworks: anyone"),
    "08-release-channel": f"{_THREE}, releaseChannel: regular",
    "09-machine-disk-image": (
        f"{_SEED}, machineType: n1-standard-8, diskSizeGb: 100, diskType: pd-ssd, imageType: COS_CONTAINERD, "
        "version: 1.34.1-gke.1"
    ),
    "10-gpu-default-pool": (
        "location: us-central1-a, name: resnet-serving-cluster, nodes: 1, machineType: n1-standard-4, "
        "gpu: {type: nvidia-tesla-t4, count: 1, driver: default}"
    ),
    "11-labels-tags-taints": (
        f"{_THREE}, labels: {{team: ml, env: test}}, nodeLabels: {{pool: serving}}, "
        "taints: [{key: dedicated, value: serving, effect: NoSchedule}], tags: [tfk8s], spot: true, "
        "scopes: [cloud-platform], serviceAccount: sa@my-project.iam.gserviceaccount.com"
    ),
    "12-network-subnet": f"{_THREE}, network: my-net, subnetwork: my-subnet, podRange: pods, serviceRange: svcs",
    "13-shielded-logging-mon": (
        f"{_THREE}, shieldedNodes: true, shielded: {{secureBoot: true, integrityMonitoring: true}}, "
        "logging: [SYSTEM, WORKLOAD], monitoring: [SYSTEM, HPA], managedPrometheus: true"
    ),
    "14-addons-gateway-dpv2": (
        f"{_THREE}, addons: [HorizontalPodAutoscaling, HttpLoadBalancing, GcsFuseCsiDriver], workloadIdentity: true, "
        "gatewayApi: standard, dataplaneV2: true, verticalPodAutoscaling: true, imageStreaming: true"
    ),
    "15-async": _SEED,
    "30-err-403-quota": _SEED,
    "31-err-409-exists": _SEED,
    "33-err-400": f'{_SEED}, version: "9.9"',
    "34-err-503": _SEED,
}
"""What each `clusters create` says, as the keys of a spec's cluster."""

GPU_POOL = (
    f"{_SEED}, nodePools: [{{name: gpu-pool, nodes: 1, machineType: g2-standard-8, spot: true, "
    "gpu: {type: nvidia-l4, count: 1, driver: latest}, autoscaling: {min: 0, max: 4}}]"
)
"""What `node-pools create` of the captures says."""


def wished(keys: str) -> GkeCluster:
    """The cluster of a spec file with these keys, as `location: us-central1, nodes: 1`."""
    lines = "".join(f"  {line}\n" for line in _block(keys))
    cluster = load_spec(_HEAD + lines).cluster
    assert isinstance(cluster, GkeCluster)
    return cluster


def _block(keys: str) -> list[str]:
    """Keys of a map in flow style, a line for each: commas inside brackets do not part them."""
    found, depth = [""], 0
    for character in keys:
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return [line.strip() for line in found]
