"""Whether the autoscaler's most pods find room in a cluster's most nodes."""

from __future__ import annotations

import json

import pytest

from tests.fakes.service import deployment
from tfk8s.plan.fit import PodNeed, fits, need_of, pods_per_node
from tfk8s.ports.managed import NodePool

GIB = 1024**3


def pool(name: str = "default-pool", *, nodes: int = 3, most: int = 3, cpu: int = 1930, gpus: int = 0) -> NodePool:
    return NodePool(
        name=name,
        machine_type="e2-standard-2",
        status="RUNNING",
        nodes=nodes,
        fewest_nodes=nodes,
        most_nodes=most,
        is_autoscaled=most > nodes,
        cpu_millis=cpu,
        memory_bytes=6 * GIB if cpu else 0,
        gpus=gpus,
    )


@pytest.mark.parametrize(
    ("need", "pods"),
    [
        (PodNeed(cpu_millis=1000, memory_bytes=GIB), 1),
        (PodNeed(cpu_millis=900, memory_bytes=GIB), 2),
        (PodNeed(cpu_millis=100, memory_bytes=4 * GIB), 1),
        (PodNeed(cpu_millis=2000, memory_bytes=GIB), 0),
        (PodNeed(cpu_millis=1, memory_bytes=1), 110),
    ],
)
def test_the_scarcest_resource_says_how_many_pods_a_node_holds(need: PodNeed, pods: int) -> None:
    assert pods_per_node(pool(), need=need) == pods


def test_a_pool_that_may_grow_has_room_for_more_later_than_now() -> None:
    fit = fits([pool(nodes=3, most=10)], pods=8, need=PodNeed(cpu_millis=1000, memory_bytes=GIB))

    assert (fit.now, fit.most, fit.needed_nodes, fit.is_enough) == (3, 10, 8, True)


def test_a_maximum_above_the_room_of_all_nodes_does_not_fit() -> None:
    fit = fits([pool()], pods=5, need=PodNeed(cpu_millis=1000, memory_bytes=GIB))

    assert (fit.most, fit.wanted, fit.needed_nodes, fit.is_enough) == (3, 5, 5, False)


def test_a_pod_that_asks_for_all_cpus_of_a_machine_fits_on_none() -> None:
    """A node never offers all that its machine has."""
    fit = fits([pool(cpu=3920)], pods=1, need=PodNeed(cpu_millis=4000, memory_bytes=GIB))

    assert (fit.most, fit.needed_nodes, fit.is_enough) == (0, None, False)


def test_gpu_nodes_hold_pods_with_gpus_and_no_others() -> None:
    pools = [pool(), pool("gpu", nodes=1, most=4, cpu=7910, gpus=1)]

    with_gpu = fits(pools, pods=4, need=PodNeed(cpu_millis=1000, memory_bytes=GIB, gpus=1))
    without = fits(pools, pods=4, need=PodNeed(cpu_millis=1000, memory_bytes=GIB))

    assert (with_gpu.now, with_gpu.most, with_gpu.is_enough) == (1, 4, True)
    assert (without.most, without.is_enough) == (3, False)


def test_a_pool_of_an_unknown_machine_leaves_the_answer_open() -> None:
    need = PodNeed(cpu_millis=1000, memory_bytes=GIB)

    open_fit = fits([pool(), pool("new", cpu=0)], pods=4, need=need)

    assert (open_fit.most, open_fit.unknown, open_fit.is_enough) == (3, ("new",), None)
    assert fits([pool(), pool("new", cpu=0)], pods=3, need=need).is_enough is True


def test_what_a_pod_needs_is_read_from_its_template() -> None:
    template = json.loads(json.dumps(deployment(replicas=1).body))["spec"]["template"]
    template["spec"]["containers"][0]["resources"] = {
        "requests": {"cpu": "1500m", "memory": "2Gi"},
        "limits": {"nvidia.com/gpu": 2},
    }

    assert need_of(template) == PodNeed(cpu_millis=1500, memory_bytes=2 * GIB, gpus=2)
