"""Fleets through our own requests, against the GKE Hub API on loopback: switched on once, whatever comes between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.fakes.clock import FakeClock
from tests.fakes.gke.hub import LOGIN, PROJECT, FakeHub, Fault
from tfk8s.app.regions_fleet import GATEWAYS, SERVICES, fleet_wish, plan_fleet, switch_on
from tfk8s.cli.main import root
from tfk8s.cloud.gke.hub import FleetHub, fleet_hub
from tfk8s.errors import PreconditionError, WaitTimeoutError
from tfk8s.ports import SilentReporter
from tfk8s.spec import load_regions

pytestmark = pytest.mark.contract

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./models/resnet}
image: {repository: us-docker.pkg.dev/my-project/serving/resnet}
expose: {type: Gateway, tls: none, gateway: {multiCluster: {podRate: 40}}}
cluster: {provider: gke, project: my-project, fleet: my-project, nodes: 3}
regions:
  us: {cluster: {location: us-central1}, expose: {gateway: {multiCluster: {holdsGateway: true}}}}
  europe: {cluster: {location: europe-west4}}
"""
CLUSTERS = "//container.googleapis.com/projects/my-project/locations"
MEMBERS = {
    "projects/1/locations/global/memberships/other": f"{CLUSTERS}/us-east1/clusters/other",
    "projects/1/locations/europe-west4/memberships/resnet-europe": f"{CLUSTERS}/europe-west4/clusters/resnet-europe",
    "projects/1/locations/us-central1/memberships/resnet-us": f"{CLUSTERS}/us-central1/clusters/resnet-us",
}
HOLDER = "projects/1/locations/us-central1/memberships/resnet-us"
WISH = fleet_wish(load_regions(SPEC, source="tfk8s.yaml"))


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(memberships={**MEMBERS}).running() as running:
        yield running
    assert running.wrong == []


def fleet(hub: FakeHub) -> FleetHub:
    session = requests.Session()
    session.trust_env = False
    root = f"{hub.endpoint}/v1"
    return FleetHub(PROJECT, token=lambda: LOGIN, session=session, clock=FakeClock(), root=root)


def run(hub: FakeHub) -> list[bool]:
    """Plan and switch on; says what was on before."""
    there = fleet(hub)
    steps = plan_fleet(WISH, fleet=there)
    switch_on(steps, fleet=there, reporter=SilentReporter())
    return [step.is_on for step in steps]


def test_both_features_are_switched_on_once_with_the_membership_of_the_region_that_holds_the_gateway(
    hub: FakeHub,
) -> None:
    hub.polls = 3

    assert run(hub) == [False, False]
    assert run(hub) == [True, True]

    assert [*hub.features] == [SERVICES, GATEWAYS]
    assert hub.features[GATEWAYS]["spec"] == {"multiclusteringress": {"configMembership": HOLDER}}
    assert "spec" not in hub.features[SERVICES]
    assert sum(request.startswith("POST") for request in hub.requests) == 2


@pytest.mark.parametrize("cut", range(10))
def test_a_run_that_loses_any_answer_or_is_followed_by_another_ends_as_one_that_did_not(hub: FakeHub, cut: int) -> None:
    hub.faults = [None] * cut + [Fault(status=0)]

    run(hub)

    assert run(hub) == [True, True]
    assert hub.features[GATEWAYS]["spec"] == {"multiclusteringress": {"configMembership": HOLDER}}


def test_passing_faults_are_tried_again(hub: FakeHub) -> None:
    hub.faults = [Fault(status=503), Fault(status=429), Fault(status=500)]

    assert run(hub) == [False, False]


def test_a_cluster_that_is_not_in_the_fleet_is_named_before_anything_is_switched_on(hub: FakeHub) -> None:
    del hub.memberships["projects/1/locations/europe-west4/memberships/resnet-europe"]

    with pytest.raises(PreconditionError, match="not in the fleet of my-project: the clusters of europe"):
        run(hub)

    assert hub.features == {}


@pytest.mark.parametrize("held_by", ["projects/1/locations/global/memberships/other", ""])
def test_a_gateway_controller_of_another_cluster_is_left_alone(hub: FakeHub, held_by: str) -> None:
    before = {"spec": {"multiclusteringress": {"configMembership": held_by}}} if held_by else {}
    hub.features[GATEWAYS] = before

    with pytest.raises(PreconditionError, match="holds the Gateways of the fleet of my-project") as caught:
        run(hub)

    assert HOLDER in str(caught.value.hint)
    assert hub.features == {GATEWAYS: before}


@pytest.mark.parametrize(
    ("fault", "says", "hint"),
    [
        (Fault(status=403, reason="SERVICE_DISABLED"), "is off in project", "gcloud services enable gkehub"),
        (Fault(status=403), "may not change the fleet", "roles/gkehub.editor"),
        (Fault(status=401), "login is not accepted", "log in again"),
        (Fault(status=404), "there is no fleet of project my-project", "cluster.fleet"),
        (Fault(status=400), "refuses this (HTTP status 400)", "again"),
    ],
)
def test_a_refusal_says_what_to_do(hub: FakeHub, fault: Fault, says: str, hint: str) -> None:
    hub.faults = [fault]

    with pytest.raises(PreconditionError) as caught:
        run(hub)

    assert says in caught.value.message
    assert hint in str(caught.value.hint)
    assert LOGIN not in f"{caught.value.message}{caught.value.hint}{caught.value.details}"


def test_an_api_that_stays_away_is_told_after_some_tries(hub: FakeHub) -> None:
    hub.faults = [Fault(status=0)] * 9

    with pytest.raises(PreconditionError, match="does not answer"):
        run(hub)

    assert len(hub.requests) == 5


def test_what_google_could_not_do_is_told_in_its_words(hub: FakeHub) -> None:
    hub.failure = "the project has no billing account"

    with pytest.raises(PreconditionError, match=r"could not switch multiclusterservice.* on.*no billing"):
        run(hub)


def test_an_operation_without_an_end_is_left_to_the_next_run(hub: FakeHub) -> None:
    hub.polls = 10_000

    with pytest.raises(WaitTimeoutError, match="is not on after 600 s"):
        run(hub)

    hub.polls = 0
    assert run(hub) == [True, False]


def test_the_command_tells_what_it_would_do_and_does_it(hub: FakeHub, tmp_path: Path) -> None:
    hub.login = None  # a server on this computer is shown no login
    (tmp_path / "tfk8s.yaml").write_text(SPEC)
    environ = {"TFK8S_GKE_HUB_ENDPOINT": hub.endpoint, "HOME": "/nonexistent", "http_proxy": "http://127.0.0.1:1"}
    run = CliRunner(env=environ)

    shown, done, again = (
        run.invoke(root, ["regions", "fleet", "-f", str(tmp_path / "tfk8s.yaml"), *flags])
        for flags in (["--dry-run"], [], ["-o", "json"])
    )

    assert shown.stdout == f"{SERVICES}: would be switched on\n{GATEWAYS}: would be switched on\n"
    assert done.stdout == f"{SERVICES}: switched on\n{GATEWAYS}: switched on\n"
    assert '"action": "is on"' in again.stdout
    assert (shown.exit_code, done.exit_code, again.exit_code) == (0, 0, 0)


def test_without_a_login_google_is_not_asked() -> None:
    with pytest.raises(PreconditionError, match="no Google login"):
        fleet_hub(PROJECT, clock=FakeClock(), environ={"HOME": "/nonexistent", "NO_GCE_CHECK": "true"})
