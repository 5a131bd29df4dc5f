"""Autoscalers beside one another, and one that may make no more pods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import condition_of, text_at
from tfk8s.manifest.scalers import AUTOSCALER, SCALED_OBJECT, Target, bounds_of, is_of_keda, target_of
from tfk8s.manifest.snapshot import name_of

AMBIGUOUS = "AmbiguousSelector"
"""Since Kubernetes 1.26 neither of two autoscalers acts on pods that both count."""

_TOO_MANY = "TooManyReplicas"
_SHORT = {AUTOSCALER: "hpa", SCALED_OBJECT: "scaledobject"}


def find_in_scalers(evidence: Evidence) -> Iterator[Finding]:
    """Everything of this page."""
    yield from _rivals(evidence)
    if evidence.snapshot.scaler is not None:
        yield from _at_its_end(evidence.snapshot.scaler, evidence=evidence)


def _at_its_end(scaler: JsonObject, *, evidence: Evidence) -> Iterator[Finding]:
    limited = condition_of(scaler, "ScalingLimited")
    if text_at(limited, "status") != "True" or text_at(limited, "reason") != _TOO_MANY:
        return
    most = bounds_of(scaler)[1]
    yield found(
        "autoscaler-limited",
        place=f"{AUTOSCALER}/{name_of(scaler)}",
        cause=f"it has made all the {most} pods that it may make, and its metric asks for more",
        fix="raise scaling.max, or find what makes each request dear; `tfk8s autoscale recommend` works the number out",
        evidence=(text_at(limited, "message"),),
        command=f"kubectl -n {evidence.namespace} describe hpa {name_of(scaler)}",
    )


def _rivals(evidence: Evidence) -> Iterator[Finding]:
    """Autoscalers that aim at the Deployment, where there is more than one; KEDA and what it made are one."""
    name = name_of(evidence.snapshot.deployment or {})
    wanted = Target(kind="Deployment", name=name)
    plain = [(AUTOSCALER, each) for each in evidence.of("scalers") if not is_of_keda(each)]
    scaled = [(SCALED_OBJECT, each) for each in evidence.of("scaledObjects")]
    rivals = [(kind, each) for kind, each in (*plain, *scaled) if target_of({**each, "kind": kind}) == wanted]
    if len(rivals) < 2:
        return
    kind, last = rivals[-1]
    yield found(
        "two-autoscalers",
        place=f"Deployment/{name}",
        cause=" and ".join(f"{kind}/{name_of(each)}" for kind, each in rivals) + " both set its replicas",
        fix="keep one of them, and delete the other",
        evidence=_said([each for _, each in rivals]),
        command=f"kubectl -n {evidence.namespace} delete {_SHORT[kind]} {name_of(last)}",
    )


def _said(rivals: Sequence[JsonObject]) -> tuple[str, ...]:
    """The controller's own words, which name both; without them the objects say what they aim at."""
    active = next((condition_of(each, "ScalingActive") for each in rivals), {})
    if text_at(active, "reason") == AMBIGUOUS:
        return (text_at(active, "message"),)
    return tuple(f"{name_of(each)}: spec.scaleTargetRef names {target_of(each).name}" for each in rivals)
