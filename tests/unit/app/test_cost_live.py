"""What runs now: pods of the Deployments, nodes as they are, and what of them the spec does not know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.fakes.cluster import FakeCluster
from tests.unit.cost.price_lists import price_list
from tests.unit.render.specs import rendered
from tfk8s.app.cost import Column, estimate
from tfk8s.app.cost_live import live_column
from tfk8s.app.cost_sites import Placed
from tfk8s.manifest import JsonObject
from tfk8s.spec.cluster_options import cluster_of

PRICES = price_list(
    anywhere={
        "machines": {"e2-standard-4": {"hour": 0.134}, "e2-standard-8": {"hour": 0.268, "spotHour": 0.1}},
        "disks": {"pd-balanced": {"gbMonth": 0.073}},
        "clusterHour": 0.1,
    }
)
CLUSTER: JsonObject = {
    "provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving", "nodes": 1,
    "machineType": "e2-standard-4", "autoscaling": {"min": 1, "max": 3}, "privateNodes": True,
}  # fmt: skip


def node(name: str, *, pool: str = "default-pool", machine: str = "e2-standard-4", spot: bool = False) -> JsonObject:
    labels: JsonObject = {"cloud.google.com/gke-nodepool": pool, "node.kubernetes.io/instance-type": machine}
    if spot:
        labels["cloud.google.com/gke-spot"] = "true"
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def deployment(*, replicas: int) -> JsonObject:
    metadata: JsonObject = {"name": "resnet", "namespace": "serving"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "status": {"replicas": replicas}}


def now(
    *objects: JsonObject, forbidden: str = "", cluster: JsonObject | None = CLUSTER
) -> tuple[Column, tuple[str, ...]]:
    live = FakeCluster()
    for body in objects:
        live.put(body)
    live.forbidden |= {forbidden} if forbidden else set()
    fields: dict[str, Any] = {"namespace": "serving", "resources": {"cpu": 2, "memory": "4Gi"}}
    made = rendered(base="registry.example.com/resnet:1", scaling={"min": 1, "max": 3}, **fields)
    described = None if cluster is None else cluster_of(cluster)
    (cost,) = estimate([Placed(made.manifests, described)], prices=PRICES).sites
    return live_column(cost.site, cluster=live, prices=PRICES)


def test_pods_and_nodes_are_counted_as_they_are() -> None:
    column, notes = now(deployment(replicas=2), node("a"), node("b"), node("c"))

    bill = column.bill
    assert (bill.pod_hours, bill.node_hours) == (Decimal(2), Decimal(3))
    assert [line.money for line in bill.lines] == [Decimal("0.402"), Decimal("0.03"), Decimal("0.1")]
    assert notes == ()


def test_nodes_that_the_spec_does_not_describe_are_billed_by_their_machine_and_told() -> None:
    column, notes = now(deployment(replicas=1), node("a"), node("b", pool="batch", machine="e2-standard-8", spot=True))

    assert [line.what for line in column.bill.lines if line.unit == "node"] == [
        "nodes of batch, e2-standard-8, spot",
        "nodes of default-pool, e2-standard-4",
    ]
    assert column.bill.known == Decimal("0.1") + Decimal("0.134") + Decimal("0.01") + Decimal("0.1")
    assert notes == (
        "cluster serving in us-central1-a, now: 1 of e2-standard-8 in pool batch: the spec does not describe such "
        "nodes, so their disks, GPUs and addresses are not counted",
    )


def test_a_pool_whose_machines_are_others_than_the_spec_says_is_billed_as_it_is() -> None:
    column, notes = now(node("a", machine="e2-standard-8"))

    assert [(line.what, line.money) for line in column.bill.lines if line.unit == "node"] == [
        ("nodes of default-pool, e2-standard-8", Decimal("0.268"))
    ]
    assert "1 of e2-standard-8 in pool default-pool: the spec does not describe such nodes" in notes[0]


def test_a_node_that_says_nothing_of_itself_has_no_price() -> None:
    bare: JsonObject = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {}}}

    column, _ = now(bare)

    assert [str(missing) for missing in column.bill.missing] == ["regions.us-central1.machines.unknown.hour"]
    assert column.bill.node_hours == Decimal(1)


def test_a_service_that_is_not_there_has_no_pods() -> None:
    column, _ = now(node("a"))

    assert (column.bill.pod_hours, column.bill.node_hours) == (Decimal(0), Decimal(1))


def test_nodes_that_may_not_be_read_are_counted_by_the_spec() -> None:
    column, notes = now(deployment(replicas=2), forbidden="Node")

    assert column.bill.node_hours == Decimal(2)
    assert notes[0].endswith("nodes are counted by the spec, not as they are")


def test_a_cluster_that_nobody_describes_has_pods_alone() -> None:
    column, _ = now(deployment(replicas=4), node("a"), cluster=None)

    assert (column.bill.pod_hours, column.bill.node_hours) == (Decimal(4), None)
