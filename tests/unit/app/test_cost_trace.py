"""A trace as a bill: the hours of the simulation, spread over the pools that it counts on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.render.specs import spec
from tfk8s.app.cost import Column, estimate
from tfk8s.app.cost_sites import Placed
from tfk8s.app.cost_trace import OF_TRACE, trace_column
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.app.simulate import Request, Result, simulate_all
from tfk8s.app.simulate_candidate import Assumptions, candidate_of_spec
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.generate import generate
from tfk8s.manifest import JsonObject
from tfk8s.render import RenderOptions
from tfk8s.spec import ServiceSpec


def service(*, machine: str = "e2-standard-4", pools: list[JsonObject] | None = None) -> ServiceSpec:
    cluster: JsonObject = {
        "provider": "gke", "project": "my-project", "location": "us-central1-a", "name": "serving", "nodes": 1,
        "machineType": machine, "autoscaling": {"min": 1, "max": 2}, "nodePools": list(pools or []),
    }  # fmt: skip
    return spec(
        model={"source": "image:///models/resnet"},
        image={"base": "registry.example.com/resnet:1"},
        resources={"cpu": 2, "memory": "4Gi"},
        scaling={"min": 1, "max": 6},
        cluster=cluster,
    )


def simulated(made: ServiceSpec, *, base: Path) -> tuple[Result, Column]:
    assumed = Assumptions(around=Surroundings(pod_rate=40))
    candidate = candidate_of_spec(made, name="resnet", base=base, assumed=assumed, minor=34, infos={})
    (result,) = simulate_all(Request(trace=generate("step:20,200,2h"), traffic="step", candidates=(candidate,))).results
    rendered = render_service(RenderRequest(spec=made, base=base, options=RenderOptions(image=made.image.base)))
    (cost,) = estimate([Placed(rendered.manifests, made.cluster)], prices=None).sites
    return result, trace_column(result, name="step", site=cost.site, prices=None)


def test_hours_are_those_of_the_simulation(tmp_path: Path) -> None:
    more: JsonObject = {"name": "more", "nodes": 1, "machineType": "e2-standard-4", "autoscaling": {"min": 0, "max": 9}}
    result, column = simulated(service(pools=[more]), base=tmp_path)

    assert float(column.bill.pod_hours) == pytest.approx(result.figures.pod_hours)
    assert float(column.bill.node_hours or 0) == pytest.approx(result.figures.node_hours)
    assert column.predictions[OF_TRACE] == pytest.approx(
        Decimal(result.course.requests * (1 - result.course.dropped_share))
    )


def test_pools_that_the_simulation_leaves_out_have_the_nodes_that_are_always_there(tmp_path: Path) -> None:
    other: JsonObject = {"name": "big", "nodes": 2, "machineType": "e2-standard-16"}
    result, column = simulated(service(pools=[other]), base=tmp_path)

    of_big = 2 * column.bill.hours
    assert float(column.bill.node_hours or 0) == pytest.approx(result.figures.node_hours + float(of_big))


def test_nodes_of_a_machine_that_is_not_known_are_filled_by_the_pods_alone(tmp_path: Path) -> None:
    _, column = simulated(service(machine="x9-standard-4"), base=tmp_path)

    assert float(column.bill.node_hours or 0) == pytest.approx(float(2 * column.bill.hours))  # its most: see a note


def test_a_trace_without_described_nodes_has_pods_alone(tmp_path: Path) -> None:
    made = service()
    bare = made.model_copy(update={"cluster": None})
    result, column = simulated(bare, base=tmp_path)

    assert column.bill.node_hours is None
    assert float(column.bill.pod_hours) == pytest.approx(result.figures.pod_hours)
