"""The provider as the command line builds it: another address of the API, an expired login, nothing asked early."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.gke.clusters import NAME, cluster
from tests.fakes.clock import FakeClock
from tests.fakes.gke import faults
from tests.fakes.gke.server import FakeGke
from tfk8s.cloud import PROVIDERS, Surroundings
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.client import GKE, connected
from tfk8s.cloud.gke.connection import gke_provider
from tfk8s.cloud.gke.login import GoogleLogin
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.provider import GkeProvider
from tfk8s.errors import PreconditionError
from tfk8s.ports import ClusterRequest, ClusterState, SilentReporter
from tfk8s.spec import KindCluster

pytestmark = pytest.mark.contract

EXPIRED = PreconditionError("the Google login expired or was revoked", hint="log in again")


def no_login() -> GoogleLogin:
    raise AssertionError("nobody needs a login here")


def made(environ: dict[str, str], tmp_path: Path) -> GkeProvider:
    return gke_provider(cluster(), clock=FakeClock(), state=tmp_path, find_login=no_login, environ=environ)


def test_a_server_on_this_computer_is_asked_without_a_login(server: FakeGke, tmp_path: Path) -> None:
    provider = made(server.environment(), tmp_path)

    assert provider.describe(NAME) is ClusterState.ABSENT
    metadata = dict(server.calls[0].metadata)
    assert "authorization" not in metadata


@pytest.mark.parametrize("variable", ["TFK8S_GKE_ENDPOINT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER"])
def test_either_variable_names_another_address_as_gcloud_writes_it(
    variable: str, server: FakeGke, tmp_path: Path
) -> None:
    provider = made({variable: f"{server.endpoint}/"}, tmp_path)

    assert provider.list() == ()
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "endpoint", ["http://gke.example", "127.0.0.1:1", "https://gke.example/v1/", "ftp://x", "https://", "http://[::1"]
)
def test_an_address_that_is_none_or_would_send_a_login_in_the_clear_is_refused(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(PreconditionError) as refused:
        made({"TFK8S_GKE_ENDPOINT": endpoint}, tmp_path)

    assert "TFK8S_GKE_ENDPOINT" in refused.value.message
    assert refused.value.hint


def test_building_the_provider_asks_nobody_anything(tmp_path: Path) -> None:
    provider = PROVIDERS["gke"](Surroundings(clock=FakeClock(), state=tmp_path / "state", cluster=cluster()))

    assert provider.images is None
    assert provider.repositories is not None
    assert provider.logins is not None
    request = ClusterRequest(cluster=cluster())
    assert provider.clusters.create_request(request)["parent"] == "projects/my-project/locations/us-central1-a"
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("other", [None, KindCluster(provider="kind")])
def test_without_a_project_and_a_location_there_are_no_clusters_of_gke(
    other: KindCluster | None, tmp_path: Path
) -> None:
    with pytest.raises(PreconditionError, match="needs a project and a location"):
        PROVIDERS["gke"](Surroundings(clock=FakeClock(), state=tmp_path, cluster=other))


@pytest.mark.parametrize("method", ["GetCluster", "CreateCluster", "GetOperation"])
def test_a_login_that_ran_out_is_not_taken_for_a_network_that_is_down(
    method: str, server: FakeGke, tmp_path: Path
) -> None:
    """Google's library shows a token that cannot be had as UNAVAILABLE; whose fault that is, the login says itself."""

    def check_login() -> None:
        raise EXPIRED

    clock = FakeClock()
    client = connected(GKE.endpoint(server.environment()), credentials=lambda: no_login().credentials)
    api = GkeApi(lambda: client, check_login=check_login, clock=clock)
    place = Place(project="my-project", location="us-central1-a", name=NAME)
    provider = GkeProvider(
        api, project=place.project, location=place.location, clock=clock, state=tmp_path, token=lambda: "t"
    )
    server.fail(method, faults.unavailable(), times=-1)

    with pytest.raises(PreconditionError, match="expired or was revoked"):
        provider.ensure(ClusterRequest(cluster=cluster()), reporter=SilentReporter())

    client.transport.close()
    assert len(server.requests(method)) == 1
    remembered = [path.name for path in (tmp_path / "gke").rglob("*") if path.is_file()]
    assert remembered == ([NAME] if method == "GetOperation" else []), "an operation that was begun is remembered"
