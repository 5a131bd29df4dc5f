"""Several autoscalers on one Deployment, and one that may make no more pods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.diagnose.evidences import codes_of, only, recorded
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence


def scaler(name: str, *, target: str = "half", owner: str = "", ambiguous: bool = False) -> JsonObject:
    owners: list[JsonObject] = [{"kind": owner, "controller": True}] if owner else []
    condition: JsonObject = {"type": "ScalingActive", "status": "False", "reason": "AmbiguousSelector"}
    told: JsonObject = {"conditions": [{**condition, "message": "controlled by multiple HPAs"}]} if ambiguous else {}
    return {
        "metadata": {"name": name, "ownerReferences": [*owners]},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": target}},
        "status": told,
    }


def seen(*, plain: tuple[JsonObject, ...] = (), keda: tuple[JsonObject, ...] = ()) -> Evidence:
    found = recorded("healthy")
    quiet = replace(found.snapshot, logs={})
    return replace(found, snapshot=quiet, objects={**found.objects, "scalers": plain, "scaledObjects": keda})


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (seen(plain=(scaler("half"), scaler("other"))), ["two-autoscalers"]),
        (seen(plain=(scaler("half"),), keda=(scaler("by-rate"),)), ["two-autoscalers"]),
        (seen(plain=(scaler("half"), scaler("other", target="web"))), []),
        (seen(plain=(scaler("keda-hpa-half", owner="ScaledObject"),), keda=(scaler("half"),)), []),
        (seen(plain=(scaler("half"),)), []),
    ],
)
def test_autoscalers_that_aim_at_one_deployment_are_counted(evidence: Evidence, expected: list[str]) -> None:
    assert codes_of(evidence) == expected


def test_both_are_named_with_the_command_that_leaves_one() -> None:
    found = only(seen(plain=(scaler("half"),), keda=(scaler("by-rate"),)), "two-autoscalers")

    assert "HorizontalPodAutoscaler/half and ScaledObject/by-rate" in found.cause
    assert found.command.endswith("delete scaledobject by-rate")
    assert found.evidence == (
        "half: spec.scaleTargetRef names half",
        "by-rate: spec.scaleTargetRef names half",
    )


def test_the_controllers_words_about_both_are_told_once() -> None:
    one = scaler("half", ambiguous=True)
    evidence = seen(plain=(one, scaler("other", ambiguous=True)))
    evidence = replace(evidence, snapshot=replace(evidence.snapshot, scaler=one))

    assert codes_of(evidence) == ["two-autoscalers"]
    assert only(evidence, "two-autoscalers").evidence == ("controlled by multiple HPAs",)


@pytest.mark.parametrize(
    ("reason", "status", "expected"),
    [
        ("TooManyReplicas", "True", ["autoscaler-limited"]),
        ("TooFewReplicas", "True", []),
        ("ScaleUpLimit", "True", []),
        ("DesiredWithinRange", "False", []),
    ],
)
def test_an_autoscaler_that_wants_more_than_it_may_is_told(reason: str, status: str, expected: list[str]) -> None:
    words = "the desired replica count is more than the maximum replica count"
    one = scaler("half")
    limited: JsonObject = {"type": "ScalingLimited", "status": status, "reason": reason, "message": words}
    evidence = seen(plain=(one,))
    live: JsonObject = {**one, "spec": {"maxReplicas": 3}, "status": {"conditions": [limited]}}
    evidence = replace(evidence, snapshot=replace(evidence.snapshot, scaler=live))

    assert codes_of(evidence) == expected
    if expected:
        found = only(evidence, "autoscaler-limited")
        assert "all the 3 pods" in found.cause
        assert found.evidence == (words,)
