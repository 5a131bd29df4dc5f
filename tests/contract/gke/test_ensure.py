"""Making a cluster exist: what is sent, what is said, what is never sent twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from google.cloud.container_v1 import StatusCondition

from tests.contract.gke.clusters import LOCATION, NAME, PATH, PROJECT, Gke, cluster
from tests.fakes.gke import faults
from tests.fakes.gke.clusters import DEGRADED, ERROR, RECONCILING
from tests.fakes.gke.server import CHANGES, FakeGke
from tfk8s.cloud.gke.errand import InvalidRequestError, NoAnswerError, OperationFailedError
from tfk8s.errors import CloudError, PreconditionError, WaitTimeoutError
from tfk8s.ports import ClusterRequest, ClusterState, EnsureOutcome, Progress, Waiting, Warn

pytestmark = pytest.mark.contract


def changes(server: FakeGke) -> list[str]:
    return [call.method for call in server.calls if call.method in CHANGES]


def test_a_missing_cluster_is_created_and_reached_by_its_address(gke: Gke, server: FakeGke) -> None:
    made = gke.ensure()

    assert made.outcome is EnsureOutcome.CREATED
    assert changes(server) == ["CreateCluster"]
    assert made.access.context == f"gke_{PROJECT}_{LOCATION}_{NAME}"
    endpoint = made.access.endpoint
    assert endpoint is not None
    assert endpoint.server == "https://127.0.0.9"
    assert endpoint.ca_certificate == b"-----BEGIN FAKE-CA-----\n"
    assert endpoint.token() == "token"


def test_the_request_says_that_the_cluster_is_ours_and_names_its_location_in_one_form(
    gke: Gke, server: FakeGke
) -> None:
    gke.ensure()

    (request,) = server.requests("CreateCluster")
    assert request["parent"] == f"projects/{PROJECT}/locations/{LOCATION}"
    assert set(request) == {"cluster", "parent"}
    assert server.world.clusters[PATH].resource_labels["managed-by"] == "tfk8s"
    assert gke.provider.is_ours(NAME)
    routed = [call.metadata for call in server.calls]
    assert all("x-goog-request-params" in dict(metadata) for metadata in routed)
    assert "tfk8s/" in dict(routed[0])["x-goog-api-client"] + dict(routed[0])["user-agent"]


def test_progress_is_what_gke_says_and_the_operation_is_named(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    (operation,) = server.world.jobs
    assert f"operation {operation}" in gke.messages()
    reasons = [event.reasons for event in gke.told.events if isinstance(event, Waiting)]
    assert reasons == [("Cluster is being configured",), ("Cluster is being deployed",)]
    figures = [(event.done, event.total) for event in gke.told.events if isinstance(event, Progress)]
    assert figures == [(3, 6), (6, 6)]


def test_a_second_run_changes_nothing_and_says_that_it_is_in_sync(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    gke.told.events.clear()

    second = gke.ensure()

    assert second.outcome is EnsureOutcome.UNCHANGED
    assert changes(server) == ["CreateCluster"]
    assert "exists and is as the spec says" in gke.messages()


def test_a_cluster_that_differs_is_shown_field_by_field_and_never_made_anew(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    gke.told.events.clear()

    second = gke.ensure(machineType="n2-standard-8", releaseChannel="rapid")

    assert second.outcome is EnsureOutcome.UNCHANGED
    assert changes(server) == ["CreateCluster"]
    warnings = [event for event in gke.told.events if isinstance(event, Warn)]
    assert len(warnings) == 2
    assert any("n2-standard-8" in warning.message and "e2-medium" in warning.message for warning in warnings)
    assert all(warning.hint for warning in warnings)
    preview = gke.provider.preview(ClusterRequest(cluster=cluster(machineType="n2-standard-8")))
    assert (preview.state, len(preview.differences)) == (ClusterState.RUNNING, 1)


def test_a_run_beside_another_attaches_to_its_operation(gke: Gke, server: FakeGke, again: Callable[[], Gke]) -> None:
    """K27.1."""
    gke.client.create_cluster({"parent": PATH.rpartition("/clusters/")[0], "cluster": made_elsewhere()})

    outcome = again().ensure().outcome

    assert outcome is EnsureOutcome.CREATED
    assert changes(server) == ["CreateCluster"]
    assert len(server.world.jobs) == 1


def test_the_operation_of_another_cluster_in_the_same_place_is_not_taken_for_ours(gke: Gke, server: FakeGke) -> None:
    asked = {"parent": PATH.rpartition("/clusters/")[0], "cluster": made_elsewhere() | {"name": "neighbour"}}
    theirs = gke.client.create_cluster(asked)

    gke.ensure()

    assert len(server.world.jobs) == 2
    assert theirs.name not in gke.messages()
    detail = gke.provider.detail(ClusterRequest(cluster=cluster()))
    assert detail is not None
    assert detail.operation == ""


def made_elsewhere() -> dict[str, object]:
    return {"name": NAME, "node_pools": [{"name": "default-pool", "initial_node_count": 5}]}


def test_the_operation_of_an_interrupted_run_is_gone_on_with(
    gke: Gke, server: FakeGke, again: Callable[[], Gke]
) -> None:
    server.fail("GetOperation", faults.unavailable(), times=20)
    with pytest.raises(NoAnswerError):
        gke.ensure()
    server.plans.clear()

    second = again()

    assert second.ensure().outcome is EnsureOutcome.CREATED
    assert "an earlier run began to make" in second.messages()
    assert changes(server) == ["CreateCluster"]


def test_a_failure_that_nobody_saw_is_told_by_the_next_run_once(
    gke: Gke, server: FakeGke, again: Callable[[], Gke]
) -> None:
    server.fail_operation(
        "CREATE_CLUSTER", faults.OperationFailure(error=faults.stockout().error, leaves_cluster=False)
    )
    server.fail("GetOperation", faults.unavailable(), times=6)
    with pytest.raises(NoAnswerError):
        gke.ensure()

    with pytest.raises(OperationFailedError, match="no machines of this kind left in us-central1-a"):
        again().ensure()
    assert changes(server) == ["CreateCluster"]

    assert again().ensure().outcome is EnsureOutcome.CREATED


def test_a_create_without_an_answer_is_not_sent_again_when_it_was_begun(gke: Gke, server: FakeGke) -> None:
    server.fail("CreateCluster", faults.unavailable(), is_carried_out=True)

    assert gke.ensure().outcome is EnsureOutcome.CREATED

    assert changes(server) == ["CreateCluster"]
    assert len(server.world.jobs) == 1


def test_a_create_that_never_arrived_is_sent_again(gke: Gke, server: FakeGke) -> None:
    server.fail("CreateCluster", faults.unavailable(), times=3)

    assert gke.ensure().outcome is EnsureOutcome.CREATED

    assert changes(server) == ["CreateCluster"] * 4
    assert len(server.world.jobs) == 1


def test_a_name_taken_in_the_meantime_is_taken_for_the_cluster(gke: Gke, server: FakeGke) -> None:
    def somebody_else(method: str, moment: str) -> None:
        if (method, moment) == ("CreateCluster", "before"):
            server.watch = lambda *_: None
            asked = {"parent": PATH.rpartition("/clusters/")[0], "cluster": made_elsewhere()}
            gke.client.create_cluster(asked)

    server.watch = somebody_else

    gke.ensure()

    assert len(server.world.clusters) == len(server.world.jobs) == 1


def test_a_name_that_is_taken_but_never_there_is_given_up_with_a_way_on(gke: Gke, server: FakeGke) -> None:
    server.fail("CreateCluster", faults.already_exists("somewhere"), times=-1)

    with pytest.raises(CloudError, match="somebody else keeps making and deleting it") as given_up:
        gke.ensure()

    assert given_up.value.hint is not None


def test_a_quota_refusal_is_not_asked_for_twice_and_names_every_quota(gke: Gke, server: FakeGke) -> None:
    """K26.2, K26.3."""
    short = faults.quota_in_words(("CPUS", 12.0, 4.0, 8.0, 8.0), ("IN_USE_ADDRESSES", 12.0, 8.0, 4.0, 4.0))
    server.fail("CreateCluster", short, times=-1)

    with pytest.raises(CloudError) as refused:
        gke.ensure()

    assert refused.value.exit_code == 8
    assert "CPUS: 12 needed, 8 available, limit 8" in refused.value.message
    assert "IN_USE_ADDRESSES: 12 needed, 4 available, limit 4" in refused.value.message
    assert refused.value.hint is not None
    for remedy in ("zone", "diskType", "diskSizeGb", "https://console.cloud.google.com/iam-admin/quotas?project="):
        assert remedy in refused.value.hint
    assert changes(server) == ["CreateCluster"]


def test_a_version_that_is_not_offered_is_told_with_those_that_are(gke: Gke) -> None:
    """K27.3."""
    with pytest.raises(InvalidRequestError, match=r"us-central1-a does not offer version 9\.9") as refused:
        gke.ensure(version="9.9")

    assert refused.value.exit_code == 8
    assert any("1.34.1-gke.1, 1.33.5-gke.1200" in line for line in refused.value.details)


def test_no_version_is_asked_for_unless_the_spec_has_one(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    (request,) = server.requests("CreateCluster")
    assert isinstance(request["cluster"], dict)
    assert "initialClusterVersion" not in request["cluster"]


def test_another_mistake_than_the_version_is_told_as_gke_tells_it(gke: Gke, server: FakeGke) -> None:
    server.fail("CreateCluster", faults.field_invalid("Cluster.node_pools[0]", "is wrong"))

    with pytest.raises(InvalidRequestError, match="is wrong"):
        gke.ensure(version="1.34")


def test_a_cluster_that_is_being_deleted_is_waited_for_and_made_anew(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    gke.client.delete_cluster(name=PATH)

    assert gke.ensure().outcome is EnsureOutcome.CREATED

    assert changes(server) == ["CreateCluster", "DeleteCluster", "CreateCluster"]
    assert "is being deleted; waiting until it is gone" in gke.messages()
    assert list(server.world.clusters) == [PATH]


def test_a_broken_cluster_is_explained_and_left_alone(gke: Gke, server: FakeGke) -> None:
    server.fail_operation("CREATE_CLUSTER", faults.quota_at_nodes())
    with pytest.raises(OperationFailedError):
        gke.ensure()

    with pytest.raises(CloudError, match=r"is in the state ERROR: the quota .* IN_USE_ADDRESSES: limit 8") as refused:
        gke.ensure()

    assert refused.value.hint is not None
    assert f"tfk8s cluster delete {NAME}" in refused.value.hint
    assert changes(server) == ["CreateCluster"]
    assert server.world.clusters[PATH].status == ERROR


def test_a_degraded_cluster_is_used_with_a_warning(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.world.clusters[PATH].status = DEGRADED
    server.world.clusters[PATH].conditions = [
        StatusCondition(code=StatusCondition.Code.CA_EXPIRING, message="The certificate ends soon.")
    ]

    assert gke.ensure().outcome is EnsureOutcome.UNCHANGED

    assert "is DEGRADED: CA_EXPIRING: The certificate ends soon." in gke.messages()


def test_a_cluster_that_gke_reconciles_can_be_used(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.world.clusters[PATH].status = RECONCILING

    assert gke.ensure().outcome is EnsureOutcome.UNCHANGED
    assert gke.provider.describe(NAME) is ClusterState.RUNNING


def test_waiting_ends_with_the_operation_and_the_way_on(gke: Gke, server: FakeGke) -> None:
    server.world.looks = 100_000
    gke.clock.pace = 50

    with pytest.raises(
        WaitTimeoutError, match=r"within 60 minutes \(operation operation-\S+\): Cluster is being"
    ) as late:
        gke.ensure()

    assert late.value.exit_code == 7
    assert late.value.hint is not None
    assert "run the same command again" in late.value.hint
    assert gke.clock.monotonic_s() == 3600


def test_a_provisioning_cluster_without_an_operation_is_waited_for(gke: Gke, server: FakeGke) -> None:
    gke.client.create_cluster({"parent": PATH.rpartition("/clusters/")[0], "cluster": made_elsewhere()})
    (job,) = server.world.jobs.values()
    server.world.jobs.clear()

    def later(method: str, moment: str) -> None:
        if (method, moment) == ("GetCluster", "before") and len(server.requests("GetCluster")) == 4:
            server.world.clusters[PATH].status = server.world.clusters[PATH].Status(2)

    server.watch = later

    assert gke.ensure().outcome is EnsureOutcome.UNCHANGED
    assert job.operation.status.name == "PENDING"
    assert "it is PROVISIONING" in str(gke.told.events)


def test_a_region_and_a_zone_both_work(server: FakeGke, gke: Gke) -> None:
    """K27.2."""
    from tests.contract.gke.clusters import gke_for

    regional = gke_for(server, state=gke.provider._state, location="us-central1")

    made = regional.ensure(location="us-central1")

    regional.close()
    assert made.access.context == f"gke_{PROJECT}_us-central1_{NAME}"
    assert [request["parent"] for request in server.requests("CreateCluster")] == [
        "projects/my-project/locations/us-central1"
    ]


def test_a_preview_says_what_would_be_created_and_sends_nothing_that_changes(gke: Gke, server: FakeGke) -> None:
    preview = gke.provider.preview(ClusterRequest(cluster=cluster()))

    assert preview.state is ClusterState.ABSENT
    assert preview.creates
    assert preview.runs
    assert changes(server) == []
    assert gke.provider.create_request(ClusterRequest(cluster=cluster()))["parent"] == PATH.rpartition("/clusters/")[0]


def test_a_private_control_plane_is_said_to_be_one(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    found = server.world.clusters[PATH]
    found.endpoint = "172.16.0.2"
    found.control_plane_endpoints_config.ip_endpoints_config.enable_public_endpoint = False
    gke.told.events.clear()

    access = gke.ensure().access

    assert access.endpoint is not None
    assert access.endpoint.server == "https://172.16.0.2"
    (warning,) = [event for event in gke.told.events if isinstance(event, Warn)]
    assert "private address only, in the network default" in warning.message
    assert "--enable-dns-access" in str(warning.hint)


def test_a_control_plane_without_a_public_address_is_reached_by_its_dns_endpoint(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    endpoints = server.world.clusters[PATH].control_plane_endpoints_config
    endpoints.ip_endpoints_config.enable_public_endpoint = False
    endpoints.dns_endpoint_config.allow_external_traffic = True

    endpoint = gke.provider.access(NAME).endpoint

    assert endpoint is not None
    assert (endpoint.server, endpoint.ca_certificate) == ("https://gke-abc-123.us-central1-a.gke.goog", b"")


def test_the_access_to_a_cluster_that_is_not_there_is_one_clear_error(gke: Gke) -> None:
    with pytest.raises(CloudError, match=rf"there is no cluster {NAME} in {LOCATION} \(project {PROJECT}\)"):
        gke.provider.access(NAME)


def test_without_a_place_to_remember_it_nothing_is_asked_for(gke: Gke, server: FakeGke, tmp_path: Path) -> None:
    (tmp_path / "gke").write_text("in the way")

    with pytest.raises(PreconditionError, match="cannot be remembered"):
        gke.ensure()

    assert changes(server) == []


def test_an_operation_that_cannot_be_remembered_any_more_is_followed_all_the_same(
    gke: Gke, server: FakeGke, tmp_path: Path
) -> None:
    def lose_the_folder(method: str, moment: str) -> None:
        if (method, moment) == ("CreateCluster", "before"):
            shutil.rmtree(tmp_path / "gke")
            (tmp_path / "gke").write_text("in the way")

    server.watch = lose_the_folder

    made = gke.ensure()

    assert made.outcome is EnsureOutcome.CREATED
    assert any(isinstance(event, Warn) and "cannot be remembered" in event.message for event in gke.told.events)
