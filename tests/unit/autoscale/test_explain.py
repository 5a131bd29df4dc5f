"""What is read and computed of a live autoscaler, what holds it, and what comes next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.autoscale.scalers import (
    ACTIVE,
    CPU_60,
    FREE,
    NOW,
    QUEUE,
    READY,
    condition,
    cpu_status,
    event,
    live,
    pod,
    pods,
    queue_status,
    rescaled,
    scaler,
    usage,
    usages,
)
from tfk8s.autoscale.explain import explain
from tfk8s.manifest import JsonObject

HELD_DOWN = condition("AbleToScale", "True", "ScaleDownStabilized")


def limited(reason: str) -> JsonObject:
    return condition("ScalingLimited", "True", reason)


def test_the_arithmetic_of_a_metric_is_told_step_by_step() -> None:
    found = explain(live(scaler(current=(cpu_status(137, "1370m"),)), cpu="1370m"))

    (metric,) = found.metrics
    assert (metric.name, metric.current, metric.target) == ("cpu", "137 % (1370m per pod)", "60 % of the request")
    assert metric.computed == (
        "4110m used of 3 that 3 pods request; 137 % / 60 % = 2.283, above 1.1: ceil(2.283 x 3 pods) = 7"
    )
    assert (metric.proposal, found.wanted) == (7, 7)
    assert found.outlook.replicas == 6  # without behavior one sync doubles at most


def test_a_ratio_within_the_tolerance_changes_nothing() -> None:
    found = explain(live(cpu="630m"))

    assert found.metrics[0].computed.endswith("63 % / 60 % = 1.050, within 0.9 to 1.1: 3 pods stay")
    assert (found.outlook.replicas, found.outlook.change_to, found.holds) == (3, None, ())


def test_pods_that_are_not_ready_hold_a_growth_back() -> None:
    seen = live(
        cpu="1200m",
        pods=(*pods(3), pod("resnet-new", ready=False, age_s=60)),
        pod_metrics=(*usages(3, "1200m"), usage("resnet-new", "2")),
    )

    told = explain(seen).metrics[0].computed

    assert "3600m used of 3 that 3 pods request; 120 % / 60 % = 2.000" in told
    assert "with 1 pod not ready taken to use nothing: 90 % / 60 % = 1.500, above 1.1: ceil(1.500 x 4 pods) = 6" in told


def test_pods_without_metrics_hold_a_shrinking_back() -> None:
    told = explain(live(cpu="200m", pod_metrics=usages(2, "200m"))).metrics[0].computed

    assert "with 1 pod without metrics taken to use all that they request" in told
    assert told.endswith("46 % / 60 % = 0.767, below 0.9: ceil(0.767 x 3 pods) = 3")


def test_an_external_average_is_multiplied_by_the_pods_that_exist() -> None:
    seen = live(scaler(QUEUE, current=(queue_status("50"),)), pod_metrics=None)
    found = explain(seen)

    assert found.metrics[0].computed == "150 / (30 x 3 pods) = 1.667, above 1.1: ceil(150 / 30) = 5"
    assert any("last sync" in note for note in found.notes)


def test_the_metric_that_asks_for_most_is_said_to_decide() -> None:
    body = scaler(CPU_60, QUEUE, current=(cpu_status(60, "600m"), queue_status("50")))
    found = explain(live(body))

    assert [metric.decides for metric in found.metrics] == [False, True]
    assert found.wanted == 5


def test_a_stabilised_decrease_tells_between_which_times_the_window_ends() -> None:
    body = scaler(conditions=(HELD_DOWN, ACTIVE, FREE), current=(cpu_status(20, "200m"),), replicas=4, last_scale=100)
    found = explain(live(body, count=4, cpu="200m", events=(rescaled(4, seconds=100, reason="cpu above target"),)))

    (hold,) = found.holds
    assert hold.code == "ScaleDownStabilized"
    assert "the most that the metrics asked for in the last 300 s holds" in hold.words
    assert "the metrics ask for 2 now" in hold.words
    assert found.outlook.replicas == 4
    assert found.outlook.change_to == 2
    assert (hold.soonest, hold.latest) == (found.outlook.soonest, found.outlook.latest)
    assert hold.soonest is not None
    assert hold.latest is not None
    # the last change is 100 s old and the window 300 s long; a higher recommendation may be as young as this look
    assert timedelta(seconds=200) <= hold.soonest - NOW <= timedelta(seconds=215)
    assert timedelta(seconds=300) <= hold.latest - NOW <= timedelta(seconds=315)


def test_the_upper_bound_is_named_with_what_the_metrics_ask_for() -> None:
    body = scaler(
        conditions=(READY, ACTIVE, limited("TooManyReplicas")), current=(cpu_status(90, "900m"),), maxReplicas=3
    )
    (hold,) = explain(live(body, cpu="900m")).holds

    assert hold.words == "the metrics ask for 5, and maxReplicas is 3"
    assert hold.since == NOW - timedelta(seconds=90)


def test_a_bound_that_holds_an_earlier_wish_back_is_not_said_to_hold_the_present_one() -> None:
    conditions = (HELD_DOWN, ACTIVE, limited("TooManyReplicas"))
    body = scaler(conditions=conditions, current=(cpu_status(20, "200m"),), maxReplicas=3)
    window, bound = explain(live(body, cpu="200m")).holds

    assert window.code == "ScaleDownStabilized"
    assert bound.words == "what they asked for before is more than maxReplicas, 3"


def test_a_policy_is_named_with_what_is_left_of_its_period() -> None:
    up: JsonObject = {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}
    body = scaler(
        conditions=(READY, ACTIVE, limited("ScaleUpLimit")),
        current=(cpu_status(180, "1800m"),),
        behavior={"scaleUp": up},
        last_scale=20,
    )
    events = (rescaled(1, seconds=900), rescaled(3, seconds=20, reason="cpu above target"))
    found = explain(live(body, cpu="1800m", events=events))

    (hold,) = found.holds
    assert hold.words == "scaleUp allows 2 pods in 60 s, which leads to 3, and the metrics ask for 9 now"
    assert (found.outlook.replicas, found.outlook.change_to) == (3, 5)
    assert found.outlook.latest is not None
    assert timedelta(seconds=40) <= found.outlook.latest - NOW <= timedelta(seconds=55)


def test_a_direction_that_is_switched_off_is_said_to_be() -> None:
    body = scaler(
        conditions=(READY, ACTIVE, limited("ScaleDownLimit")),
        current=(cpu_status(10, "100m"),),
        behavior={"scaleDown": {"selectPolicy": "Disabled", "stabilizationWindowSeconds": 0}},
    )
    found = explain(live(body, cpu="100m"))

    assert found.holds[0].words.startswith("scaleDown is disabled (selectPolicy: Disabled)")
    assert found.outlook.change_to is None


def test_events_are_told_newest_first_with_their_count() -> None:
    repeated = event("FailedComputeMetricsReplicas", "invalid metrics: no metrics", seconds=10, count=7)
    events = (rescaled(2, seconds=300), event("FailedGetResourceMetric", "no metrics", seconds=10, count=7), repeated)

    assert [(each.words, each.times, each.replicas) for each in explain(live(events=events)).past] == [
        ("FailedGetResourceMetric: no metrics", 7, None),
        ("to 2 pods: All metrics below target", 1, 2),
    ]


@pytest.mark.parametrize(("replicas", "desired"), [(14, 10), (0, 0)])
def test_a_count_outside_the_bounds_is_mended_without_the_metrics_and_zero_is_left(replicas: int, desired: int) -> None:
    seen = live(scaler(current=(cpu_status(60, "600m"),), replicas=replicas), count=replicas)

    assert explain(seen).outlook.replicas == desired


def test_the_newest_release_heeds_the_tolerance_of_a_direction() -> None:
    body = scaler(current=(cpu_status(64, "640m"),), behavior={"scaleUp": {"tolerance": "0.05"}})

    assert [explain(live(body, cpu="640m", release=release)).wanted for release in ((1, 34), (1, 37))] == [3, 4]


def test_the_bounds_of_an_absent_target_are_still_told() -> None:
    found = explain(live(scaler(current=(cpu_status(60, "600m"),)), target=None, pods=(), pod_metrics=None))

    assert (found.minimum, found.maximum, found.outlook.replicas) == (1, 10, 3)
    assert found.outlook.words == "the metrics are not asked (FailedGetScale)"


def test_before_the_first_decision_the_count_of_the_target_is_what_is_wanted() -> None:
    body = scaler(conditions=(READY, condition("ScalingActive", "False", "FailedGetResourceMetric")), replicas=0)

    assert explain(live(body, count=2, pod_metrics=None)).desired == 2
