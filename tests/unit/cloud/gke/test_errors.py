"""Google's exceptions become ours in one place, and none gets past it."""

from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions
from google.auth.exceptions import RefreshError
from google.rpc.code_pb2 import Code
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.gke import faults
from tfk8s.cloud.gke.api import PAUSES_S, answered
from tfk8s.cloud.gke.errand import EVERY, BusyError, Errand, NameTakenError, NoAnswerError, console
from tfk8s.cloud.gke.errors import translated
from tfk8s.cloud.gke.evidence import Evidence
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.refusals import explained, role_with
from tfk8s.errors import CloudError, PreconditionError, Tfk8sError

PLACE = Place(project="my-project", location="us-central1-a", name="demo")
ERRAND = Errand(verb="create", place=PLACE)
CODES = sorted(set(Code.keys()) - {"OK"})
REASONS = (
    "SERVICE_DISABLED",
    "BILLING_DISABLED",
    "IAM_PERMISSION_DENIED",
    "CONSUMER_INVALID",
    "LOCATION_POLICY_VIOLATED",
    "SECURITY_POLICY_VIOLATED",
    "ACCESS_TOKEN_EXPIRED",
    "RATE_LIMIT_EXCEEDED",
    "CLUSTER_ALREADY_HAS_OPERATION",
    "A_REASON_OF_TOMORROW",
    "",
)


def raised(error: Exception) -> Tfk8sError:
    with pytest.raises(Tfk8sError) as caught, translated(ERRAND):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize("code", list(grpc.StatusCode), ids=lambda code: code.name)
def test_every_status_becomes_an_error_with_a_way_on(code: grpc.StatusCode) -> None:
    if code is grpc.StatusCode.OK:
        return
    error = raised(exceptions.from_grpc_status(code, "Said so."))

    assert error.exit_code in (4, 8)
    assert error.message.startswith("cannot create the cluster demo in us-central1-a (project my-project): ")
    assert error.hint


def test_an_error_without_a_code_is_no_answer() -> None:
    assert isinstance(raised(exceptions.GoogleAPICallError("?")), NoAnswerError)
    assert isinstance(raised(exceptions.RetryError("late", cause=ValueError())), NoAnswerError)


def test_a_login_that_does_not_work_is_a_missing_precondition_and_shows_nothing_of_it() -> None:
    error = raised(RefreshError("invalid_grant", {"refresh_token": "1//secret"}))

    assert isinstance(error, PreconditionError)
    assert "secret" not in f"{error.message} {error.hint} {error.details}"
    assert "gcloud auth application-default login" in str(error.hint)


def test_ours_and_mistakes_of_our_own_pass() -> None:
    with pytest.raises(KeyError), translated(ERRAND):
        raise KeyError
    with pytest.raises(CloudError, match="ours"), translated(ERRAND):
        raise CloudError("ours", hint="on")


@given(
    st.sampled_from(CODES),
    st.sampled_from(REASONS),
    st.text(),
    st.dictionaries(st.sampled_from(["service", "permission", "resource", "location", "x"]), st.text()),
)
def test_whatever_google_says_is_one_clear_error(
    code: str, reason: str, message: str, metadata: dict[str, str]
) -> None:
    error = explained(Evidence(code=code, message=message, reason=reason, metadata=metadata), errand=ERRAND)

    assert error.exit_code in (4, 8)
    assert error.message.startswith("cannot create the cluster demo")
    assert error.hint


def test_a_reason_decides_before_the_code_and_the_words() -> None:
    """The words are of a quota, the code of a missing cluster; the reason is neither."""
    words = faults.quota_in_words(("CPUS", 5.0, 1.0, 8.0, 4.0)).message
    evidence = Evidence(code="NOT_FOUND", message=words, reason="SERVICE_DISABLED")

    assert isinstance(explained(evidence, errand=ERRAND), PreconditionError)


def test_the_operation_in_the_way_is_named() -> None:
    message = "Cluster is running incompatible operation operation-1-2."
    for evidence in (
        Evidence(code="FAILED_PRECONDITION", message=message, reason="CLUSTER_ALREADY_HAS_OPERATION"),
        Evidence(code="FAILED_PRECONDITION", message=message),
    ):
        error = explained(evidence, errand=ERRAND)
        assert isinstance(error, BusyError)
        assert error.operation == "operation-1-2"


def test_a_name_that_is_taken_is_told_apart() -> None:
    assert isinstance(explained(Evidence(code="ALREADY_EXISTS", message="x"), errand=ERRAND), NameTakenError)


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        ("container.clusters.create", "roles/container.clusterAdmin"),
        ("container.clusters.get", "roles/container.clusterViewer"),
        ("container.operations.list", "roles/container.clusterViewer"),
        ("container.deployments.create", "roles/container.admin"),
        ("compute.subnetworks.use", "roles/compute.networkUser"),
        ("compute.regions.get", "roles/compute.viewer"),
        ("iam.serviceAccounts.actAs", "roles/iam.serviceAccountUser"),
        ("serviceusage.services.use", "roles/serviceusage.serviceUsageConsumer"),
        ("strange", "roles/container.admin"),
    ],
)
def test_the_role_that_is_proposed_has_the_permission(permission: str, role: str) -> None:
    assert role_with(permission) == role


def test_the_console_is_opened_at_the_cluster_or_at_the_list() -> None:
    everything = Place(project="my-project", location="us-central1-a", name=EVERY)

    assert console(PLACE).endswith("/kubernetes/clusters/details/us-central1-a/demo?project=my-project")
    assert console(everything).endswith("/kubernetes/list/overview?project=my-project")
    assert str(Errand(verb="list", place=everything)) == "cannot list the clusters of the project my-project"


@pytest.mark.parametrize("failures", range(len(PAUSES_S) + 2))
def test_a_read_is_repeated_for_half_a_minute_and_then_told(failures: int) -> None:
    clock, left = FakeClock(), [None] * failures

    def call() -> str:
        if left:
            left.pop()
            raise NoAnswerError("nothing", hint="again")
        return "answer"

    if failures > len(PAUSES_S):
        with pytest.raises(NoAnswerError):
            answered(call, clock=clock)
        assert clock.monotonic_s() == sum(PAUSES_S) == 30
        return

    assert answered(call, clock=clock) == "answer"
    assert clock.monotonic_s() == sum(PAUSES_S[:failures])


def test_another_error_than_no_answer_is_not_repeated() -> None:
    clock = FakeClock()

    def call() -> None:
        raise NameTakenError("taken", hint="look")

    with pytest.raises(NameTakenError):
        answered(call, clock=clock)
    assert clock.monotonic_s() == 0
