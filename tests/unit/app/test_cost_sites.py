"""Services by cluster: what is in front of them, and what an hour of them uses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.cost.price_lists import price_list
from tfk8s.app.cost import ALWAYS, MAX, MIN, MOST_NODES, estimate
from tfk8s.app.cost_sites import Placed, sites_of
from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.spec import ClusterSpec
from tfk8s.spec.cluster_options import cluster_of

CLUSTER: JsonObject = {
    "provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving", "nodes": 1,
    "machineType": "e2-standard-4",
}  # fmt: skip


def made(
    kind: str,
    *,
    name: str = "resnet",
    version: str = "v1",
    metadata: JsonObject | None = None,
    **spec: Any,
) -> Manifest:
    place: JsonObject = {"name": name, "namespace": "serving", **(metadata or {})}
    return Manifest.of({"apiVersion": version, "kind": kind, "metadata": place, "spec": spec})


def deployment(*, name: str = "resnet", replicas: int = 2, cpu: str = "2") -> Manifest:
    container: JsonObject = {"name": "server", "resources": {"requests": {"cpu": cpu, "memory": "4Gi"}}}
    template: JsonObject = {"spec": {"containers": [container]}}
    return made("Deployment", name=name, version="apps/v1", replicas=replicas, template=template)


def scaler(*, least: int, most: int) -> Manifest:
    target = {"kind": "Deployment", "name": "resnet"}
    return made(
        "HorizontalPodAutoscaler",
        version="autoscaling/v2", scaleTargetRef=target, minReplicas=least, maxReplicas=most,
    )  # fmt: skip


def cluster(**fields: Any) -> ClusterSpec:
    return cluster_of({**CLUSTER, **fields})


@pytest.mark.parametrize(
    ("front", "count"),
    [
        (made("Service", type="LoadBalancer"), 1),
        (made("Service", type="ClusterIP"), 0),
        (made("Gateway", version="gateway.networking.k8s.io/v1", gatewayClassName="gke-l7-global-external-managed"), 1),
        (made("Gateway", version="gateway.networking.k8s.io/v1", gatewayClassName="eg"), 0),
        (
            made(
                "Ingress",
                version="networking.k8s.io/v1",
                metadata={"annotations": {"kubernetes.io/ingress.class": "gce"}},
            ),
            1,
        ),
        (made("Ingress", version="networking.k8s.io/v1", ingressClassName="nginx"), 0),
    ],
)
def test_a_load_balancer_is_what_a_cloud_makes_one_for(front: Manifest, count: int) -> None:
    (site,) = sites_of([Placed((deployment(), front), cluster())])

    assert site.load_balancers == count


def test_on_this_computer_there_is_no_load_balancer_to_pay() -> None:
    placed = Placed((deployment(), made("Service", type="LoadBalancer")), cluster_of({"provider": "kind"}))

    assert [site.load_balancers for site in sites_of([placed])] == [0]


def test_services_are_put_together_by_their_cluster() -> None:
    def placed(name: str, where: ClusterSpec | None, region: str = "") -> Placed:
        return Placed((deployment(name=name),), where, region)

    sites = sites_of(
        [
            placed("a", cluster()),
            placed("b", cluster(name="other")),
            placed("c", cluster()),
            placed("d", None),
            placed("e", None, "europe-west1"),
            placed("f", cluster_of({"provider": "kind"})),
        ]
    )

    assert [(site.name, site.region, [each.name for each in site.workloads]) for site in sites] == [
        ("cluster serving in us-central1-a", "us-central1", ["a", "c"]),
        ("cluster other in us-central1-a", "us-central1", ["b"]),
        ("a cluster that the spec does not describe", None, ["d"]),
        ("a cluster in europe-west1 that is there already", "europe-west1", ["e"]),
        ("cluster tfk8s on this computer", None, ["f"]),
    ]


def columns(manifests: Manifests, where: ClusterSpec | None) -> dict[str, tuple[Decimal, Decimal | None]]:
    (cost,) = estimate([Placed(manifests, where)], prices=None).sites
    return {column.name: (column.bill.pod_hours, column.bill.node_hours) for column in cost.columns}


def test_a_fixed_number_of_pods_on_fixed_nodes_is_one_column() -> None:
    assert columns((deployment(replicas=1),), cluster(nodes=3)) == {ALWAYS: (Decimal(1), Decimal(3))}


def test_an_autoscaler_has_two_and_pools_that_may_grow_further_a_third() -> None:
    growing = cluster(autoscaling={"min": 0, "max": 8})

    found = columns((deployment(), scaler(least=2, most=6)), growing)

    assert found == {
        MIN: (Decimal(2), Decimal(2)),
        MAX: (Decimal(6), Decimal(6)),
        MOST_NODES: (Decimal(6), Decimal(8)),
    }


def test_the_sum_of_clusters_counts_those_whose_pods_never_change_in_both() -> None:
    prices = price_list(anywhere={"pods": {"cpuHour": 0.5, "memoryGibHour": 0}})
    moving, fixed = (deployment(), scaler(least=1, most=3)), (deployment(replicas=2),)

    found = estimate([Placed(moving, None, "europe-west1"), Placed(fixed, None, "us-central1")], prices=prices)

    assert (found.total(MIN), found.total(MAX)) == (Decimal(3 * 730), Decimal(5 * 730))  # 2 cores x 0.5 = 1 a pod


def test_pods_that_may_all_be_asleep_cost_the_nodes_that_stay() -> None:
    found = columns((deployment(), scaler(least=0, most=2)), cluster(autoscaling={"min": 1, "max": 2}))

    assert found[MIN] == (Decimal(0), Decimal(1))
