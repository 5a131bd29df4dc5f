"""Whatever answers get lost, in whatever order: runs that are repeated end with one cluster, and then with none."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.gke.clusters import NAME, PATH, Gke, gke_for
from tests.fakes.gke import faults
from tests.fakes.gke.clusters import RUNNING
from tests.fakes.gke.server import FakeGke
from tfk8s.errors import Tfk8sError
from tfk8s.ports import ClusterState

pytestmark = pytest.mark.contract

CALLED = ("GetCluster", "ListOperations", "CreateCluster", "GetOperation", "DeleteCluster")
MOST_RUNS = 60
TRANSIENT = (faults.unavailable(), faults.deadline(), faults.internal(), faults.rate_limited())


@st.composite
def disturbances(draw: st.DrawFn) -> tuple[str, int, int, int, bool]:
    """A method, which failure it gets, how often, after how many calls, and whether the answer alone is lost."""
    return (
        draw(st.sampled_from(CALLED)),
        draw(st.integers(0, len(TRANSIENT) - 1)),
        draw(st.integers(1, 9)),
        draw(st.integers(0, 4)),
        draw(st.booleans()),
    )


def repeat(work: Callable[[Gke], object], *, server: FakeGke, state: Path) -> None:
    """Run again and again, as a person would, until it succeeds."""
    for _ in range(MOST_RUNS):
        run = gke_for(server, state=state)
        try:
            work(run)
        except Tfk8sError as error:
            assert error.hint  # noqa: PT017 - every failure on the way must say what to do
        else:
            return
        finally:
            run.close()
    raise AssertionError(f"not done after {MOST_RUNS} runs")


@settings(max_examples=60)
@given(st.lists(disturbances(), max_size=8), st.integers(1, 4))
def test_repeated_runs_make_one_cluster_and_delete_it_once(
    planned: list[tuple[str, int, int, int, bool]], looks: int
) -> None:
    with FakeGke() as server, tempfile.TemporaryDirectory() as folder:
        server.world.looks = looks
        for method, failure, times, after, is_carried_out in planned:
            server.fail(method, TRANSIENT[failure], times=times, after=after, is_carried_out=is_carried_out)

        repeat(lambda run: run.ensure(), server=server, state=Path(folder))
        assert list(server.world.clusters) == [PATH]
        assert server.world.clusters[PATH].status == RUNNING
        repeat(lambda run: run.delete(), server=server, state=Path(folder))

        assert server.world.clusters == {}
        kinds = [job.kind for job in server.world.jobs.values()]
        assert kinds == ["CREATE_CLUSTER", "DELETE_CLUSTER"]
        assert [file for file in Path(folder).rglob("*") if file.is_file()] == []
        server.plans.clear()
        last = gke_for(server, state=Path(folder))
        assert last.provider.describe(NAME) is ClusterState.ABSENT
        last.close()
