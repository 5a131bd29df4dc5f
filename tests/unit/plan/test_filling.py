"""Pods on nodes of described pools: as many nodes as `fit` says, in the order of the pools, nobody lost."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest import JsonObject, Manifest
from tfk8s.plan.filling import fill, takes
from tfk8s.plan.room import Amounts, fit, offered_by_pool
from tfk8s.plan.workloads import Workload, workloads_of
from tfk8s.spec.cluster import GkeCluster
from tfk8s.spec.cluster_options import cluster_of
from tfk8s.spec.gke_pools import Pool, pools_of

GIB = 2**30


def pools(**fields: Any) -> tuple[Pool, ...]:
    place = {"provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving"}
    cluster = cluster_of({**place, **fields})
    assert isinstance(cluster, GkeCluster)
    return pools_of(cluster)


def workload(
    *, cpu_millis: int = 2000, gib: int = 4, gpus: int = 0, name: str = "resnet", pod: JsonObject | None = None
) -> Workload:
    need = Amounts(cpu_millis=cpu_millis, memory_bytes=gib * GIB, gpus=gpus, pods=1)
    return Workload(namespace="serving", name=name, template={"spec": pod or {}}, need=need, fewest=1, most=9)


def growing(machine: str, *, least: int = 1, most: int = 20, **fields: Any) -> tuple[Pool, ...]:
    return pools(machineType=machine, nodes=max(least, 1), autoscaling={"min": least, "max": most}, **fields)


@given(cpu_millis=st.integers(100, 4000), gib=st.integers(1, 16), count=st.integers(0, 100), least=st.integers(0, 20))
def test_one_kind_of_pods_takes_as_many_nodes_as_fit_says(cpu_millis: int, gib: int, count: int, least: int) -> None:
    (pool,) = growing("e2-standard-4", least=least)
    pods = workload(cpu_millis=cpu_millis, gib=gib)
    offered = offered_by_pool(pool)
    assert offered is not None
    places = fit(offered, pods.need)

    found = fill((pool,), [(pods, count)])

    needed = math.ceil(count / places) if places else 0
    assert found.nodes == {"default-pool": min(max(least, needed), 20)}
    assert found.waiting == max(0, count - 20 * places)


@given(counts=st.lists(st.integers(0, 12), min_size=1, max_size=4), more=st.integers(1, 5))
def test_more_pods_never_take_fewer_nodes(counts: list[int], more: int) -> None:
    kinds = [workload(name=f"w{place}", cpu_millis=700 * (place + 1), gib=2) for place in range(len(counts))]
    found = growing("e2-standard-8", least=0, most=50)

    before = fill(found, list(zip(kinds, counts, strict=True)))
    after = fill(found, list(zip(kinds, [count + more for count in counts], strict=True)))

    assert before.waiting == 0
    assert after.nodes["default-pool"] >= before.nodes["default-pool"]


def test_services_share_nodes() -> None:
    found = growing("e2-standard-4")
    one, other = workload(cpu_millis=1500, gib=2), workload(cpu_millis=2000, gib=2, name="bert")

    assert fill(found, [(one, 1), (other, 1)]).nodes == {"default-pool": 1}
    assert fill(found, [(one, 1), (other, 2)]).nodes == {"default-pool": 2}


def test_the_largest_pods_are_placed_first() -> None:
    found = growing("e2-standard-4")
    small, large = workload(cpu_millis=900, gib=1, name="small"), workload(cpu_millis=3000, gib=1, name="large")

    assert fill(found, [(small, 2), (large, 2)]).nodes == {"default-pool": 2}


def test_pools_that_are_there_are_filled_before_one_grows() -> None:
    found = growing("e2-standard-4", nodePools=[{"name": "spare", "nodes": 2, "machineType": "e2-standard-4"}])

    assert fill(found, [(workload(cpu_millis=3500), 3)]).nodes == {"default-pool": 1, "spare": 2}
    assert fill(found, [(workload(cpu_millis=3500), 4)]).nodes == {"default-pool": 2, "spare": 2}


def test_nodes_with_gpus_are_for_pods_that_ask_for_them() -> None:
    gpu: JsonObject = {
        "name": "gpu", "nodes": 0, "machineType": "g2-standard-8", "gpu": {"type": "nvidia-l4"},
        "autoscaling": {"min": 0, "max": 4},
    }  # fmt: skip
    found = growing("e2-standard-4", nodePools=[gpu])

    made = fill(found, [(workload(), 1), (workload(gpus=1, name="gpu"), 3)])

    assert made.nodes == {"default-pool": 1, "gpu": 3}
    assert made.waiting == 0


@pytest.mark.parametrize(
    ("pod", "is_taken"),
    [
        ({}, False),
        ({"tolerations": [{"key": "team", "operator": "Exists"}]}, True),
        ({"tolerations": [{"operator": "Exists"}], "nodeSelector": {"tier": "gold"}}, True),
        ({"tolerations": [{"operator": "Exists"}], "nodeSelector": {"tier": "lead"}}, False),
        ({"tolerations": [{"operator": "Exists"}], "nodeSelector": {"cloud.google.com/gke-nodepool": "x"}}, False),
        ({"tolerations": [{"operator": "Exists"}], "nodeSelector": {"kubernetes.io/arch": "amd64"}}, True),
    ],
)
def test_taints_and_selectors_are_looked_at_as_far_as_the_description_tells(pod: JsonObject, is_taken: bool) -> None:
    taint = {"key": "team", "value": "vision", "effect": "NoSchedule"}
    (pool,) = growing("e2-standard-4", taints=[taint], nodeLabels={"tier": "gold"})

    assert takes(pool, workload(pod=pod)) is is_taken


def test_a_machine_that_is_not_known_here_is_counted_at_its_most_where_it_may_be_needed() -> None:
    found = growing("x9-standard-4", least=1, most=5)

    made = fill(found, [(workload(), 2)])

    assert (made.nodes, made.unknown, made.waiting) == ({"default-pool": 5}, ("x9-standard-4",), 0)
    assert fill(found, []).nodes == {"default-pool": 1}


def test_a_workload_has_the_bounds_of_the_autoscaler_that_aims_at_it() -> None:
    container: JsonObject = {"name": "server", "resources": {"requests": {"cpu": "1500m", "memory": "2Gi"}}}

    def deployment(name: str) -> Manifest:
        template: JsonObject = {"spec": {"containers": [container]}}
        body: JsonObject = {"spec": {"replicas": 3, "template": template}}
        return made("apps/v1", "Deployment", name, body)

    scaler = made(
        "autoscaling/v2", "HorizontalPodAutoscaler", "x",
        {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "resnet"}, "minReplicas": 2, "maxReplicas": 6}},
    )  # fmt: skip

    found = workloads_of((deployment("resnet"), deployment("resnet-canary"), scaler))

    assert [(item.name, item.fewest, item.most) for item in found] == [("resnet", 2, 6), ("resnet-canary", 3, 3)]
    assert found[0].need == Amounts(cpu_millis=1500, memory_bytes=2 * GIB, pods=1)


def made(version: str, kind: str, name: str, body: JsonObject) -> Manifest:
    metadata: JsonObject = {"name": name, "namespace": "serving"}
    return Manifest.of({"apiVersion": version, "kind": kind, "metadata": metadata, **body})
