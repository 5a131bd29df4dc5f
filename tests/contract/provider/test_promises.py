"""What every provider of clusters promises to `up` and `down`, held by each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.gke.clusters import NAME, PATH, cluster, gke_for
from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.fakes.gke.server import FakeGke
from tests.unit.cloud.machine import Machine
from tfk8s.cloud.kind.managed import ManagedKind
from tfk8s.errors import InputError
from tfk8s.ports import ClusterRequest, ClusterState, EnsureOutcome, ManagedClusters, SilentReporter
from tfk8s.spec import KindCluster

pytestmark = pytest.mark.contract


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A provider and what is behind it.

    Attributes:
        wanted: the cluster that is asked for.
        other: one that differs from it in one field.
        foreign: a cluster of another provider.
        by_hand: makes the cluster of this name without the tool.
        changes: how much has been changed so far.
    """

    clusters: ManagedClusters
    wanted: ClusterRequest
    other: ClusterRequest
    foreign: ClusterRequest
    by_hand: Callable[[], object]
    changes: Callable[[], int]


def kind_request(nodes: int = 1) -> ClusterRequest:
    return ClusterRequest(cluster=KindCluster(provider="kind", name=NAME, nodes=nodes))


@pytest.fixture(params=["kind", "gke"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "kind":
        machine = Machine()
        clusters = ManagedKind(machine, clock=FakeClock(), state=tmp_path, kubeconfig=None)
        yield World(
            clusters=clusters,
            wanted=kind_request(),
            other=kind_request(3),
            foreign=ClusterRequest(cluster=cluster()),
            by_hand=lambda: machine.add_cluster(NAME),
            changes=lambda: len(machine.changes()),
        )
        return
    with FakeGke() as server:
        run = gke_for(server, state=tmp_path)

        def by_hand() -> None:
            pool = {"name": "default-pool", "initial_node_count": 5}
            asked = {"parent": PATH.partition("/clusters/")[0], "cluster": {"name": NAME, "node_pools": [pool]}}
            operation = run.client.create_cluster(asked)
            for _ in range(server.world.looks):
                run.client.get_operation(name=f"{PATH.partition('/clusters/')[0]}/operations/{operation.name}")

        yield World(
            clusters=run.provider,
            wanted=ClusterRequest(cluster=cluster()),
            other=ClusterRequest(cluster=cluster(nodes=7)),
            foreign=kind_request(),
            by_hand=by_hand,
            changes=lambda: len(server.world.jobs),
        )
        run.close()


def ensure(world: World, request: ClusterRequest | None = None) -> EnsureOutcome:
    return world.clusters.ensure(request or world.wanted, reporter=SilentReporter()).outcome


def test_a_cluster_that_is_not_there_is_absent_and_nobodys(world: World) -> None:
    assert world.clusters.describe(NAME) is ClusterState.ABSENT
    assert not world.clusters.is_ours(NAME)
    assert world.clusters.list() == ()
    assert world.clusters.detail(world.wanted) is None
    assert not world.clusters.delete(NAME)


def test_a_preview_changes_nothing_and_says_what_would_be_made(world: World) -> None:
    preview = world.clusters.preview(world.wanted)

    assert preview.state is ClusterState.ABSENT
    assert preview.creates
    assert NAME in preview.creates[0]
    assert preview.differences == ()
    assert world.changes() == 0


def test_the_request_can_be_read_without_being_sent(world: World) -> None:
    assert world.clusters.create_request(world.wanted)
    assert world.changes() == 0


def test_ensure_makes_the_cluster_and_the_second_time_nothing(world: World) -> None:
    assert ensure(world) is EnsureOutcome.CREATED
    changes = world.changes()

    assert ensure(world) is EnsureOutcome.UNCHANGED
    assert world.changes() == changes
    assert world.clusters.describe(NAME) is ClusterState.RUNNING


def test_a_cluster_that_we_made_is_ours_and_listed_so(world: World) -> None:
    ensure(world)

    assert world.clusters.is_ours(NAME)
    assert [(line.name, line.is_ours) for line in world.clusters.list()] == [(NAME, True)]


def test_a_cluster_that_somebody_made_is_used_and_not_ours(world: World) -> None:
    world.by_hand()

    assert world.clusters.describe(NAME) is ClusterState.RUNNING
    assert ensure(world) is EnsureOutcome.UNCHANGED
    assert not world.clusters.is_ours(NAME)
    assert [line.is_ours for line in world.clusters.list()] == [False]


def test_a_cluster_that_differs_is_shown_with_a_remedy_told_and_left_as_it_is(world: World) -> None:
    ensure(world)
    changes, told = world.changes(), Recorder()

    preview = world.clusters.preview(world.other)
    world.clusters.ensure(world.other, reporter=told)

    (difference,) = preview.differences
    assert difference.field == "nodes"
    assert difference.remedy
    assert difference.wanted in str(told.events)
    assert difference.found in str(told.events)
    assert world.changes() <= changes + 1  # kind's `kubectl config` counts as one
    assert world.clusters.is_ours(NAME)


def test_the_detail_shows_nodes_and_differences(world: World) -> None:
    ensure(world)

    detail = world.clusters.detail(world.other)

    assert detail is not None
    assert detail.summary.status == "RUNNING"
    assert sum(pool.nodes for pool in detail.pools) == detail.summary.nodes
    assert [difference.field for difference in detail.differences] == ["nodes"]


def test_the_access_names_the_context_that_people_know(world: World) -> None:
    made = world.clusters.ensure(world.wanted, reporter=SilentReporter()).access

    assert made.context.endswith(NAME)
    assert world.clusters.access(NAME).context == made.context


def test_delete_says_whether_there_was_one_and_nothing_is_left(world: World) -> None:
    ensure(world)

    assert world.clusters.delete(NAME)
    assert not world.clusters.delete(NAME)
    assert world.clusters.describe(NAME) is ClusterState.ABSENT
    assert not world.clusters.is_ours(NAME)
    assert ensure(world) is EnsureOutcome.CREATED


def test_a_cluster_of_another_provider_is_an_input_error(world: World) -> None:
    with pytest.raises(InputError) as refused:
        ensure(world, world.foreign)

    assert refused.value.hint
    assert world.changes() == 0
