"""Fleets as values, for tests of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tfk8s.manifest.server_config import ModelConfig, ServerConfig, VersionPolicy
from tfk8s.rollout.fleet import Configuration, Fleet, FleetFinding, LabelTrouble, ModelOnPod, PodReport
from tfk8s.rollout.states import ServingState, VersionState

MODEL = "resnet"


def state(number: int, name: ServingState = ServingState.AVAILABLE, *, error: str = "") -> VersionState:
    """One version; with an `error` it is one whose load failed."""
    if error:
        return VersionState(number=number, state=ServingState.END, error_code="NOT_FOUND", error_message=error)
    return VersionState(number=number, state=name)


def config(versions: VersionPolicy = (1, 2), **labels: int) -> ServerConfig:
    """A configuration of one model."""
    return ServerConfig(models=(ModelConfig(name=MODEL, base_path="/models/resnet", versions=versions, labels=labels),))


def pod(
    name: str,
    *states: VersionState,
    labels: Mapping[str, int | None] | None = None,
    troubles: Mapping[str, LabelTrouble] | None = None,
    **fields: Any,
) -> PodReport:
    """A ready pod of the current template that serves one model with the current configuration."""
    model = ModelOnPod(model=MODEL, versions=states, labels=labels or {}, troubles=troubles or {})
    usual = PodReport(
        name=name,
        uid=f"uid-{name}",
        ready=True,
        leaving=False,
        is_new=True,
        models=(model,),
        configuration=Configuration.CURRENT,
    )
    return replace(usual, **fields)


def fleet(*pods: PodReport, served: ServerConfig | None = None, **others: ServerConfig | None) -> Fleet:
    """Pods under a configuration."""
    return Fleet(pods=pods, config=served, others=others)


def codes(findings: tuple[FleetFinding, ...]) -> list[tuple[str, str]]:
    """Where, and which rule."""
    return [(finding.place, finding.code) for finding in findings]
