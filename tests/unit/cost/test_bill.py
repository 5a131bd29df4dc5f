"""Bills: every amount by hand, nothing without a price left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cost.price_lists import price_list
from tfk8s.cost import Missing, NodeUse, PodUse, Price, Tariff, Usage, bill_of

FULL: Mapping[str, Any] = {
    "machines": {"n1-standard-4": {"hour": 0.2, "spotHour": 0.05}, "g2-standard-8": {"hour": 0.8}},
    "gpus": {"nvidia-tesla-t4": {"hour": 0.35}},
    "disks": {"pd-balanced": {"gbMonth": 0.1}},
    "pods": {"cpuHour": 0.04, "memoryGibHour": 0.005},
    "clusterHour": 0.1,
    "loadBalancerHour": 0.025,
    "addressHour": 0.004,
}


def tariff(regions: Mapping[str, Any] | None = None) -> Tariff:
    return Tariff(prices=price_list(anywhere=FULL, regions=regions or {}), region="us-central1")


def nodes(hours: int = 3, *, machine: str = "n1-standard-4", **fields: Any) -> NodeUse:
    return NodeUse(pool="default-pool", machine_type=machine, hours=Decimal(hours), **fields)


def usage(*used: NodeUse, pods: int = 2, **fields: Any) -> Usage:
    pod = PodUse(name="resnet", cpu_millis=1500, memory_bytes=3 * 2**30, gpus=0, hours=Decimal(pods))
    return Usage(hours=Decimal(1), pods=(pod,), nodes=used, **fields)


def test_an_hour_of_nodes_is_machines_gpus_disks_addresses_cluster_and_load_balancer() -> None:
    used = nodes(disk="pd-balanced", disk_gb=146, gpu="nvidia-tesla-t4", gpus=2, has_address=True)

    bill = bill_of(usage(used, clusters=1, load_balancers=2), tariff())

    assert [line.money for line in bill.lines] == [
        Decimal("0.6"),  # 3 x 0.2
        Decimal("2.10"),  # 3 x 2 x 0.35
        Decimal("0.06"),  # 3 x 146 x 0.1 / 730
        Decimal("0.012"),  # 3 x 0.004
        Decimal("0.1"),
        Decimal("0.05"),  # 2 x 0.025
    ]
    assert bill.money == bill.known == Decimal("2.922")
    assert bill.month(bill.known) == Decimal("2133.06")
    assert (bill.pod_hours, bill.node_hours) == (Decimal(2), Decimal(3))


def test_a_gpu_that_is_built_in_is_in_the_price_of_its_machine() -> None:
    bill = bill_of(usage(nodes(machine="g2-standard-8", gpu="nvidia-l4", gpus=1)), tariff())

    assert [(line.unit, line.money) for line in bill.lines] == [("node", Decimal("2.4"))]


def test_pods_are_billed_by_what_they_request_where_nobody_knows_nodes() -> None:
    pod = PodUse(name="resnet", cpu_millis=1500, memory_bytes=3 * 2**30, gpus=0, hours=Decimal(2))

    bill = bill_of(Usage(hours=Decimal(1), pods=(pod,), nodes=None), tariff())

    assert [line.money for line in bill.lines] == [Decimal("0.12"), Decimal("0.03")]  # 2 x 1.5 x 0.04, 2 x 3 x 0.005
    assert bill.node_hours is None


def test_a_spot_machine_has_a_price_of_its_own_and_none_without_it() -> None:
    assert tariff().machine("n1-standard-4", spot=True) == Price(Decimal("0.05"))
    assert tariff().machine("g2-standard-8", spot=True) == Missing("anywhere.machines.g2-standard-8.spotHour")


def test_a_region_says_otherwise_than_everywhere() -> None:
    found = tariff({"us-central1": {"machines": {"n1-standard-4": {"hour": 0.3}}, "clusterHour": 0}})

    assert found.machine("n1-standard-4", spot=False) == Price(Decimal("0.3"))
    assert found.machine("g2-standard-8", spot=False) == Price(Decimal("0.8"))
    assert found.cluster() == Price(Decimal(0))


def test_what_has_no_price_is_named_with_its_place_and_the_name_that_is_like_it() -> None:
    bill = bill_of(usage(nodes(machine="n1-standart-4"), nodes(disk="pd-ssd", disk_gb=10), clusters=1), tariff())

    assert [str(missing) for missing in bill.missing] == [
        "regions.us-central1.machines.n1-standart-4.hour (did you mean n1-standard-4?)",
        "regions.us-central1.disks.pd-ssd.gbMonth",
    ]
    assert bill.money is None
    assert bill.known == Decimal("0.7")


def test_what_there_is_none_of_needs_no_price() -> None:
    bill = bill_of(usage(nodes(0, machine="z9-standard-4")), tariff())

    assert (bill.money, bill.missing) == (Decimal(0), ())


def test_without_prices_there_are_hours_and_no_money() -> None:
    bill = bill_of(usage(nodes()), None)

    assert (bill.pod_hours, bill.node_hours) == (Decimal(2), Decimal(3))
    assert (bill.lines, bill.money) == ((), None)


@given(
    counts=st.lists(st.integers(0, 1000), min_size=1, max_size=5),
    disk_gb=st.integers(0, 65_536),
    spot=st.booleans(),
    clusters=st.integers(0, 3),
)
def test_the_whole_is_the_sum_of_its_lines_and_more_nodes_are_never_cheaper(
    counts: list[int], disk_gb: int, spot: bool, clusters: int
) -> None:
    def bill(extra: int) -> Decimal:
        used = [nodes(count + extra, disk="pd-balanced", disk_gb=disk_gb, spot=spot) for count in counts]
        made = bill_of(usage(*used, clusters=clusters), tariff())
        assert made.money == sum((line.money or Decimal(0) for line in made.lines), Decimal(0))
        return made.known

    assert bill(0) <= bill(1)
