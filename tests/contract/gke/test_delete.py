"""Taking a cluster away, whatever works on it; and what `list`, `detail` and ownership say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.cloud.container_v1 import StatusCondition

from tests.contract.gke.clusters import LOCATION, NAME, PATH, Gke, cluster
from tests.fakes.gke import faults
from tests.fakes.gke.clusters import ERROR
from tests.fakes.gke.server import FakeGke
from tfk8s.errors import CloudError, InputError, WaitTimeoutError
from tfk8s.ports import ClusterRequest, ClusterState
from tfk8s.spec import KindCluster

pytestmark = pytest.mark.contract


def kinds(server: FakeGke) -> list[str]:
    return [job.kind for job in server.world.jobs.values()]


def test_deleting_says_whether_there_was_a_cluster_and_returns_when_it_is_gone(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    assert gke.delete()
    assert server.world.clusters == {}
    assert gke.provider.describe(NAME) is ClusterState.ABSENT
    assert not gke.delete()
    assert len(server.requests("DeleteCluster")) == 1


def test_a_cluster_that_is_being_made_is_waited_for_and_deleted(gke: Gke, server: FakeGke) -> None:
    gke.client.create_cluster({"parent": PATH.rpartition("/clusters/")[0], "cluster": {"name": NAME, **POOL}})

    assert gke.delete()

    assert kinds(server) == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
    assert "is being worked on; going on after that" in gke.messages()


POOL: dict[str, object] = {"node_pools": [{"name": "default-pool", "initial_node_count": 1}]}


def test_a_cluster_whose_making_fails_meanwhile_is_deleted_all_the_same(gke: Gke, server: FakeGke) -> None:
    server.fail_operation("CREATE_CLUSTER", faults.stockout())
    gke.client.create_cluster({"parent": PATH.rpartition("/clusters/")[0], "cluster": {"name": NAME, **POOL}})

    assert gke.delete()

    assert server.world.clusters == {}
    assert "no machines of this kind left" in gke.messages()


def test_a_broken_cluster_is_deleted(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.world.clusters[PATH].status = ERROR

    assert gke.provider.describe(NAME) is ClusterState.STOPPED
    assert gke.delete()
    assert server.world.clusters == {}


def test_a_deletion_that_is_under_way_is_attached_to(gke: Gke, server: FakeGke, again: Callable[[], Gke]) -> None:
    gke.ensure()
    gke.client.delete_cluster(name=PATH)

    assert again().delete()
    assert kinds(server) == ["CREATE_CLUSTER", "DELETE_CLUSTER"]


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_deletion_without_an_answer_is_looked_at_before_it_is_sent_again(
    gke: Gke, server: FakeGke, is_carried_out: bool
) -> None:
    gke.ensure()
    server.fail("DeleteCluster", faults.unavailable(), is_carried_out=is_carried_out)

    assert gke.delete()
    assert kinds(server) == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
    assert len(server.requests("DeleteCluster")) == (1 if is_carried_out else 2)


def test_what_begins_to_work_on_the_cluster_in_between_is_waited_for(gke: Gke, server: FakeGke) -> None:
    gke.ensure()

    def upgrade(method: str, moment: str) -> None:
        if (method, moment) == ("DeleteCluster", "before"):
            server.watch = lambda *_: None
            gke.client.update_cluster({"name": PATH, "update": {"desired_node_version": "-"}})

    server.watch = upgrade

    assert gke.delete()
    assert kinds(server) == ["CREATE_CLUSTER", "UPDATE_CLUSTER", "DELETE_CLUSTER"]


def test_a_cluster_that_is_always_busy_is_given_up_with_the_way_on(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.fail("DeleteCluster", faults.busy("operation-1-somebody"), times=-1)

    with pytest.raises(CloudError, match="something else works on it again and again") as given_up:
        gke.delete()

    assert given_up.value.hint is not None
    assert list(server.world.clusters) == [PATH]


def test_a_deletion_that_takes_too_long_names_its_operation(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    server.world.looks = 100_000
    gke.clock.pace = 50

    with pytest.raises(
        WaitTimeoutError, match=r"cannot delete the cluster .* within 60 minutes \(operation operation-"
    ):
        gke.delete()


def test_only_a_cluster_with_our_label_is_ours(gke: Gke, server: FakeGke) -> None:
    assert not gke.provider.is_ours(NAME)
    gke.ensure()
    assert gke.provider.is_ours(NAME)

    server.world.clusters[PATH].resource_labels = {"managed-by": "terraform"}

    assert not gke.provider.is_ours(NAME)


def test_the_list_has_every_location_of_the_project_in_order(gke: Gke, server: FakeGke) -> None:
    gke.ensure()
    for parent in ("projects/my-project/locations/us-central1", "projects/my-project/locations/europe-west4-b"):
        gke.client.create_cluster({"parent": parent, "cluster": {"name": "other", **POOL}})

    listed = gke.provider.list()

    assert [(line.location, line.name) for line in listed] == [
        ("europe-west4-b", "other"),
        ("us-central1", "other"),
        (LOCATION, NAME),
    ]
    assert [line.is_ours for line in listed] == [False, False, True]
    assert [line.status for line in listed] == ["PROVISIONING", "PROVISIONING", "RUNNING"]
    assert listed[2].nodes == 5
    assert listed[2].release == "1.34.1-gke.1"


def test_zones_that_do_not_answer_are_named_in_the_log(
    gke: Gke, server: FakeGke, caplog: pytest.LogCaptureFixture
) -> None:
    server.world.silent_zones = ("us-east1-b", "us-east1-c")

    assert gke.provider.list() == ()
    assert "no answer from us-east1-b, us-east1-c" in caplog.text


def test_the_detail_shows_pools_conditions_and_what_works_on_the_cluster(gke: Gke, server: FakeGke) -> None:
    request = ClusterRequest(cluster=cluster(nodes=4))
    assert gke.provider.detail(request) is None
    gke.ensure()
    operation = gke.client.set_node_pool_size({"name": f"{PATH}/nodePools/default-pool", "node_count": 4})
    server.world.clusters[PATH].conditions = [
        StatusCondition(code=StatusCondition.Code.GCE_STOCKOUT, message="No machines.")
    ]

    detail = gke.provider.detail(request)

    assert detail is not None
    assert [(pool.name, pool.nodes) for pool in detail.pools] == [("default-pool", 5)]
    assert detail.operation == operation.name
    assert detail.conditions == ("GCE_STOCKOUT: No machines.",)
    assert [difference.field for difference in detail.differences] == ["nodes"]
    assert detail.endpoint == "127.0.0.9"
    assert detail.summary.status == "RECONCILING"


def test_a_cluster_of_another_provider_is_refused(gke: Gke) -> None:
    request = ClusterRequest(cluster=KindCluster(provider="kind"))

    with pytest.raises(InputError, match="is no cluster of GKE"):
        gke.provider.ensure(request, reporter=gke.told)
