"""A run is killed at every call that it makes, before and after the server worked on it; the next run ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from tests.contract.gke.clusters import NAME, PATH, Gke, cluster
from tests.contract.gke.driver import start
from tests.contract.gke.works import GPU
from tests.fakes.gke import faults
from tests.fakes.gke.clusters import RUNNING
from tests.fakes.gke.server import FakeGke
from tests.fakes.gke.world import Refused
from tfk8s.ports import ClusterRequest, EnsureOutcome, SilentReporter

pytestmark = pytest.mark.contract

MOMENTS = ("before", "after")
CREATING = (
    "GetCluster",
    "ListOperations",
    "CreateCluster",
    "GetOperation",
    "GetOperation",
    "GetOperation",
    "GetCluster",
)
DELETING = (
    "GetCluster",
    "DeleteCluster",
    "GetOperation",
    "GetOperation",
    "GetOperation",
    "GetCluster",
)
ADDING = ("GetCluster", "CreateNodePool", "GetOperation", "GetOperation", "GetOperation")


@dataclass
class Killer:
    """Watches the server and kills the run at one moment of one call.

    Attributes:
        at: index of the call, from 0.
        moment: before the server worked on it, or after, so that the answer is lost.
        seen: methods of the calls until then.
    """

    at: int
    moment: str
    seen: list[str] = field(default_factory=list)
    child: ForkServerProcess | None = None
    started: threading.Event = field(default_factory=threading.Event)

    def __call__(self, method: str, moment: str) -> None:
        if moment == "before":
            self.seen.append(method)
        if len(self.seen) == self.at + 1 and moment == self.moment:
            self.started.wait(60)
            assert self.child is not None
            self.child.kill()
            connection.wait([self.child.sentinel], 60)
            if moment == "before":
                raise Refused(faults.unavailable())  # the call died with the run

    def run(self, work: str, *, server: FakeGke, state: Path) -> None:
        """Start the run, and return when it is dead."""
        server.watch = self
        self.child = start(work, environment=server.environment(), state=state)
        self.started.set()
        assert ended(self.child) == -signal.SIGKILL
        server.watch = lambda *_: None


def ended(child: ForkServerProcess) -> int | None:
    """How a run ended: its exit code, below 0 for a signal; None when it goes on."""
    child.join(100)
    return child.exitcode


def points(calls: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(index, moment) for index in range(len(calls)) for moment in MOMENTS]


def assert_one_running_cluster(server: FakeGke) -> None:
    assert list(server.world.clusters) == [PATH]
    assert server.world.clusters[PATH].status == RUNNING
    assert [job.kind for job in server.world.jobs.values()] == ["CREATE_CLUSTER"]
    assert all(job.is_over for job in server.world.jobs.values())


def assert_nothing_is_remembered(state: Path) -> None:
    assert [file for file in state.rglob("*") if file.is_file() and not file.name.startswith(".")] == []


@pytest.mark.parametrize(("at", "moment"), points(CREATING))
def test_creating_that_was_killed_is_ended_by_the_next_run(
    at: int, moment: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    killer = Killer(at=at, moment=moment)
    killer.run("ensure", server=server, state=tmp_path)
    assert tuple(killer.seen) == CREATING[: at + 1]

    second = again().ensure()

    was_over = at == len(CREATING) - 1 and not (tmp_path / "gke").exists()
    assert second.outcome is (EnsureOutcome.UNCHANGED if was_over else EnsureOutcome.CREATED)
    assert_one_running_cluster(server)
    assert_nothing_is_remembered(tmp_path)


@pytest.mark.parametrize("event", ["open", "os.rename", "os.remove"])
def test_a_run_that_dies_at_its_own_journal_is_ended_by_the_next(
    event: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    child = start("ensure", event, environment=server.environment(), state=tmp_path)
    assert ended(child) == -signal.SIGKILL

    again().ensure()

    assert_one_running_cluster(server)
    assert_nothing_is_remembered(tmp_path)


@pytest.mark.parametrize(("at", "moment"), points(DELETING))
def test_deleting_that_was_killed_is_ended_by_the_next_run(
    at: int, moment: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    again().ensure()
    killer = Killer(at=at, moment=moment)
    killer.run("delete", server=server, state=tmp_path)
    assert tuple(killer.seen) == DELETING[: at + 1]

    was_there = bool(server.world.clusters)

    assert again().delete() is was_there
    assert server.world.clusters == {}
    assert [job.kind for job in server.world.jobs.values()] == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
    assert_nothing_is_remembered(tmp_path)


@pytest.mark.parametrize(("at", "moment"), points(CREATING))
def test_creating_that_was_killed_can_be_taken_down(
    at: int, moment: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    Killer(at=at, moment=moment).run("ensure", server=server, state=tmp_path)

    again().delete()

    assert server.world.clusters == {}
    assert all(job.is_over for job in server.world.jobs.values())
    assert_nothing_is_remembered(tmp_path)
    assert again().ensure().outcome is EnsureOutcome.CREATED


@pytest.mark.parametrize(("at", "moment"), points(DELETING))
def test_deleting_that_was_killed_can_be_brought_up_again(
    at: int, moment: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    again().ensure()
    Killer(at=at, moment=moment).run("delete", server=server, state=tmp_path)
    begun = any(job.kind == "DELETE_CLUSTER" for job in server.world.jobs.values())

    second = again().ensure()

    assert second.outcome is (EnsureOutcome.CREATED if begun else EnsureOutcome.UNCHANGED)
    assert server.world.clusters[PATH].status == RUNNING
    assert len(server.requests("DeleteCluster")) <= 1


@pytest.mark.parametrize(("at", "moment"), points(ADDING))
def test_adding_a_pool_that_was_killed_is_ended_by_the_next_run(
    at: int, moment: str, server: FakeGke, again: Callable[[], Gke], tmp_path: Path
) -> None:
    again().ensure()
    killer = Killer(at=at, moment=moment)
    killer.run("add-pool", server=server, state=tmp_path)
    assert tuple(killer.seen) == ADDING[: at + 1]

    request = ClusterRequest(cluster=cluster(nodePools=[GPU]))
    again().provider.add_pool(request, pool="gpu-pool", reporter=SilentReporter())

    pools = [(pool.name, pool.status.name) for pool in server.world.clusters[PATH].node_pools]
    assert pools == [("default-pool", "RUNNING"), ("gpu-pool", "RUNNING")]
    assert [job.kind for job in server.world.jobs.values()] == ["CREATE_CLUSTER", "CREATE_NODE_POOL"]


def test_two_runs_at_once_make_one_cluster(server: FakeGke, tmp_path: Path) -> None:
    children = [start("ensure", environment=server.environment(), state=tmp_path) for _ in range(2)]

    assert [ended(child) for child in children] == [0, 0]

    assert_one_running_cluster(server)
    assert len(server.requests("CreateCluster")) <= 2
    assert_nothing_is_remembered(tmp_path)
    assert NAME in PATH
