"""kind's clusters as `tfk8s cluster` sees them, on a computer in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.unit.cloud.machine import Machine
from tfk8s.cloud.kind.managed import ManagedKind
from tfk8s.errors import InputError
from tfk8s.ports import ClusterRequest, PoolChange, SilentReporter
from tfk8s.spec import KindCluster

SILENT = SilentReporter()


def kind(machine: Machine, state: Path) -> ManagedKind:
    return ManagedKind(machine, clock=FakeClock(), state=state, kubeconfig=None)


def request(name: str = "demo", *, nodes: int = 2) -> ClusterRequest:
    return ClusterRequest(cluster=KindCluster(provider="kind", name=name, nodes=nodes))


def test_every_kind_cluster_is_listed_and_ours_are_marked(tmp_path: Path) -> None:
    machine = Machine()
    machine.add_cluster("theirs", nodes=3)
    clusters = kind(machine, tmp_path)
    clusters.ensure(request("demo"), reporter=SILENT)

    listed = [(found.name, found.location, found.status, found.nodes, found.is_ours) for found in clusters.list()]

    assert listed == [
        ("demo", "this computer", "RUNNING", 2, True),
        ("theirs", "this computer", "RUNNING", 3, False),
    ]


def test_a_computer_without_clusters_lists_none(tmp_path: Path) -> None:
    assert kind(Machine(), tmp_path).list() == ()


def test_a_cluster_is_one_pool_of_its_nodes_and_says_where_it_differs(tmp_path: Path) -> None:
    machine = Machine()
    machine.add_cluster("demo", nodes=3)[0].running = False

    found = kind(machine, tmp_path).detail(request("demo", nodes=2))

    assert found is not None
    assert (found.summary.status, found.summary.nodes) == ("STOPPED", 3)
    assert [(pool.nodes, pool.most_nodes, pool.is_autoscaled) for pool in found.pools] == [(3, 3, False)]
    assert [(item.field, item.wanted, item.found) for item in found.differences] == [("nodes", "2", "3")]
    assert kind(machine, tmp_path).detail(request("other")) is None


def test_the_request_is_the_configuration_that_kind_is_given(tmp_path: Path) -> None:
    shown = kind(Machine(), tmp_path).create_request(request(nodes=2))

    assert shown["kind"] == "Cluster"
    assert shown["name"] == "demo"
    assert shown["nodes"] == [{"role": "control-plane"}, {"role": "worker"}]


def test_nodes_cannot_be_changed_and_the_way_out_is_said(tmp_path: Path) -> None:
    clusters = kind(Machine(), tmp_path)

    with pytest.raises(InputError, match="kind cannot change the nodes") as caught:
        clusters.change_pool(request(), PoolChange(pool="nodes", nodes=3), reporter=SILENT)
    assert "tfk8s cluster delete demo --provider kind" in str(caught.value.hint)
    with pytest.raises(InputError, match="kind cannot change the nodes"):
        clusters.add_pool(request(), pool="gpu", reporter=SILENT)


def test_credentials_add_the_context_and_make_it_the_current_one(tmp_path: Path) -> None:
    machine = Machine()
    machine.add_cluster("demo")
    machine.contexts, machine.current = ["work"], "work"

    kind(machine, tmp_path).export_kubeconfig("demo")

    assert (machine.contexts, machine.current) == (["work", "kind-demo"], "kind-demo")
