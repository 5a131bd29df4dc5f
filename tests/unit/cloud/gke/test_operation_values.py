"""Operations, places, access and the journal as values."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.cloud.container_v1 import Cluster, Operation, StatusCondition
from google.rpc.status_pb2 import Status

from tests.fakes.gke import faults
from tfk8s.cloud.gke.access import endpoint_of, is_private, private_warning
from tfk8s.cloud.gke.evidence import of_operation
from tfk8s.cloud.gke.journal import Journal
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.progress import Doing, doing
from tfk8s.cloud.gke.summary import state_of
from tfk8s.errors import CloudError, PreconditionError
from tfk8s.ports import ClusterState

PLACE = Place(project="my-project", location="us-central1-a", name="demo")
LINK = "https://container.googleapis.com/v1/projects/123/zones/us-central1-a/clusters/demo"


@pytest.mark.parametrize(
    ("link", "pool", "is_target"),
    [
        (LINK, "", True),
        (LINK.replace("zones", "locations"), "", True),
        (f"{LINK}/nodePools/gpu", "gpu", True),
        (f"{LINK}/nodePools/gpu", "", False),
        (LINK, "gpu", False),
        (f"{LINK}-2", "", False),
        (LINK.replace("us-central1-a", "us-central1-b"), "", False),
        ("", "", False),
    ],
)
def test_an_operation_is_known_by_what_it_works_on(link: str, pool: str, is_target: bool) -> None:
    assert PLACE.is_target_of(link, pool=pool) is is_target


def test_names_are_those_of_gke_and_of_gclouds_kubeconfig() -> None:
    assert PLACE.path == "projects/my-project/locations/us-central1-a/clusters/demo"
    assert PLACE.operation("operation-1") == "projects/my-project/locations/us-central1-a/operations/operation-1"
    assert PLACE.pool("gpu") == f"{PLACE.path}/nodePools/gpu"
    assert PLACE.context == "gke_my-project_us-central1-a_demo"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "PENDING"}, Doing(reasons=("waiting for GKE to begin",))),
        ({"status": "RUNNING"}, Doing(reasons=("running",))),
        (
            {"status": "ABORTING", "detail": "Cluster is being rolled back"},
            Doing(reasons=("Cluster is being rolled back",)),
        ),
        (
            {"status": "RUNNING", "progress": {"stages": [{"name": "CLUSTER_DEPLOYING", "status": "RUNNING"}]}},
            Doing(reasons=("cluster deploying",)),
        ),
        (
            {
                "status": "RUNNING",
                "progress": {
                    "metrics": [
                        {"name": "CLUSTER_CONFIGURING", "int_value": 7},
                        {"name": "CLUSTER_CONFIGURING_TOTAL", "int_value": 7},
                        {"name": "CLUSTER_DEPLOYING", "int_value": 2},
                        {"name": "CLUSTER_DEPLOYING_TOTAL", "int_value": 9},
                    ]
                },
            },
            Doing(reasons=("running",), done=9, total=16),
        ),
        (
            {
                "status": "RUNNING",
                "progress": {
                    "stages": [
                        {
                            "metrics": [
                                {"name": "nodes done", "int_value": 15},
                                {"name": "nodes total", "int_value": 32},
                            ]
                        }
                    ]
                },
            },
            Doing(reasons=("running",), done=15, total=32, unit="nodes"),
        ),
        (
            {
                "status": "RUNNING",
                "progress": {
                    "metrics": [
                        {"name": "progress", "double_value": 0.56},
                        {"name": "progress scale", "double_value": 1.0},
                    ]
                },
            },
            Doing(reasons=("running",), done=56, total=100),
        ),
    ],
)
def test_progress_is_read_in_each_form_that_gke_has(fields: dict[str, object], expected: Doing) -> None:
    assert doing(Operation(fields)) == expected


def test_an_operation_without_an_error_succeeded() -> None:
    assert of_operation(Operation(status=Operation.Status.DONE, detail="done")) is None


def test_an_operation_is_judged_by_its_error_its_conditions_or_its_message() -> None:
    by_error = of_operation(Operation(error=Status(code=8, message="short")))
    by_condition = of_operation(Operation(cluster_conditions=[{"code": "GCE_STOCKOUT", "message": "none left"}]))
    by_message = of_operation(Operation(status_message="went wrong"))

    assert (by_error.code, by_error.message) == ("RESOURCE_EXHAUSTED", "short") if by_error else False
    assert by_condition is not None
    assert by_condition.conditions == (("GCE_STOCKOUT", "none left"),)
    assert by_condition.message == "none left"
    assert by_message is not None
    assert by_message.code == "UNKNOWN"


def test_details_of_an_error_are_unpacked_and_unknown_codes_do_no_harm() -> None:
    packed = faults.stockout_by_reason().error
    odd = of_operation(Operation(error=Status(code=4711, message="odd")))

    found = of_operation(Operation(error=packed))

    assert found is not None
    assert found.reason == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert found.metadata == {"zone": "us-central1-a"}
    assert odd is not None
    assert odd.code == "UNKNOWN"


def test_the_canonical_code_of_a_condition_counts_when_the_old_one_is_not_set() -> None:
    found = of_operation(Operation(nodepool_conditions=[StatusCondition(canonical_code=8, message="x")]))

    assert found is not None
    assert found.conditions == (("RESOURCE_EXHAUSTED", "x"),)


def test_a_quota_is_read_from_a_condition_when_the_error_does_not_name_it() -> None:
    condition = {"code": "GCE_QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded.  Limit: 24.0 in region x."}

    found = of_operation(Operation(error=Status(code=8, message="short"), cluster_conditions=[condition]))

    assert found is not None
    assert [str(quota) for quota in found.quotas] == ["CPUS: limit 24"]


def addressed(*, public: bool, dns: bool, endpoint: str = "34.1.2.3") -> Cluster:
    return Cluster(
        {
            "endpoint": endpoint,
            "network": "net",
            "master_auth": {"cluster_ca_certificate": "QQ=="},
            "control_plane_endpoints_config": {
                "ip_endpoints_config": {"enabled": True, "enable_public_endpoint": public},
                "dns_endpoint_config": {"endpoint": "gke-1.us-central1.gke.goog", "allow_external_traffic": dns},
            },
        }
    )


@pytest.mark.parametrize(
    ("cluster", "server", "authority", "is_closed"),
    [
        (addressed(public=True, dns=False), "https://34.1.2.3", b"A", False),
        (addressed(public=True, dns=True), "https://34.1.2.3", b"A", False),
        (addressed(public=False, dns=True), "https://gke-1.us-central1.gke.goog", b"", False),
        (addressed(public=False, dns=False, endpoint="10.0.0.2"), "https://10.0.0.2", b"A", True),
    ],
)
def test_the_control_plane_is_reached_where_this_computer_most_likely_can(
    cluster: Cluster, server: str, authority: bytes, is_closed: bool
) -> None:
    endpoint = endpoint_of(cluster, place=PLACE, token=lambda: "t")

    assert (endpoint.server, endpoint.ca_certificate) == (server, authority)
    assert is_private(cluster) is is_closed
    assert "t" not in repr(endpoint).replace("token", "").partition("ca_certificate")[2].partition(",")[2]
    if is_closed:
        assert "--enable-dns-access" in str(private_warning(cluster, place=PLACE).hint)


def test_an_older_cluster_that_says_nothing_of_endpoints_has_a_public_address() -> None:
    old = Cluster({"endpoint": "34.1.2.3", "master_auth": {"cluster_ca_certificate": "QQ=="}})
    closed = Cluster({"endpoint": "10.0.0.2", "private_cluster_config": {"enable_private_endpoint": True}})

    assert not is_private(old)
    assert is_private(closed)


def test_a_cluster_without_an_endpoint_cannot_be_reached_yet() -> None:
    with pytest.raises(CloudError, match="has no control plane that could be asked: it is PROVISIONING"):
        endpoint_of(Cluster(status=Cluster.Status.PROVISIONING), place=PLACE, token=str)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PROVISIONING", ClusterState.STOPPED),
        ("RUNNING", ClusterState.RUNNING),
        ("RECONCILING", ClusterState.RUNNING),
        ("DEGRADED", ClusterState.RUNNING),
        ("STOPPING", ClusterState.STOPPED),
        ("ERROR", ClusterState.STOPPED),
    ],
)
def test_a_cluster_is_running_when_something_can_be_asked_of_it(status: str, state: ClusterState) -> None:
    assert state_of(Cluster({"status": status})) is state
    assert state_of(None) is ClusterState.ABSENT


def test_the_journal_keeps_one_operation_for_each_cluster(tmp_path: Path) -> None:
    journal = Journal(tmp_path, place=PLACE)
    other = Journal(tmp_path, place=Place(project="my-project", location="us-central1", name="demo"))
    assert journal.operation() == ""

    journal.remember("operation-1")
    journal.remember("operation-2")

    assert Journal(tmp_path, place=PLACE).operation() == "operation-2"
    assert other.operation() == ""
    journal.forget()
    journal.forget()
    assert journal.operation() == ""


def test_a_state_folder_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "gke").write_text("in the way")
    journal = Journal(tmp_path, place=PLACE)

    for use in (journal.prepare, lambda: journal.remember("operation-1")):
        with pytest.raises(PreconditionError, match=f"cannot be remembered in {tmp_path}/gke/") as caught:
            use()
        assert "XDG_STATE_HOME" in str(caught.value.hint)
    assert journal.operation() == ""
    journal.forget()
