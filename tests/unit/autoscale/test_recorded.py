"""What is said of autoscalers recorded under the real controller (tests/contract/autoscale/record.py)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from tfk8s.app.autoscale_why import Why, why_lines
from tfk8s.autoscale.explain import explain
from tfk8s.autoscale.explanation import Explanation
from tfk8s.autoscale.live import LiveScaler, MetricsApi
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import flag_at, object_at, objects_at, text_at
from tfk8s.manifest.yaml import load_one

RECORDED: Final = Path(__file__).with_name("recorded")
TROUBLES: Final = {
    "no-api": ["no-metrics-api"],
    "api-away": ["metrics-api-unavailable"],
    "no-request": ["no-request"],
    "no-pods": ["no-pods"],
    "unready": ["pods-unready"],
    "twins": ["two-autoscalers"],
    "zero": ["scaled-to-zero"],
    "no-target": ["no-target"],
    "external": ["no-metrics-api"],
    "at-most": [],
    "stabilised": [],
    "steady": [],
    # under KEDA 2.21 on the test cluster
    "keda-asleep": [],
    "keda-trigger": ["keda-trigger"],
    "keda-fallback": ["keda-trigger", "keda-fallback"],
}


def recorded(name: str) -> LiveScaler:
    body = load_one((RECORDED / f"{name}.yaml").read_text(), source=name).value
    major, minor = text_at(body, "release").split(".")
    has_metrics = isinstance(body, dict) and body.get("podMetrics") is not None
    target: JsonObject = object_at(body, "target")
    return LiveScaler(
        scaler=object_at(body, "scaler"),
        taken_at=datetime.fromisoformat(text_at(body, "takenAt").replace("Z", "+00:00")),
        release=(int(major), int(minor)),
        target=target or None,
        pods=objects_at(body, "pods"),
        events=objects_at(body, "events"),
        pod_metrics=objects_at(body, "podMetrics") if has_metrics else None,
        apis={
            group: MetricsApi(
                is_registered=flag_at(api, "registered"),
                is_available=flag_at(api, "available"),
                message=text_at(api, "message"),
            )
            for group, api in object_at(body, "apis").items()
        },
        siblings=objects_at(body, "siblings"),
        scaled_object=object_at(body, "scaledObject") or None,
    )


def explained(name: str) -> Explanation:
    return explain(recorded(name))


def test_every_recording_is_looked_at() -> None:
    assert {file.stem for file in RECORDED.glob("*.yaml")} == TROUBLES.keys()


@pytest.mark.parametrize("name", TROUBLES)
def test_a_recorded_autoscaler_has_its_cause_and_its_fix(name: str) -> None:
    found = explained(name).troubles

    assert [each.code for each in found] == TROUBLES[name]
    assert all(each.cause and each.fix for each in found)


@pytest.mark.parametrize("name", TROUBLES)
def test_a_recorded_autoscaler_is_told_in_lines_that_hold_no_line_ends(name: str) -> None:
    lines = list(why_lines(Why(explanation=explained(name))))

    assert ": Deployment/" in lines[0]
    assert not any("\n" in line for line in lines)


def test_a_recorded_bound_is_named_with_what_the_metrics_ask_for() -> None:
    found = explained("at-most")

    assert [hold.code for hold in found.holds] == ["TooManyReplicas"]
    assert (found.wanted, found.outlook.replicas) == (5, 3)


def test_a_recorded_window_is_named_with_its_end() -> None:
    found = explained("stabilised")

    assert [hold.code for hold in found.holds] == ["ScaleDownStabilized"]
    assert (found.outlook.replicas, found.outlook.change_to) == (4, 2)


def test_a_recorded_steady_state_has_nothing_that_holds_it() -> None:
    found = explained("steady")

    assert (found.holds, found.outlook.replicas, found.outlook.change_to) == ((), 2, None)


def test_what_keda_has_scaled_to_zero_is_asleep() -> None:
    found = explained("keda-asleep")

    assert [hold.code for hold in found.holds] == ["Asleep"]
    assert (found.made_by, found.outlook.replicas) == ("ScaledObject/asked", 0)


def test_kedas_own_words_about_its_trigger_are_quoted() -> None:
    evidence = explained("keda-trigger").troubles[0].evidence

    assert evidence[0].startswith("event KEDAScalerFailed: Get ")
    assert "nobody.monitoring" in evidence[0]
    assert not any("LabelSelector" in line for line in evidence)
