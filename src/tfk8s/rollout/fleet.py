"""What is wrong between the pods of a service, with cause and remedy. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.rollout.label_rules import label_findings
from tfk8s.rollout.reports import Configuration, Fleet, FleetFinding, LabelTrouble, ModelOnPod, PodReport
from tfk8s.rollout.version_rules import OLD_REVISION, OLDER_CONFIGURATION, ModelView, version_findings

__all__ = [
    "Configuration",
    "Fleet",
    "FleetFinding",
    "LabelTrouble",
    "ModelOnPod",
    "PodReport",
    "fleet_findings",
    "lacking",
]

_LACKS = frozenset({"load-failed", "version-loading", "version-unloaded", "version-absent"})


def fleet_findings(fleet: Fleet, *, before: Fleet | None = None) -> tuple[FleetFinding, ...]:
    """Everything that is not as the configuration says, or not the same on all pods; () for a healthy fleet.

    Each component is judged alone: a canary serves another version by intention. A pod that is being deleted is not
    judged.

    Args:
        fleet: what the pods say now.
        before: what they said a while ago. A version that is unloading now and was then is stuck; without it, the
            version may as well end in a moment.
    """
    return tuple(
        finding
        for component, part in fleet.parts()
        for finding in _part_findings(part, before=None if before is None else before.of(component))
    )


def lacking(fleet: Fleet) -> tuple[str, ...]:
    """Pods that do not serve a version which others of their component serve, one line each."""
    served = {component: {pair for pod in part.asked for pair in pod.available} for component, part in fleet.parts()}
    component = {f"Pod/{pod.name}": pod.component for pod in fleet.pods}
    return tuple(
        f"{finding.place} lacks version {finding.version} of {finding.model}"
        for finding in fleet_findings(fleet)
        if finding.code in _LACKS and (finding.model, finding.version) in served[component[finding.place]]
    )


def _part_findings(fleet: Fleet, *, before: Fleet | None) -> Iterator[FleetFinding]:
    earlier = {pod.uid: pod for pod in before.asked} if before is not None else {}
    for pod in fleet.staying:
        if pod.problem:
            yield _silent(pod)
            continue
        for view in _views(fleet):
            on_pod = pod.model(view.model)
            if on_pod is None or on_pod.problem:
                yield _unknown_model(pod, view=view)
                continue
            then = earlier.get(pod.uid)
            yield from version_findings(on_pod, pod=pod, view=view, before=then.model(view.model) if then else None)
            yield from label_findings(on_pod, pod=pod, view=view)


def _views(fleet: Fleet) -> tuple[ModelView, ...]:
    """What is wanted of each model, and what the pods together serve of it."""
    if fleet.config is not None:
        names = [model.name for model in fleet.config.models]
        configs = {model.name: model for model in fleet.config.models}
    else:
        names = sorted({model.model for pod in fleet.asked for model in pod.models})
        configs = {}
    return tuple(ModelView.of(name, config=configs.get(name), pods=fleet.asked) for name in names)


def _silent(pod: PodReport) -> FleetFinding:
    """One that may not be asked is no failure of the service."""
    remedy = pod.remedy or (
        f"see its log; if its server hangs, `{pod.deletion}`"
        if pod.ready
        else "wait; `tfk8s status` says what keeps a pod that does not come"
    )
    return FleetFinding(
        code="pod-silent",
        place=f"Pod/{pod.name}",
        symptom="its versions are not known",
        cause=pod.problem,
        remedy=remedy,
        is_passing=not pod.ready or bool(pod.remedy),
    )


def _unknown_model(pod: PodReport, *, view: ModelView) -> FleetFinding:
    cause = f"it has seen no directory with a number as its name in {view.base_path or 'the base path of the model'}"
    remedy = "put a whole version there; the server looks again by itself"
    if not pod.is_new:
        cause, remedy = OLD_REVISION
    elif pod.configuration is Configuration.OLDER:
        cause, remedy = OLDER_CONFIGURATION
    return FleetFinding(
        code="model-unknown",
        place=f"Pod/{pod.name}",
        symptom=f"its server does not know the model {view.model}",
        cause=cause,
        remedy=remedy,
        model=view.model,
        is_passing=not pod.is_new,
    )
