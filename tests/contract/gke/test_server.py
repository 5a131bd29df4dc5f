"""The server of the tests, asked by Google's own client: what it keeps, how it moves on, what it refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import container_v1
from google.cloud.container_v1 import Cluster, ClusterManagerClient, Operation

from tests.fakes.gke import faults
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import FakeGke
from tfk8s.cloud.gke.client import GKE, connected

pytestmark = pytest.mark.contract

PARENT = "projects/my-project/locations/us-central1-a"
PATH = f"{PARENT}/clusters/demo"
STATUS = Cluster.Status


@pytest.fixture
def client(server: FakeGke) -> Iterator[ClusterManagerClient]:
    made = connected(GKE.endpoint(server.environment()), credentials=AnonymousCredentials)
    yield made
    made.transport.close()


def demo(**fields: object) -> Cluster:
    return Cluster({"name": "demo", "node_pools": [{"name": "default-pool", "initial_node_count": 3}], **fields})


def create(client: ClusterManagerClient, parent: str = PARENT, **fields: object) -> Operation:
    return client.create_cluster(container_v1.CreateClusterRequest(parent=parent, cluster=demo(**fields)))


def finish(client: ClusterManagerClient, operation: Operation, parent: str = PARENT) -> list[Operation]:
    seen = [client.get_operation(name=f"{parent}/operations/{operation.name}")]
    while seen[-1].status != Operation.Status.DONE:
        seen.append(client.get_operation(name=f"{parent}/operations/{operation.name}"))
    return seen


def test_a_cluster_is_provisioned_while_its_operation_goes_from_pending_to_done(client: ClusterManagerClient) -> None:
    operation = create(client)

    assert operation.status == Operation.Status.PENDING
    assert client.get_cluster(name=PATH).status == STATUS.PROVISIONING
    seen = finish(client, operation)

    assert [one.status.name for one in seen] == ["RUNNING", "RUNNING", "DONE"]
    assert [one.detail for one in seen[:2]] == ["Cluster is being configured", "Cluster is being deployed"]
    assert seen[0].progress.stages[0].metrics[0].int_value == 3
    cluster = client.get_cluster(name=PATH)
    assert cluster.status == STATUS.RUNNING
    assert cluster.current_node_count == 3
    assert cluster.endpoint == "127.0.0.9"


def test_a_region_has_its_nodes_in_three_zones(client: ClusterManagerClient) -> None:
    parent = "projects/my-project/locations/us-central1"
    finish(client, create(client, parent), parent)

    assert client.get_cluster(name=f"{parent}/clusters/demo").current_node_count == 9


def test_clusters_of_all_locations_are_listed_and_those_of_other_projects_are_not(client: ClusterManagerClient) -> None:
    create(client)
    create(client, "projects/my-project/locations/us-central1")
    create(client, "projects/other-project/locations/us-central1")

    listed = client.list_clusters(parent="projects/my-project/locations/-").clusters

    assert [cluster.location for cluster in listed] == ["us-central1-a", "us-central1"]
    assert len(client.list_operations(parent="projects/my-project/locations/-").operations) == 2


def test_a_deleted_cluster_stops_and_is_gone_when_the_operation_is_done(client: ClusterManagerClient) -> None:
    finish(client, create(client))

    operation = client.delete_cluster(name=PATH)

    assert client.get_cluster(name=PATH).status == STATUS.STOPPING
    finish(client, operation)
    with pytest.raises(exceptions.NotFound):
        client.get_cluster(name=PATH)


def test_one_operation_at_a_time_works_on_a_cluster(client: ClusterManagerClient) -> None:
    operation = create(client)

    with pytest.raises(exceptions.FailedPrecondition, match=operation.name) as refused:
        client.delete_cluster(name=PATH)

    assert refused.value.reason == "CLUSTER_ALREADY_HAS_OPERATION"


def test_node_pools_are_made_resized_bounded_and_deleted(client: ClusterManagerClient) -> None:
    finish(client, create(client))

    finish(client, client.create_node_pool({"parent": PATH, "node_pool": {"name": "gpu", "initial_node_count": 1}}))
    finish(client, client.set_node_pool_size({"name": f"{PATH}/nodePools/gpu", "node_count": 4}))
    bounds = {"enabled": True, "max_node_count": 7}
    finish(client, client.set_node_pool_autoscaling({"name": f"{PATH}/nodePools/gpu", "autoscaling": bounds}))

    pool = client.get_node_pool(name=f"{PATH}/nodePools/gpu")
    assert (pool.initial_node_count, pool.autoscaling.max_node_count) == (4, 7)
    assert client.get_cluster(name=PATH).current_node_count == 7
    finish(client, client.delete_node_pool(name=f"{PATH}/nodePools/gpu"))
    assert [one.name for one in client.list_node_pools(parent=PATH).node_pools] == ["default-pool"]


@pytest.mark.parametrize(
    ("parent", "fields", "kind", "reason"),
    [
        (PARENT.replace("-a", "-z"), {}, exceptions.PermissionDenied, "LOCATION_POLICY_VIOLATED"),
        (PARENT, {"network": "nope"}, exceptions.InvalidArgument, None),
        (PARENT, {"initial_cluster_version": "9.9"}, exceptions.InvalidArgument, None),
        (PARENT, {"name": "Nope"}, exceptions.InvalidArgument, None),
        (PARENT, {"node_pools": []}, exceptions.InvalidArgument, None),
        (PARENT, {"initial_node_count": 2}, exceptions.InvalidArgument, None),
    ],
    ids=["location", "network", "version", "name", "no nodes", "nodes twice"],
)
def test_what_gke_refuses_is_refused(
    client: ClusterManagerClient,
    parent: str,
    fields: dict[str, object],
    kind: type[exceptions.GoogleAPICallError],
    reason: str | None,
) -> None:
    with pytest.raises(kind) as refused:
        create(client, parent, **fields)

    assert refused.value.reason == reason


def test_the_fields_of_old_that_refuse_regions_are_refused(client: ClusterManagerClient) -> None:
    old = container_v1.CreateClusterRequest(project_id="my-project", zone="us-central1-a", cluster=demo())

    with pytest.raises(exceptions.InvalidArgument):
        client.create_cluster(old)


def test_a_name_is_given_once(client: ClusterManagerClient) -> None:
    create(client)

    with pytest.raises(exceptions.AlreadyExists, match="Already exists: projects/my-project/zones/us-central1-a"):
        create(client)


def test_a_failure_with_its_details_comes_as_often_as_it_is_planned(
    client: ClusterManagerClient, server: FakeGke
) -> None:
    server.fail("GetServerConfig", faults.api_disabled(), times=2)

    for _ in range(2):
        with pytest.raises(exceptions.PermissionDenied) as refused:
            client.get_server_config(name=PARENT)
        assert refused.value.reason == "SERVICE_DISABLED"
        assert refused.value.metadata["service"] == "container.googleapis.com"
        assert len(refused.value.details) == 3

    assert client.get_server_config(name=PARENT).valid_master_versions


def test_a_lost_answer_is_carried_out_all_the_same(client: ClusterManagerClient, server: FakeGke) -> None:
    server.fail("CreateCluster", faults.unavailable(), is_carried_out=True)

    with pytest.raises(exceptions.ServiceUnavailable):
        create(client)

    assert client.get_cluster(name=PATH).status == STATUS.PROVISIONING


def test_an_operation_may_end_with_an_error_and_leave_a_broken_cluster(
    client: ClusterManagerClient, server: FakeGke
) -> None:
    server.fail_operation("CREATE_CLUSTER", faults.stockout())

    last = finish(client, create(client))[-1]

    assert last.error.code == 8
    assert last.cluster_conditions[0].code.name == "GCE_STOCKOUT"
    assert client.get_cluster(name=PATH).status == STATUS.ERROR


def test_a_real_control_plane_can_stand_behind_a_cluster(client: ClusterManagerClient, server: FakeGke) -> None:
    server.stand_behind("demo", Behind(endpoint="127.0.0.1:6443", ca=b"authority", token="let-me-in"))  # noqa: S106

    create(client)

    cluster = client.get_cluster(name=PATH)
    assert cluster.endpoint == "127.0.0.1:6443"
    assert cluster.master_auth.cluster_ca_certificate == "YXV0aG9yaXR5"
    assert server.environment("demo")["GOOGLE_OAUTH_ACCESS_TOKEN"] == "let-me-in"  # noqa: S105


def test_the_process_keeps_its_state_when_it_is_ended_and_begun_again(tmp_path: Path) -> None:
    state = tmp_path / "gke.json"
    authority, token = tmp_path / "ca.pem", tmp_path / "token"
    authority.write_text("authority")
    token.write_text("let-me-in\n")
    behind = ["--behind", "demo", "127.0.0.1:6443", str(authority), str(token)]

    with Process("--state", str(state), *behind) as first:
        operation = create(first.client)
        finish(first.client, operation)
    with Process("--state", str(state)) as second:
        cluster = second.client.get_cluster(name=PATH)
        known = second.client.get_operation(name=f"{PARENT}/operations/{operation.name}")

    assert (cluster.status, cluster.endpoint) == (STATUS.RUNNING, "127.0.0.1:6443")
    assert known.status == Operation.Status.DONE


def test_the_process_can_be_told_to_fail(tmp_path: Path) -> None:
    with Process("--fail", "CreateCluster=quota:1", "--fail", "CREATE_CLUSTER=stockout") as process:
        with pytest.raises(exceptions.PermissionDenied, match="CPUS"):
            create(process.client)
        last = finish(process.client, create(process.client))[-1]

    assert last.error.code == 8


class Process:
    """`python -m tests.fakes.gke` and a client of it."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "tests.fakes.gke", *options]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Process:
        assert self._child.stdout is not None
        ready, _, endpoint = self._child.stdout.readline().partition(" ")
        assert ready == "READY"
        found = GKE.endpoint({"TFK8S_GKE_ENDPOINT": endpoint.strip()})
        self.client = connected(found, credentials=AnonymousCredentials)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.transport.close()
        self._child.terminate()
        assert self._child.stdout is not None
        self._child.stdout.close()
        assert self._child.wait(10) == 0
