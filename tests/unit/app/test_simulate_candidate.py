"""Autoscalers to be simulated: of every golden case, and of a cluster."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.cluster import FakeCluster
from tests.golden.golden_cases import CASES, Case
from tfk8s.app.service import ServiceName
from tfk8s.app.simulate import Request, simulate_all
from tfk8s.app.simulate_candidate import Assumptions, candidate_of_service, candidate_of_spec
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.config import AverageValue, Flags
from tfk8s.autoscale.generate import generate
from tfk8s.autoscale.metering import Meter, Signal
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.spec import Autoscaled, load_spec

PODS = Assumptions(around=Surroundings(pod_rate=40), said=frozenset({"memory_bytes"}))
ASSUMED = replace(
    PODS,
    around=replace(PODS.around, memory_bytes=2**30),
    reads={
        "external-backlog": "arriving",
        "external-errors": "arriving",
        "pubsub.googleapis.com|subscription|num_undelivered_messages": "arriving",
    },
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_golden_case_can_be_simulated_within_its_bounds(case: Case) -> None:
    spec = case.spec()
    candidate = candidate_of_spec(spec, name=case.name, base=case.folder, assumed=ASSUMED, minor=34, infos=case.infos())
    traffic = generate("step:10,600,40m")
    course = simulate_all(Request(trace=traffic, traffic="step", candidates=(candidate,))).results[0].course

    scaling = spec.scaling
    least, most = (scaling.min, scaling.max) if isinstance(scaling, Autoscaled) else (scaling.replicas,) * 2
    assert least <= min(course.replicas) <= max(course.replicas) <= most


@pytest.mark.parametrize(
    ("case", "around", "note"),
    [
        (
            "scaling-keda-gke",
            Surroundings(pod_rate=54),
            "requests-per-second never asks for more pods: a full pod shows 54 requests/s, which does not pass its "
            "target of 50 with the tolerance",
        ),
        ("scaling-keda-gke", Surroundings(pod_rate=56), None),
        (
            "cpu-hpa",
            Surroundings(pod_rate=40, cpu_at_full=0.6),
            "cpu never asks for more pods: a full pod shows 60 % of",
        ),
        ("cpu-hpa", Surroundings(pod_rate=40, cpu_at_full=0.9), None),
    ],
)
def test_a_target_that_no_full_pod_passes_is_told(case: str, around: Surroundings, note: str | None) -> None:
    found = next(each for each in CASES if each.name == case)
    assumed = replace(ASSUMED, around=around)
    notes = candidate_of_spec(
        found.spec(), name="", base=found.folder, assumed=assumed, minor=34, infos=found.infos()
    ).notes

    told = [each for each in notes if "never asks" in each]
    assert len(told) == (note is not None)
    assert note is None or told[0].startswith(note)


PLACE = {"provider": "gke", "project": "my-project", "location": "europe-west1-b", "name": "c"}


@pytest.mark.parametrize(
    ("cluster", "resources", "nodes", "notes"),
    [
        (
            {"machineType": "e2-standard-8", "autoscaling": {"min": 1, "max": 4}},
            {},
            (3, 1, 4),
            ["e2-standard-8: 3 pods on a node, beside nothing else; 1 to 4 nodes"],
        ),
        (
            {"machineType": "e2-small", "nodePools": [{"name": "big", "nodes": 2, "machineType": "e2-standard-4"}]},
            {},
            (1, 2, 2),
            ["e2-standard-4: 1 pods on a node, beside nothing else; 2 to 2 nodes"],
        ),
        (
            {"nodePools": [{"name": "g", "nodes": 2, "machineType": "g2-standard-8", "gpu": {"type": "nvidia-l4"}}]},
            {"gpu": 1},
            (1, 2, 2),
            ["g2-standard-8: 1 pods on a node, beside nothing else; 2 to 2 nodes"],
        ),
        (
            {
                "machineType": "e2-standard-8",
                "nodePools": [{"name": "b", "nodes": 9, "machineType": "e2-standard-16"}],
                "nodes": 2,
            },
            {},
            (3, 2, 2),
            [
                "e2-standard-8: 3 pods on a node, beside nothing else; 2 to 2 nodes",
                "nodes of e2-standard-16 are left out: they hold 7 pods",
            ],
        ),
        (
            {"machineType": "e2-small"},
            {},
            (4, 1, 1000),
            ["no pod fits on a node of the spec's cluster: nodes are not simulated from it"],
        ),
        (
            {"machineType": "x9-mega-7"},
            {},
            (4, 1, 1000),
            ["what a x9-mega-7 leaves to pods is not known here: nodes are not simulated from it"],
        ),
    ],
)
def test_nodes_are_those_of_the_spec_on_which_its_pods_may_run(
    cluster: JsonObject, resources: JsonObject, nodes: tuple[int, int, int], notes: list[str]
) -> None:
    document: JsonObject = {
        "apiVersion": "tfk8s.dev/v1",
        "name": "resnet",
        "model": {"source": "image:///models/resnet"},
        "image": {"base": "registry.example.com/resnet:1"},
        "resources": {"cpu": 2, "memory": "4Gi", **resources},
        "scaling": {"max": 3},
        "cluster": {**PLACE, "nodes": 1, **cluster},
    }
    candidate = candidate_of_spec(
        load_spec(json.dumps(document)), name="", base=Path(), assumed=ASSUMED, minor=34, infos={}
    )

    around = candidate.around
    assert (around.pods_per_node, around.nodes, around.max_nodes) == nodes
    assert list(candidate.notes[1:]) == notes


def test_threads_bound_what_is_seen_in_flight() -> None:
    case = next(case for case in CASES if case.name == "scaling-keda")
    notes = candidate_of_spec(
        case.spec(), name="", base=case.folder, assumed=ASSUMED, minor=34, infos=case.infos()
    ).notes

    assert [each for each in notes if each.startswith("in-flight never asks for more pods: a full pod shows 4 ")]


def test_metrics_of_the_server_are_read_as_the_spec_asks_for_them() -> None:
    case = next(case for case in CASES if case.name == "scaling-gke")
    meters = candidate_of_spec(
        case.spec(), name="", base=case.folder, assumed=ASSUMED, minor=34, infos=case.infos()
    ).meters

    assert {meter.signal for meter in meters} >= {Signal.ANSWERED}
    assert all(meter.delay_s == 15 for meter in meters)


def test_a_window_of_the_source_and_a_percentile_are_those_of_the_spec() -> None:
    case = next(case for case in CASES if case.name == "scaling-keda-zero")
    candidate = candidate_of_spec(case.spec(), name="", base=case.folder, assumed=ASSUMED, minor=34, infos=case.infos())

    assert candidate.meters[0] == Meter(signal=Signal.ARRIVING, window_s=120, delay_s=15)
    assert candidate.meters[1] == Meter(signal=Signal.ANSWERED, window_s=120, delay_s=15)
    assert candidate.zero is not None
    assert (candidate.zero.polling_s, candidate.zero.cooldown_s) == (10, 600)
    said = replace(ASSUMED, window_s=30.0, delay_s=5.0)
    again = candidate_of_spec(case.spec(), name="", base=case.folder, assumed=said, minor=34, infos=case.infos())
    assert again.meters[1] == Meter(signal=Signal.ANSWERED, window_s=30, delay_s=5)
    latencies = next(case for case in CASES if case.name == "scaling-keda")
    found = candidate_of_spec(
        latencies.spec(), name="", base=latencies.folder, assumed=ASSUMED, minor=34, infos=latencies.infos()
    )
    assert 99 in [meter.percentile for meter in found.meters if meter.signal is Signal.LATENCY]
    assert len(found.schedules) == 2


def test_the_autoscaler_of_the_cluster_is_taken_with_the_flags_that_are_said() -> None:
    metric: JsonObject = {
        "type": "External",
        "external": {
            "metric": {"name": "requests-per-second"},
            "target": {"type": "AverageValue", "averageValue": "7"},
        },
    }
    scaler: JsonObject = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "resnet", "namespace": "serving"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"},
            "maxReplicas": 9,
            "metrics": [metric],
        },
    }
    cluster = FakeCluster()
    cluster.put(scaler, manager="tfk8s")
    service = ServiceName(name="resnet", namespace="serving")
    found = candidate_of_service(
        service, cluster=cluster, name="live", assumed=replace(PODS, flags=Flags(tolerance=0.3))
    )

    assert (found.name, found.config.maximum, found.config.flags.tolerance) == ("live", 9, 0.3)
    assert found.config.metrics[0].target == AverageValue(7000)
    with pytest.raises(PreconditionError):
        candidate_of_service(replace(service, name="bert"), cluster=cluster, name="live", assumed=PODS)
