from __future__ import annotations

import pytest

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.plan.room import Amounts, PoolRoom, Room, admits, asked_by, fit, is_on_every_node, left_beside

GIB = 2**30
NEED = Amounts(cpu_millis=1000, memory_bytes=GIB, pods=1)


def pod(cpu: str, memory: str, *, phase: str = "Running", owner: str = "ReplicaSet") -> JsonObject:
    return {
        "metadata": {"ownerReferences": [{"kind": owner}]},
        "spec": {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]},
        "status": {"phase": phase},
    }


def node(
    *, taints: tuple[JsonValue, ...] = (), labels: JsonObject | None = None, unschedulable: bool = False
) -> JsonObject:
    spec: JsonObject = {"taints": [*taints]}
    if unschedulable:
        spec["unschedulable"] = True
    return {
        "metadata": {"name": "n", "labels": labels or {}},
        "spec": spec,
        "status": {"allocatable": {"cpu": "3920m", "memory": "4Gi", "pods": "110", "nvidia.com/gpu": "1"}},
    }


def test_the_scarcest_resource_decides_how_many_pods_a_node_holds() -> None:
    free = Amounts(cpu_millis=3920, memory_bytes=8 * GIB, gpus=1)

    assert fit(free, NEED) == 3
    assert fit(free, Amounts(cpu_millis=100, memory_bytes=3 * GIB)) == 2
    assert fit(free, Amounts(cpu_millis=100, memory_bytes=GIB, gpus=1)) == 1
    assert fit(free, Amounts(cpu_millis=1, memory_bytes=1)) == 110


def test_a_node_has_left_what_running_pods_of_others_do_not_hold() -> None:
    left = left_beside(node(), [pod("420m", "1Gi"), pod("3", "3Gi", phase="Succeeded")])

    assert left == Amounts(cpu_millis=3500, memory_bytes=3 * GIB, gpus=1, pods=109)


def test_a_node_that_is_overfull_has_nothing_left() -> None:
    assert left_beside(node(), [pod("9", "9Gi")]) == Amounts(cpu_millis=0, memory_bytes=0, gpus=1, pods=109)


def test_a_pod_asks_for_what_its_containers_request() -> None:
    assert asked_by(pod("500m", "1Gi")) == Amounts(cpu_millis=500, memory_bytes=GIB, pods=1)


def test_nodes_that_may_come_count_with_what_a_new_one_has() -> None:
    full, new = Amounts(cpu_millis=500, memory_bytes=GIB), Amounts(cpu_millis=2000, memory_bytes=4 * GIB)
    pool = PoolRoom(name="p", nodes=(full,), new_node=new, may_add=3)

    assert pool.holds(NEED) == 6
    assert Room(need=NEED, wanted=6, pools=(pool,)).short_of is None
    assert Room(need=NEED, wanted=7, pools=(pool,)).short_of == "cpu"


def test_the_resource_that_ends_first_is_named() -> None:
    small = Amounts(cpu_millis=8000, memory_bytes=2 * GIB, pods=110)
    crowded = Amounts(cpu_millis=8000, memory_bytes=64 * GIB, pods=1)
    no_gpu = Amounts(cpu_millis=8000, memory_bytes=64 * GIB)

    def short(node: Amounts, need: Amounts = NEED) -> str | None:
        return Room(need=need, wanted=5, pools=(PoolRoom(name="p", nodes=(node,), new_node=None, may_add=0),)).short_of

    assert short(small) == "memory"
    assert short(crowded) == "pods"
    assert short(no_gpu, Amounts(cpu_millis=1, memory_bytes=1, gpus=1)) == "nvidia.com/gpu"


@pytest.mark.parametrize(("owner", "expected"), [("DaemonSet", True), ("Node", True), ("ReplicaSet", False)])
def test_pods_of_daemon_sets_and_of_the_node_come_with_every_node(owner: str, expected: bool) -> None:
    assert is_on_every_node(pod("1", "1Gi", owner=owner)) is expected


GPU: JsonObject = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
SOFT: JsonObject = {"key": "x", "effect": "PreferNoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        (None, False),
        ({"key": "nvidia.com/gpu", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}, True),
        ({"key": "nvidia.com/gpu", "value": "absent"}, False),
        ({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_a_taint_keeps_pods_away_that_do_not_tolerate_it(toleration: JsonObject | None, expected: bool) -> None:
    template: JsonObject = {"spec": {"tolerations": [toleration] if toleration else []}}

    assert admits(node(taints=(GPU, SOFT)), template) is expected
    assert admits(node(taints=(SOFT,)), template)


def test_a_node_selector_and_a_closed_node_keep_pods_away() -> None:
    template: JsonObject = {"spec": {"nodeSelector": {"disk": "ssd"}}}

    assert not admits(node(), template)
    assert admits(node(labels={"disk": "ssd"}), template)
    assert not admits(node(labels={"disk": "ssd"}, unschedulable=True), template)
