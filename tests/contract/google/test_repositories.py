"""Repositories of Artifact Registry: Google's own client library against a gRPC server on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest
from google.cloud.artifactregistry_v1 import Repository
from google.rpc import error_details_pb2

from tests.fakes.artifact_registry import Call, Failure, FakeArtifactRegistry, artifact_registry, reason
from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tfk8s.cloud.gke.login import GoogleLogin
from tfk8s.cloud.gke.repositories import ArtifactRepositories
from tfk8s.errors import CloudError, InputError, PreconditionError, Tfk8sError, WaitTimeoutError
from tfk8s.ports import Note, SilentReporter, Waiting

pytestmark = pytest.mark.contract

IMAGE = "us-central1-docker.pkg.dev/my-project/serving/resnet"
PATH = "projects/my-project/locations/us-central1/repositories/serving"
QUIET = SilentReporter()


@pytest.fixture
def server() -> Iterator[FakeArtifactRegistry]:
    with artifact_registry() as running:
        yield running


def _no_login() -> GoogleLogin:
    raise AssertionError("a server on this computer is shown no login")


def _repositories(server: FakeArtifactRegistry, clock: FakeClock | None = None) -> ArtifactRepositories:
    environ = {"TFK8S_ARTIFACT_REGISTRY_ENDPOINT": f"http://{server.address}", "http_proxy": "http://127.0.0.1:1"}
    return ArtifactRepositories(clock=clock or FakeClock(), find_login=_no_login, environ=environ)


def test_a_missing_repository_is_made_for_images_with_our_label_and_waited_for(server: FakeArtifactRegistry) -> None:
    repositories, recorder = _repositories(server), Recorder()

    before = repositories.exists(IMAGE)
    repositories.create(IMAGE, reporter=recorder)

    made = server.repositories[PATH]
    assert not before
    assert made.format_ is Repository.Format.DOCKER
    assert dict(made.labels) == {"managed-by": "tfk8s"}
    assert repositories.exists(IMAGE)
    assert repositories.is_ours(IMAGE)
    assert recorder.events == [
        Note(message="making repository serving in us-central1 (project my-project)"),
        Waiting(
            what="repository serving in us-central1 (project my-project) to be created",
            reasons=("operation projects/my-project/locations/us-central1/operations/0",),
        ),
    ]
    assert len([call for call, _ in server.calls if call == "GetOperation"]) > 1  # the same answer is told once


def test_a_repository_that_exists_is_left_as_it_is(server: FakeArtifactRegistry) -> None:
    server.add(PATH, labels={"team": "vision"})
    repositories = _repositories(server)

    repositories.create(IMAGE, reporter=QUIET)

    assert [call for call, _ in server.calls] == ["GetRepository"]
    assert not repositories.is_ours(IMAGE)


def test_a_repository_that_somebody_makes_meanwhile_is_as_good(server: FakeArtifactRegistry) -> None:
    server.meanwhile = lambda: server.add(PATH)
    repositories = _repositories(server)

    repositories.create(IMAGE, reporter=QUIET)

    assert repositories.exists(IMAGE)


def test_ours_is_deleted_and_a_missing_one_is_no_failure(server: FakeArtifactRegistry) -> None:
    repositories = _repositories(server)
    repositories.create(IMAGE, reporter=QUIET)

    assert repositories.delete(IMAGE, reporter=QUIET)
    assert server.repositories == {}
    assert not repositories.delete(IMAGE, reporter=QUIET)
    assert not repositories.is_ours(IMAGE)


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("europe-docker.pkg.dev/p/r/team/deep/name", "projects/p/locations/europe/repositories/r"),
        ("us-docker.pkg.dev/example.com/p/r/n", "projects/example.com:p/locations/us/repositories/r"),
    ],
)
def test_the_name_of_the_image_says_which_repository_it_is(server: FakeArtifactRegistry, image: str, path: str) -> None:
    _repositories(server).exists(image)

    assert server.calls == [("GetRepository", path)]


@pytest.mark.parametrize(
    "image",
    [
        "us-docker.pkg.dev/p/r",
        "us-docker.pkg.dev/p",
        "us-docker.pkg.dev/p//n",
        "us-docker.pkg.dev",
        "us-docker.pkg.dev/example.com",
        "US-docker.pkg.dev/p/r/n",
        "-docker.pkg.dev/p/r/n",
        "gcr.io/p/n",
    ],
)
def test_a_name_that_lacks_a_part_is_refused_with_the_form(server: FakeArtifactRegistry, image: str) -> None:
    with pytest.raises(InputError) as caught:
        _repositories(server).exists(image)

    assert "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME" in (caught.value.hint or "")
    assert server.calls == []


def test_only_artifact_registrys_own_names_are_managed(server: FakeArtifactRegistry) -> None:
    repositories = _repositories(server)

    assert repositories.manages(IMAGE)
    for other in ("gcr.io/p/n", "docker.io/library/n", "example.com/us-docker.pkg.dev/r/n", "tfk8s.local/n"):
        assert not repositories.manages(other)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"format_": Repository.Format.PYTHON}, "is for PYTHON packages, not for images"),
        ({"mode": Repository.Mode.REMOTE_REPOSITORY}, "is a remote_repository, which takes no pushes"),
    ],
)
def test_a_repository_that_takes_no_images_is_refused(
    server: FakeArtifactRegistry, fields: dict[str, object], text: str
) -> None:
    server.add(PATH, **fields)

    with pytest.raises(CloudError, match=text):
        _repositories(server).exists(IMAGE)


_DENIED = grpc.StatusCode.PERMISSION_DENIED
FAILURES: list[tuple[Failure, type[Tfk8sError], str, str]] = [
    (
        Failure(
            code=_DENIED, message="m", details=(reason("SERVICE_DISABLED", service="artifactregistry.googleapis.com"),)
        ),
        PreconditionError,
        "the API artifactregistry.googleapis.com is not enabled in the project my-project",
        "gcloud services enable artifactregistry.googleapis.com --project my-project",
    ),
    (
        Failure(
            code=_DENIED,
            message="m",
            details=(reason("IAM_PERMISSION_DENIED", permission="artifactregistry.repositories.create"),),
        ),
        CloudError,
        "lacks the permission artifactregistry.repositories.create",
        "--role=roles/artifactregistry.admin",
    ),
    (
        Failure(code=_DENIED, message="no details at all"),
        CloudError,
        "lacks the permission artifactregistry.repositories.create",
        "gcloud projects add-iam-policy-binding my-project",
    ),
    (
        Failure(code=_DENIED, message="m", details=(reason("BILLING_DISABLED"),)),
        PreconditionError,
        "no active billing account",
        "gcloud billing projects link my-project",
    ),
    (
        Failure(
            code=grpc.StatusCode.FAILED_PRECONDITION,
            message="m",
            details=(
                error_details_pb2.PreconditionFailure(
                    violations=[error_details_pb2.PreconditionFailure.Violation(type="googleapis.com/billing-enabled")]
                ),
            ),
        ),
        PreconditionError,
        "no active billing account",
        "gcloud billing projects link my-project",
    ),
    (
        Failure(code=_DENIED, message="m", details=(reason("CONSUMER_INVALID"),)),
        CloudError,
        "there is no project my-project",
        "gcloud projects list",
    ),
    (
        Failure(code=_DENIED, message="m", details=(reason("LOCATION_POLICY_VIOLATED"),)),
        CloudError,
        "there is no location us-central1",
        "gcloud artifacts locations list",
    ),
    (
        Failure(code=grpc.StatusCode.NOT_FOUND, message="m"),
        CloudError,
        "there is no location us-central1",
        "gcloud artifacts locations list --project my-project",
    ),
    (
        Failure(
            code=grpc.StatusCode.INVALID_ARGUMENT,
            message="m",
            details=(
                error_details_pb2.BadRequest(
                    field_violations=[
                        error_details_pb2.BadRequest.FieldViolation(field="repository_id", description="too long")
                    ]
                ),
            ),
        ),
        CloudError,
        "does not accept the name or the location",
        "lower-case letters",
    ),
    (
        Failure(
            code=grpc.StatusCode.RESOURCE_EXHAUSTED,
            message="m",
            details=(reason("RATE_LIMIT_EXCEEDED", quota_metric="repositories", quota_limit_value="60"),),
        ),
        CloudError,
        "a quota of the project my-project is used up: repositories, limit 60",
        "iam-admin/quotas",
    ),
    (
        Failure(code=grpc.StatusCode.UNAUTHENTICATED, message="m", details=(reason("ACCESS_TOKEN_EXPIRED"),)),
        PreconditionError,
        "the access token has expired",
        "gcloud auth application-default login",
    ),
    (
        Failure(code=grpc.StatusCode.UNAVAILABLE, message="m"),
        CloudError,
        r"does not answer \(UNAVAILABLE\)",
        "status.cloud.google.com",
    ),
    (
        Failure(code=grpc.StatusCode.FAILED_PRECONDITION, message="a policy says no", details=(reason("ORG_SAYS_NO"),)),
        CloudError,
        r"refuses it \(ORG_SAYS_NO\)",
        "console.cloud.google.com",
    ),
]


@pytest.mark.parametrize(("failure", "kind", "message", "hint"), FAILURES)
def test_each_refusal_is_told_in_the_users_terms_with_the_next_command(
    server: FakeArtifactRegistry, failure: Failure, kind: type[Tfk8sError], message: str, hint: str
) -> None:
    server.failures["CreateRepository"] = failure

    with pytest.raises(kind, match=message) as caught:
        _repositories(server).create(IMAGE, reporter=QUIET)

    assert type(caught.value) is kind
    assert hint in (caught.value.hint or "")
    assert failure.message in caught.value.details


@pytest.mark.parametrize(("failure", "kind", "message", "hint"), FAILURES)
def test_an_operation_that_ends_without_success_is_explained_and_named(
    server: FakeArtifactRegistry, failure: Failure, kind: type[Tfk8sError], message: str, hint: str
) -> None:
    server.ending = failure

    with pytest.raises(kind, match=message) as caught:
        _repositories(server).create(IMAGE, reporter=QUIET)

    assert hint in (caught.value.hint or "")
    assert "operation: projects/my-project/locations/us-central1/operations/0" in caught.value.details
    assert server.repositories == {}


@pytest.mark.parametrize("call", ["GetRepository", "DeleteRepository"])
def test_a_permission_that_google_does_not_name_is_that_of_the_call(server: FakeArtifactRegistry, call: Call) -> None:
    server.failures[call] = Failure(code=_DENIED, message="denied")
    repositories = _repositories(server)
    verb = {"GetRepository": "get", "DeleteRepository": "delete"}[call]

    with pytest.raises(CloudError, match=rf"artifactregistry\.repositories\.{verb}"):
        repositories.exists(IMAGE) if call == "GetRepository" else repositories.delete(IMAGE, reporter=QUIET)


def test_a_server_that_is_away_for_a_moment_does_not_end_the_wait(server: FakeArtifactRegistry) -> None:
    server.failures["GetOperation"] = Failure(code=grpc.StatusCode.UNAVAILABLE, message="restart", times=3)

    _repositories(server).create(IMAGE, reporter=QUIET)

    assert PATH in server.repositories


def test_the_wait_for_an_operation_is_bounded_and_names_it(server: FakeArtifactRegistry) -> None:
    server.polls = 10_000
    clock = FakeClock()

    with pytest.raises(WaitTimeoutError, match="waited 300 s for repository serving") as caught:
        _repositories(server, clock).create(IMAGE, reporter=QUIET)

    assert clock.monotonic_s() == pytest.approx(300)
    assert caught.value.details == ("operation projects/my-project/locations/us-central1/operations/0",)


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("127.0.0.1:80", "is no address"),
        ("https://host/path", "is no address"),
        ("http://example.com", "without TLS"),
        ("http://host:notaport", "is no address"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_refused(endpoint: str, text: str) -> None:
    repositories = ArtifactRepositories(
        clock=FakeClock(), find_login=_no_login, environ={"TFK8S_ARTIFACT_REGISTRY_ENDPOINT": endpoint}
    )

    with pytest.raises(PreconditionError, match=f"TFK8S_ARTIFACT_REGISTRY_ENDPOINT.*{text}"):
        repositories.exists(IMAGE)


_WITHOUT = """\
import sys
sys.modules["google.cloud.artifactregistry_v1"] = None  # as if it were not installed
from tests.fakes.clock import FakeClock
from tfk8s.cloud.gke.repositories import ArtifactRepositories
from tfk8s.errors import PreconditionError
try:
    ArtifactRepositories(clock=FakeClock()).exists("us-docker.pkg.dev/p/r/n")
except PreconditionError as error:
    sys.stdout.write(f"{error.message}|{error.hint}")
"""


def test_without_the_library_the_extra_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, timeout=60)

    assert "google-cloud-artifact-registry" in done.stdout
    assert "pip install 'tfk8s[gke]'" in done.stdout
