from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.unit.cloud.machine import Machine
from tfk8s.cloud.kind.provider import KindProvider
from tfk8s.errors import CloudError, PreconditionError, WaitTimeoutError
from tfk8s.ports import ClusterRequest, ClusterState, EnsureOutcome, Event, Note, SilentReporter, Waiting
from tfk8s.spec import KindCluster


def _request(**fields: object) -> ClusterRequest:
    return ClusterRequest(cluster=KindCluster.model_validate({"provider": "kind", "name": "demo", **fields}))


REQUEST = _request()


class Clock(FakeClock):
    """Something may happen while time passes."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.meanwhile()


@dataclass
class Told:
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(machine: Machine, clock: Clock, tmp_path: Path) -> KindProvider:
    return KindProvider(machine, clock=clock, state=tmp_path, kubeconfig=None)


def _ensure(provider: KindProvider, request: ClusterRequest = REQUEST) -> EnsureOutcome:
    return provider.ensure(request, reporter=SilentReporter()).outcome


def test_a_missing_cluster_is_created_with_metrics_and_its_own_context(
    machine: Machine, provider: KindProvider
) -> None:
    ensured = provider.ensure(REQUEST, reporter=SilentReporter())

    assert ensured.outcome is EnsureOutcome.CREATED
    assert ensured.access.context == "kind-demo"
    assert machine.metrics
    assert provider.describe("demo") is ClusterState.RUNNING


def test_a_generated_cluster_listens_on_loopback_and_has_the_nodes_that_were_asked_for(
    machine: Machine, provider: KindProvider
) -> None:
    _ensure(provider, _request(nodes=3, node_image="kindest/node:v1"))

    config = json.loads(machine.config)
    assert config["networking"] == {"apiServerAddress": "127.0.0.1"}
    assert [node["role"] for node in config["nodes"]] == ["control-plane", "worker", "worker"]
    assert {node["image"] for node in config["nodes"]} == {"kindest/node:v1"}


def test_a_config_file_of_the_user_is_handed_to_kind(machine: Machine, provider: KindProvider, tmp_path: Path) -> None:
    config = tmp_path / "kind.yaml"
    config.write_text("kind: Cluster")

    _ensure(provider, _request(config=str(config), node_image="own/node:1"))

    create = next(words for words in machine.commands if words[:2] == ("kind", "create"))
    assert create[create.index("--config") + 1] == str(config)
    assert create[create.index("--image") + 1] == "own/node:1"


def test_a_second_run_changes_nothing(machine: Machine, provider: KindProvider) -> None:
    _ensure(provider)
    machine.commands.clear()

    outcome = _ensure(provider)

    assert outcome is EnsureOutcome.UNCHANGED
    assert machine.changes() == []


def test_stopped_nodes_are_started_and_nothing_is_created(machine: Machine, provider: KindProvider) -> None:
    _ensure(provider)
    machine.clusters["demo"][0].running = False
    assert provider.describe("demo") is ClusterState.STOPPED
    machine.commands.clear()

    outcome = _ensure(provider)

    assert outcome is EnsureOutcome.STARTED
    assert ("docker", "start", "demo-control-plane") in machine.commands
    assert not any(words[:2] == ("kind", "create") for words in machine.commands)


def test_a_new_clusters_context_is_current_and_the_others_stay(machine: Machine, provider: KindProvider) -> None:
    machine.contexts, machine.current = ["production"], "production"

    ensured = provider.ensure(REQUEST, reporter=SilentReporter())

    assert ensured.access.is_current
    assert machine.contexts == ["production", "kind-demo"]


def test_a_context_that_went_missing_is_written_again_beside_the_users_current_one(
    machine: Machine, provider: KindProvider
) -> None:
    _ensure(provider)
    machine.contexts, machine.current = ["production"], "production"

    ensured = provider.ensure(REQUEST, reporter=SilentReporter())

    assert ensured.outcome is EnsureOutcome.UNCHANGED
    assert "kind-demo" in machine.contexts
    assert machine.current == "production"
    assert not ensured.access.is_current


def test_a_kubeconfig_of_its_own_is_named_in_every_call(machine: Machine, clock: Clock, tmp_path: Path) -> None:
    mine = tmp_path / "kubeconfig"
    provider = KindProvider(machine, clock=clock, state=tmp_path, kubeconfig=mine)

    _ensure(provider)

    asking = [words for words in machine.commands if words[0] in {"kind", "kubectl"}]
    assert asking
    assert [words for words in asking if "--kubeconfig" not in words or str(mine) not in words] == []


def test_a_metrics_server_that_is_there_is_left_alone(machine: Machine, provider: KindProvider) -> None:
    machine.metrics = True

    _ensure(provider)

    assert not any("apply" in words for words in machine.commands)


def test_a_cluster_that_was_left_half_made_is_made_anew(machine: Machine, provider: KindProvider) -> None:
    machine.on_create = lambda: machine.add_cluster("demo")[0].__setattr__("is_ready", False)
    machine.create_fails = "killed"
    with pytest.raises(CloudError):
        _ensure(provider)
    machine.on_create, machine.create_fails = lambda: None, None
    told = Told()

    outcome = provider.ensure(REQUEST, reporter=told).outcome

    assert outcome is EnsureOutcome.CREATED
    assert ("kind", "delete", "cluster", "--name", "demo") in machine.commands
    assert any(isinstance(event, Note) and "half-made" in event.message for event in told.events)


def test_a_run_killed_after_kind_was_done_goes_on_with_that_cluster(machine: Machine, provider: KindProvider) -> None:
    machine.on_create = lambda: machine.add_cluster("demo")
    machine.create_fails = "killed"
    with pytest.raises(CloudError):
        _ensure(provider)
    machine.contexts = ["kind-demo"]

    assert _ensure(provider) is EnsureOutcome.UNCHANGED
    assert provider.is_ours("demo")


def test_an_unready_cluster_of_somebody_else_is_never_deleted(machine: Machine, provider: KindProvider) -> None:
    machine.add_cluster("demo")[0].is_ready = False

    with pytest.raises(WaitTimeoutError, match="node demo-control-plane is not ready"):
        _ensure(provider)

    assert "demo" in machine.clusters


def test_waiting_says_what_is_missing_once(machine: Machine, provider: KindProvider, clock: Clock) -> None:
    machine.add_cluster("demo", nodes=2)[1].is_ready = False

    def later() -> None:
        if clock.monotonic_s() >= 30:
            machine.clusters["demo"][1].is_ready = True

    clock.meanwhile = later
    told = Told()

    provider.ensure(_request(nodes=2), reporter=told)

    waits = [event.reasons for event in told.events if isinstance(event, Waiting)]
    assert waits == [("node demo-worker is not ready",), ("metrics-server has no figures yet",)]


def test_another_number_of_nodes_than_the_spec_is_said(machine: Machine, provider: KindProvider) -> None:
    """K27.1."""
    machine.add_cluster("demo")
    told = Told()

    provider.ensure(_request(nodes=3), reporter=told)

    assert Note(message="the cluster has 1 nodes, not 3 as the spec says") in told.events


def test_what_kind_said_is_shown_when_it_fails(machine: Machine, provider: KindProvider) -> None:
    machine.create_fails = "ERROR: failed to create cluster: port is already allocated"

    with pytest.raises(CloudError, match="could not be created") as caught:
        _ensure(provider)

    assert caught.value.details == ("ERROR: failed to create cluster: port is already allocated",)


@pytest.mark.parametrize("program", ["docker", "kind", "kubectl"])
def test_a_missing_program_is_named(machine: Machine, provider: KindProvider, program: str) -> None:
    machine.installed.discard(program)

    with pytest.raises(PreconditionError, match=f"the program {program} is not on the PATH"):
        _ensure(provider)


def test_a_docker_daemon_that_does_not_answer_is_one_clear_error(machine: Machine, provider: KindProvider) -> None:
    machine.daemon_answers = False

    with pytest.raises(PreconditionError, match="Docker does not answer") as caught:
        _ensure(provider)

    assert caught.value.details


def test_only_a_cluster_that_we_made_is_ours(machine: Machine, provider: KindProvider) -> None:
    machine.add_cluster("theirs")
    _ensure(provider)

    assert provider.is_ours("demo")
    assert not provider.is_ours("theirs")
    assert not provider.is_ours("absent")


def test_a_cluster_that_somebody_made_again_under_the_same_name_is_not_ours(
    machine: Machine, provider: KindProvider
) -> None:
    _ensure(provider)
    machine.add_cluster("demo")

    assert not provider.is_ours("demo")


def test_deleting_says_whether_there_was_a_cluster(machine: Machine, provider: KindProvider) -> None:
    _ensure(provider)

    assert provider.delete("demo")
    assert not provider.delete("demo")
    assert machine.clusters == {}
    assert provider.describe("demo") is ClusterState.ABSENT


def test_a_run_waits_for_the_one_that_holds_the_cluster(
    machine: Machine, provider: KindProvider, clock: Clock, tmp_path: Path
) -> None:
    """K27.1."""
    _ensure(provider)
    other = os.open(tmp_path / "kind" / "demo", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    told = Told()
    clock.meanwhile = lambda: fcntl.flock(other, fcntl.LOCK_UN) if clock.monotonic_s() > 5 else None

    provider.ensure(REQUEST, reporter=told)
    os.close(other)

    assert told.events[0] == Waiting(what="cluster demo", reasons=("another run works on it",))
    assert clock.monotonic_s() > 5


def test_the_lock_is_handed_to_kind_so_that_it_outlives_a_killed_run(machine: Machine, provider: KindProvider) -> None:
    inherited: list[bool] = []
    machine.on_create = lambda: inherited.extend(stat.S_ISREG(os.fstat(handle).st_mode) for handle in machine.inherited)

    _ensure(provider)

    assert inherited == [True]


def test_a_preview_says_what_would_be_made_and_then_what_differs(machine: Machine, provider: KindProvider) -> None:
    before = provider.preview(_request(nodes=2))
    provider.ensure(_request(nodes=2), reporter=SilentReporter())
    same, other = provider.preview(_request(nodes=2)), provider.preview(_request(nodes=3))

    assert before.state is ClusterState.ABSENT
    assert before.creates == ("kind cluster demo on this computer, 2 nodes",)
    assert before.runs == ()
    assert (same.state, same.creates, same.differences) == (ClusterState.RUNNING, (), ())
    assert [(found.field, found.wanted, found.found) for found in other.differences] == [("nodes", "3", "2")]


def test_a_state_folder_that_cannot_be_made_is_named_before_anything_is_made(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    provider = KindProvider(machine, clock=FakeClock(), state=tmp_path / "state", kubeconfig=None)

    with pytest.raises(PreconditionError, match="cannot be remembered") as caught:
        provider.ensure(REQUEST, reporter=SilentReporter())

    assert "XDG_STATE_HOME" in str(caught.value.hint)
    assert machine.clusters == {}
