"""What a change does to the bill, on each of the ways to compare."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.cluster import FakeCluster
from tests.unit.cost.price_lists import price_list
from tests.unit.render.specs import rendered
from tfk8s.app.diff import diff_service
from tfk8s.app.diff_markdown import report_markdown
from tfk8s.app.diff_report import Compared, DiffReport, at_home, joined, priced
from tfk8s.app.diff_text import report_text
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.plan import PlanOptions
from tfk8s.spec.cluster_options import cluster_of

PRICES = price_list(
    anywhere={
        "machines": {"e2-standard-4": {"hour": 0.1}},
        "disks": {"pd-balanced": {"gbMonth": 0}},
        "clusterHour": 0,
        "pods": {"cpuHour": 0.01, "memoryGibHour": 0},
    }
)
CLUSTER: JsonObject = {
    "provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving", "nodes": 1,
    "machineType": "e2-standard-4", "autoscaling": {"min": 1, "max": 20}, "privateNodes": True,
}  # fmt: skip
HOME = {("serving", "resnet"): (cluster_of(CLUSTER), "")}


def objects(**scaling: Any) -> Manifests:
    fields: dict[str, Any] = {"namespace": "serving", "resources": {"cpu": 2, "memory": "4Gi"}}
    return rendered(base="registry.example.com/resnet:1", scaling=scaling, **fields).manifests


def report(before: Manifests, after: Manifests) -> DiffReport:
    made = DiffReport(title="a to b", changes=(), compared=(Compared(before, after),))
    return priced(at_home(made, HOME), PRICES)


def test_more_pods_are_more_nodes_and_more_money_for_a_month() -> None:
    found = report(objects(min=2, max=6), objects(min=3, max=9))

    cost = "2 to 6 pods, 146.00 to 438.00 USD a month -> 3 to 9 pods, 219.00 to 657.00 USD a month"  # n x 0.1 x 730
    assert f"cost: {cost}" in report_text(found).splitlines()
    assert f"**Cost**: {cost.replace('>', '&#62;')}" in report_markdown(found).splitlines()
    assert found.as_json()["cost"] == {
        "currency": "USD",
        "before": {"pods": {"min": 2, "max": 6}, "month": {"min": 146.0, "max": 438.0}},
        "after": {"pods": {"min": 3, "max": 9}, "month": {"min": 219.0, "max": 657.0}},
        "missing": [],
    }


def test_what_stays_is_said_once() -> None:
    assert str(report(objects(replicas=1), objects(replicas=1)).cost) == "1 pod, 73.00 USD a month, as before"


def test_a_new_service_costs_what_nothing_did_before() -> None:
    assert str(report((), objects(replicas=2)).cost) == "nothing -> 2 pods, 146.00 USD a month"
    assert str(report(objects(replicas=2), ()).cost) == "2 pods, 146.00 USD a month -> nothing"


def test_either_side_may_be_at_home_elsewhere() -> None:
    states = Compared(objects(replicas=4), objects(replicas=4), homes_before={})
    made = DiffReport(title="a to b", changes=(), compared=(states,))

    found = priced(at_home(made, HOME), PRICES)

    assert str(found.cost) == "4 pods, 58.40 USD a month -> 4 pods, 292.00 USD a month"  # 4 x 2 x 0.01 x 730


def test_a_missing_price_is_named_and_a_month_of_json_is_null() -> None:
    made = DiffReport(title="a to b", changes=(), compared=(Compared((), objects(replicas=1)),))
    prices = price_list(anywhere={"pods": {"cpuHour": 0.01, "memoryGibHour": 0}})

    found = priced(at_home(made, HOME), prices)

    assert found.cost is not None
    assert str(found.cost).startswith("nothing -> 1 pod, 0.00 USD a month and more (no price: regions.us-central1.mach")
    assert found.cost.as_json()["after"] == {"pods": {"min": 1, "max": 1}, "month": {"min": None, "max": None}}


def test_services_of_several_reports_are_summed_up() -> None:
    reports = [
        at_home(DiffReport(title="a", changes=(), compared=(Compared((), objects(replicas=2)),)), homes)
        for homes in (HOME, {})
    ]

    found = priced(joined(reports, title="both"), PRICES)

    assert str(found.cost) == "nothing -> 4 pods, 175.20 USD a month"  # 146 on nodes, 2 x 2 x 0.01 x 730 by requests


def test_without_prices_nothing_is_said_of_cost() -> None:
    made = DiffReport(title="a to b", changes=(), compared=(Compared((), objects(replicas=1)),))

    assert "cost" not in made.as_json()
    assert "cost" not in report_text(made)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"min": 2, "max": 6}, {"min": 2, "max": 7}, "2 to 6 pods, 146.00 to 438.00 USD a month -> 2 to 7 pods"),
        ({"replicas": 3}, {"min": 2, "max": 6}, "3 pods, 219.00 USD a month -> 2 to 6 pods, 146.00 to 438.00"),
    ],
)
def test_a_cluster_is_compared_as_it_is(before: JsonObject, after: JsonObject, told: str) -> None:
    cluster = FakeCluster()
    for manifest in objects(**before):
        cluster.put(manifest.body)
    name = ServiceName(name="resnet", namespace="serving")
    deployable = Deployable(name=name, manifests=objects(**after), models=("resnet",))

    found = priced(at_home(diff_service(deployable, cluster=cluster, options=PlanOptions()), HOME), PRICES)

    assert str(found.cost).startswith(told)
    assert json.dumps(found.as_json())
