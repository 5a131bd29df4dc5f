"""What goes over the wire for a command of ours is what the real gcloud sent for the same wish."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.cloud import container_v1
from google.rpc.status_pb2 import Status

from tests.contract.gke.clusters import NAME, Gke, cluster, gke_for
from tests.fakes.gke import faults
from tests.fakes.gke.server import FakeGke, as_json
from tests.gcloud.captured import Sent, captures
from tests.gcloud.wishes import CREATED, GPU_POOL, wished
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.ports import ClusterRequest, SilentReporter
from tfk8s.ports.managed import PoolChange
from tfk8s.spec import GkeCluster

pytestmark = pytest.mark.contract

CAPTURES = captures()
BODIES: dict[str, tuple[str, Any]] = {
    "clusters": ("CreateCluster", container_v1.CreateClusterRequest),
    "nodePools": ("CreateNodePool", container_v1.CreateNodePoolRequest),
    "setSize": ("SetNodePoolSize", container_v1.SetNodePoolSizeRequest),
}


def call_of(sent: Sent) -> tuple[str, JsonObject]:
    """A captured HTTP request as the call that the library makes of it (google/container/v1, its HTTP mapping)."""
    path = sent.path.removeprefix("/v1/")
    if sent.body is not None:
        method, kind = BODIES[path.rpartition("/")[2].rpartition(":")[2]]
        return method, as_json(kind.from_json(json.dumps(sent.body), ignore_unknown_fields=False))
    if sent.method == "DELETE":
        return "DeleteCluster", {"name": path}
    if path.endswith("/clusters"):
        return "ListClusters", {"parent": path.removesuffix("/clusters")}
    return "GetNodePool" if "/nodePools/" in path else "GetCluster", {"name": path}


def without_owner(request: JsonObject) -> JsonObject:
    """The request without the label that says whose cluster it is, which gcloud does not set."""
    bare: dict[str, Any] = copy.deepcopy(request)
    asked = bare.get("cluster", {})
    pools = [pool["config"] for pool in [*asked.get("nodePools", []), bare.get("nodePool", {"config": {}})]]
    for holder in [asked, *pools]:
        labels = holder.get("resourceLabels", {})
        labels.pop("managed-by", None)
        if not labels:
            holder.pop("resourceLabels", None)
    return bare


def run_for(wanted: GkeCluster, *, server: FakeGke, state: Path) -> Gke:
    return gke_for(server, state=state, location=wanted.location)


@pytest.mark.parametrize("name", [name for name in CREATED if not name.startswith("3")])
def test_a_create_is_what_gcloud_sends(name: str, server: FakeGke, tmp_path: Path) -> None:
    wanted = wished(CREATED[name])
    run = run_for(wanted, server=server, state=tmp_path)

    run.provider.ensure(ClusterRequest(cluster=wanted), reporter=SilentReporter())

    run.close()
    sent = [call for call in map(call_of, CAPTURES[name].sent) if call[0] == "CreateCluster"]
    assert [("CreateCluster", without_owner(one)) for one in server.requests("CreateCluster")] == sent
    assert len(sent) == 1


@pytest.mark.parametrize("name", [name for name in CREATED if name.startswith("3")])
def test_a_refused_create_is_that_of_gcloud_and_is_explained(name: str, server: FakeGke, tmp_path: Path) -> None:
    wanted = wished(CREATED[name])
    answers: dict[str, Status] = {
        "30-err-403-quota": faults.quota_in_words(("CPUS", 5.0, 1.0, 8.0, 4.0)),
        "31-err-409-exists": faults.already_exists(f"projects/my-project/zones/us-central1-a/clusters/{NAME}"),
        "33-err-400": faults.version_unsupported("9.9"),
        "34-err-503": faults.unavailable(),
    }
    server.fail("CreateCluster", answers[name], times=-1)
    run = run_for(wanted, server=server, state=tmp_path)

    with pytest.raises(Tfk8sError) as refused:
        run.provider.ensure(ClusterRequest(cluster=wanted), reporter=SilentReporter())

    run.close()
    assert answers[name].message in CAPTURES[name].stderr
    assert refused.value.exit_code == 8
    assert refused.value.hint is not None
    (sent,) = [request for method, request in map(call_of, CAPTURES[name].sent) if method == "CreateCluster"]
    assert all(without_owner(request) == sent for request in server.requests("CreateCluster"))
    assert len(server.requests("CreateCluster")) == 1 or name in {"31-err-409-exists", "34-err-503"}


def add_gpu_pool(gke: Gke) -> None:
    gke.provider.add_pool(ClusterRequest(cluster=wished(GPU_POOL)), pool="gpu-pool", reporter=gke.told)


def resize(gke: Gke) -> None:
    change = PoolChange(pool="default-pool", nodes=5)
    gke.provider.change_pool(ClusterRequest(cluster=cluster()), change, reporter=gke.told)


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("20-nodepool-gpu", add_gpu_pool),
        ("21-get-credentials", lambda gke: gke.provider.access(NAME)),
        ("22-describe", lambda gke: gke.provider.describe(NAME)),
        ("23-delete", lambda gke: gke.delete()),
        ("24-resize", resize),
        ("25-list", lambda gke: gke.provider.list()),
    ],
)
def test_a_command_sends_what_gcloud_sends(name: str, work: Callable[[Gke], object], gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.calls.clear()

    work(gke)

    ours = [(call.method, without_owner(call.request)) for call in server.calls]
    theirs = [call for call in map(call_of, CAPTURES[name].sent) if call[0] != "GetNodePool"]
    assert [call for call in theirs if call not in ours] == []
    assert len(theirs) >= 1


def test_a_missing_cluster_is_told_from_a_refusal_as_in_the_capture(gke: Gke, server: FakeGke) -> None:
    with pytest.raises(Tfk8sError, match="there is no cluster nope"):
        gke.provider.access("nope")

    captured = CAPTURES["32-err-404-creds"]
    assert [(call.method, call.request) for call in server.calls] == [call_of(captured.sent[0])]


def test_every_capture_goes_over_the_wire_here() -> None:
    here = {*CREATED, "20-nodepool-gpu", "21-get-credentials", "22-describe", "23-delete", "24-resize", "25-list"}

    assert here | {"32-err-404-creds"} == set(CAPTURES)
