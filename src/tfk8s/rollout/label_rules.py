"""Rules about the labels of one model on one pod: where each should point, and where it does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tfk8s.rollout.reports import Configuration, FleetFinding, LabelTrouble, ModelOnPod, PodReport
from tfk8s.rollout.version_rules import OLD_REVISION, OLDER_CONFIGURATION, ModelView

_OTHER_CONFIGURATION = (
    "its server was told another configuration than the ConfigMap has, or refused it: a label moves only to a version "
    "that is available"
)


def label_findings(on_pod: ModelOnPod, *, pod: PodReport, view: ModelView) -> Iterator[FleetFinding]:
    """What is wrong with the labels of one model on one pod; without a configuration nothing is known of labels."""
    labels = view.config.labels if view.config is not None else {}
    for label, number in sorted(labels.items()):
        found = on_pod.labels.get(label)
        if found == number:
            continue
        made = partial(FleetFinding, place=f"Pod/{pod.name}", model=view.model, version=number, label=label)
        cause, remedy = _why_elsewhere(pod, label=label, number=number)
        if found is not None:
            yield made(
                code="label-elsewhere",
                symptom=f"label {label} of {view.model} points to version {found}, and should to {number}",
                cause=cause,
                remedy=remedy,
                is_passing=not pod.is_new,
            )
            continue
        match on_pod.troubles.get(label, LabelTrouble.UNKNOWN):
            case LabelTrouble.NOT_LOADED:
                yield _unserved(label, number, on_pod=on_pod, pod=pod, view=view)
            case LabelTrouble.UNKNOWN:
                yield made(
                    code="label-unknown",
                    symptom=f"its server knows no label {label} of {view.model}: requests to it are refused (400)",
                    cause=cause,
                    remedy=remedy,
                    is_passing=not pod.is_new,
                )
            case LabelTrouble.NOT_READY:
                yield made(
                    code="labels-not-ready",
                    symptom=f"label {label} of {view.model} is not answered yet (503)",
                    cause="its server has not read its labels so far",
                    remedy=f"wait a moment; if it stays so, `{pod.deletion}`",
                    is_passing=True,
                )


def _unserved(label: str, number: int, *, on_pod: ModelOnPod, pod: PodReport, view: ModelView) -> FleetFinding:
    """A label whose version is not loaded; the version itself says why, when it is the one that is meant."""
    state = on_pod.version(number)
    passing = not pod.is_new
    served = ", ".join(map(str, sorted(on_pod.available))) or "none"
    remedy = f"make version {number} available, or `tfk8s versions promote {label}` to one that is served: {served}"
    if state is not None and state.is_available:
        cause, remedy = _why_elsewhere(pod, label=label, number=number)
        cause = f"its server's label points to another version than {number}, which is not loaded: {cause}"
    elif state is not None and state.has_failed:
        cause = f"version {number} could not be loaded ({state.error_code}: {state.error_message})"
    elif state is not None and state.is_coming:
        cause, remedy, passing = f"version {number} is still loading", "wait until it is available", True
    elif state is not None:
        cause = f"version {number} is no longer loaded (state {state.state.value})"
    else:
        cause = f"its server has never seen version {number}"
    return FleetFinding(
        code="label-unserved",
        place=f"Pod/{pod.name}",
        symptom=f"label {label} of {view.model} points to a version that is not served: requests to it fail (404)",
        cause=cause,
        remedy=remedy,
        model=view.model,
        version=number,
        label=label,
        is_passing=passing,
    )


def _why_elsewhere(pod: PodReport, *, label: str, number: int) -> tuple[str, str]:
    if not pod.is_new:
        return OLD_REVISION
    if pod.configuration is Configuration.OLDER:
        return OLDER_CONFIGURATION
    return _OTHER_CONFIGURATION, f"`tfk8s versions promote {label} {number}` tells the servers where it is not so"
