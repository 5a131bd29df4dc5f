"""One node of a spec in money, for commands that count nodes of one kind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cost.price_lists import price_list
from tests.unit.render.specs import spec
from tfk8s.app.cost_node import node_hour
from tfk8s.errors import InputError
from tfk8s.spec import ServiceSpec

PRICES = {
    "machines": {"e2-standard-4": {"hour": 0.134}, "e2-standard-8": {"hour": 0.268}},
    "disks": {"pd-balanced": {"gbMonth": 0.073}},
    "addressHour": 0.004,
}


def described(**cluster: Any) -> ServiceSpec:
    place = {"provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving"}
    nodes = {"nodes": 1, "machineType": "e2-standard-4", **cluster}
    return spec(image={"repository": "registry.example.com/resnet"}, cluster={**place, **nodes})


def test_a_node_is_its_machine_its_disk_and_its_address() -> None:
    assert node_hour(described(), price_list(anywhere=PRICES)) == pytest.approx(0.134 + 0.01 + 0.004)


def test_pools_of_one_price_are_one_kind_of_node() -> None:
    twin = described(nodePools=[{"name": "more", "nodes": 1, "machineType": "e2-standard-4"}])

    assert node_hour(twin, price_list(anywhere=PRICES)) == pytest.approx(0.148)


@pytest.mark.parametrize(
    ("cluster", "prices", "message"),
    [
        (
            {"nodePools": [{"name": "big", "nodes": 1, "machineType": "e2-standard-8"}]},
            PRICES,
            "nodes of the spec's cluster cost differently (0.1480 of default-pool, 0.2820 of big)",
        ),
        ({}, {"machines": PRICES["machines"]}, "no regions.us-central1.disks.pd-balanced.gbMonth, regions.us-central1"),
        ({"machineType": "n2-standard-4"}, PRICES, "no regions.us-central1.machines.n2-standard-4.hour"),
    ],
)
def test_what_is_not_one_price_is_refused(cluster: dict[str, Any], prices: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        node_hour(described(**cluster), price_list(anywhere=prices))

    assert message in caught.value.message
    assert "--node-price" in (caught.value.hint or "")


def test_a_spec_without_nodes_has_no_price_of_one() -> None:
    with pytest.raises(InputError) as caught:
        node_hour(spec(), price_list(anywhere=PRICES))

    assert "the spec describes no nodes" in caught.value.message
