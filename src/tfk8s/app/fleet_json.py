"""The stable JSON form of a fleet and of what is wrong with it."""

from __future__ import annotations

from tfk8s.app.fleet_report import error_of
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.rollout.fleet import Fleet, FleetFinding, ModelOnPod, PodReport


def config_json(config: ServerConfig | None) -> JsonValue:
    """What the configuration asks for; null when it is not known."""
    if config is None:
        return None
    return [
        {
            "model": model.name,
            "basePath": model.base_path,
            "versions": [*model.versions] if isinstance(model.versions, tuple) else model.versions,
            "labels": dict(sorted(model.labels.items())),
        }
        for model in config.models
    ]


def components_json(fleet: Fleet) -> JsonObject:
    """Configuration and pods by component: `model-server`, and `canary` when there is one."""
    return {
        component: {"configured": config_json(part.config), "pods": [pod_json(pod) for pod in part.pods]}
        for component, part in fleet.parts()
    }


def pod_json(pod: PodReport) -> JsonObject:
    """One pod with its models; `problem` is "" when its server answered."""
    return {
        "name": pod.name,
        "ready": pod.ready,
        "leaving": pod.leaving,
        "new": pod.is_new,
        "configuration": pod.configuration.value,
        "problem": pod.problem,
        "models": [model_json(model) for model in pod.models],
    }


def model_json(model: ModelOnPod) -> JsonObject:
    """One model on one pod; a label that is not answered is null, and `labelTroubles` says why."""
    return {
        "model": model.model,
        "problem": model.problem,
        "versions": [
            {"version": state.number, "state": state.state.value, "error": error_of(state)} for state in model.versions
        ],
        "labels": labels_json(model),
        "labelTroubles": {label: trouble.value for label, trouble in sorted(model.troubles.items())},
    }


def labels_json(model: ModelOnPod) -> JsonObject:
    """The version that each label resolves to; null when it is not answered."""
    return dict(sorted(model.labels.items()))


def finding_json(finding: FleetFinding) -> JsonObject:
    """One finding; `passing` is true for what ends by itself when all goes well."""
    return {
        "code": finding.code,
        "place": finding.place,
        "model": finding.model or None,
        "version": finding.version,
        "label": finding.label or None,
        "symptom": finding.symptom,
        "cause": finding.cause,
        "remedy": finding.remedy,
        "passing": finding.is_passing,
    }
