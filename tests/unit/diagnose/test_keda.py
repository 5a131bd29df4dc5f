from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tfk8s.diagnose import diagnose
from tfk8s.manifest import JsonObject
from tfk8s.manifest.snapshot import Snapshot

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


def scaled(*conditions: JsonObject, age_s: int = 600, annotation: str = "") -> JsonObject:
    annotations: JsonObject = {annotation: "0"} if annotation else {}
    metadata: JsonObject = {"name": "resnet", "namespace": "serving", "annotations": annotations}
    metadata["creationTimestamp"] = (NOW - timedelta(seconds=age_s)).isoformat()
    return {"kind": "ScaledObject", "metadata": metadata, "status": {"conditions": [*conditions]}}


def codes(body: JsonObject) -> list[str]:
    return [finding.code for finding in diagnose(Snapshot(deployment=None, scaled_object=body), now=NOW)]


def condition(kind: str, status: str, *, message: str = "words") -> JsonObject:
    return {"type": kind, "status": status, "reason": "R", "message": message}


def test_a_scaled_object_that_keda_scales_by_is_found_nothing_wrong_with() -> None:
    said = [condition("Ready", "True"), condition("Active", "False"), condition("Fallback", "False")]

    assert codes(scaled(*said, condition("Paused", "Unknown"))) == []


def test_a_scaled_object_that_keda_cannot_scale_by_quotes_it_and_fails_no_rollout() -> None:
    body = scaled(condition("Ready", "False", message="prometheus query api returned error"))

    (finding,) = diagnose(Snapshot(deployment=None, scaled_object=body), now=NOW)

    assert (finding.code, finding.place, finding.is_final) == ("scaled-object", "ScaledObject/resnet", False)
    assert finding.evidence == ("prometheus query api returned error",)
    assert "scaling.source" in finding.fix


@pytest.mark.parametrize(("age_s", "expected"), [(5, []), (60, ["scaled-object-unseen"])])
def test_a_scaled_object_that_nobody_has_looked_at_after_a_while_has_no_operator(
    age_s: int, expected: list[str]
) -> None:
    assert codes(scaled(age_s=age_s)) == expected


def test_a_pause_is_told_with_the_command_that_ends_it() -> None:
    name = "autoscaling.keda.sh/paused-replicas"
    body = scaled(condition("Ready", "True"), condition("Paused", "True"), annotation=name)

    (finding,) = diagnose(Snapshot(deployment=None, scaled_object=body), now=NOW)

    assert finding.fix == f"kubectl -n serving annotate scaledobject resnet {name}-"


def test_a_fallback_is_told() -> None:
    assert codes(scaled(condition("Ready", "True"), condition("Fallback", "True"))) == ["scaled-object-fallback"]
