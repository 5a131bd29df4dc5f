"""The table pod x model x version x state x label x error, and what is wrong, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tfk8s.manifest.ownership import MODEL_SERVER
from tfk8s.manifest.server_config import ModelConfig, ServerConfig
from tfk8s.names.printable import one_line, printable
from tfk8s.rollout.fleet import Fleet, FleetFinding, LabelTrouble, ModelOnPod, PodReport
from tfk8s.rollout.states import VersionState

HEADER = ("POD", "MODEL", "VERSION", "STATE", "LABEL", "ERROR")
_NONE = "-"
_LONGEST_ERROR = 100
"""The whole of it stands in the finding."""

_TROUBLES = {
    LabelTrouble.NOT_LOADED: "points to a version that is not loaded (404)",
    LabelTrouble.UNKNOWN: "the server knows no such label (400)",
    LabelTrouble.NOT_READY: "the server has not read its labels yet (503)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; a cell that says nothing is `-`, an empty error is none."""

    pod: str
    model: str = _NONE
    version: str = _NONE
    state: str = _NONE
    label: str = _NONE
    error: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of the header."""
        return (self.pod, self.model, self.version, self.state, self.label, self.error)


def fleet_rows(fleet: Fleet) -> tuple[Row, ...]:
    """A row a version on a pod, and one for each label that is not answered; pods by name."""
    return tuple(row for pod in fleet.pods for row in _pod_rows(pod))


def table_lines(fleet: Fleet) -> Iterator[str]:
    """The table; pods of another component than the model server stand below, under its name."""
    parts = [(component, fleet_rows(part)) for component, part in fleet.parts()]
    rows = [HEADER, *(row.cells for _, found in parts for row in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]
    yield _aligned(HEADER, widths)
    for component, found in parts:
        if not found:
            yield f"no pods of the {component}"
        elif component != MODEL_SERVER:
            yield f"{component}:"
        shown = ("", "")
        for row in found:
            place = (row.pod, row.model)
            pod, model = ("" if row.pod == shown[0] else row.pod, "" if place == shown else row.model)
            yield _aligned((pod, model, *row.cells[2:]), widths)
            shown = place


def finding_lines(findings: Sequence[FleetFinding]) -> Iterator[str]:
    """What is wrong, with cause and remedy; once for all pods that show the same."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        places.setdefault((finding.symptom, finding.cause, finding.remedy), []).append(finding.place)
    for (symptom, cause, remedy), found in places.items():
        yield f"{', '.join(found)}: {one_line(symptom)}"
        yield f"  cause: {one_line(cause)}"
        yield f"  fix: {one_line(remedy)}"


def config_lines(config: ServerConfig | None) -> Iterator[str]:
    """What the configuration of the pods asks for, a line a model."""
    if config is None:
        yield "configured: unknown, because the pods mount no models.config that tfk8s can read"
        return
    for model in config.models:
        yield f"configured: {printable(model.name)}: {_policy(model)}{_labels(model)}"


def _policy(model: ModelConfig) -> str:
    if isinstance(model.versions, tuple):
        return f"versions {', '.join(map(str, model.versions)) or 'none'}"
    return "the latest version" if model.versions == "latest" else "all versions"


def _labels(model: ModelConfig) -> str:
    pairs = ", ".join(f"{printable(label)}={number}" for label, number in sorted(model.labels.items()))
    return f"; labels {pairs}" if pairs else ""


def _pod_rows(pod: PodReport) -> Iterator[Row]:
    notes = [
        note
        for note, holds in (("leaving", pod.leaving), ("not ready", not pod.ready), ("old revision", not pod.is_new))
        if holds
    ]
    name = pod.name + (f" ({notes[0]})" if notes else "")
    if pod.problem or not pod.models:
        yield Row(pod=name, error=_short(pod.problem) or "it is not known which models to ask for")
    for model in pod.models:
        yield from _model_rows(name, model)


def _model_rows(pod: str, model: ModelOnPod) -> Iterator[Row]:
    if model.problem:
        yield Row(pod=pod, model=printable(model.model), error=_short(model.problem))
    listed = {state.number for state in model.versions}
    for state in model.versions:
        labels = sorted(label for label, number in model.labels.items() if number == state.number)
        yield Row(
            pod=pod,
            model=printable(model.model),
            version=str(state.number),
            state=state.state.value,
            label=printable(", ".join(labels)) or _NONE,
            error=_short(error_of(state)),
        )
    for label, number in sorted(model.labels.items()):
        if number not in listed:
            trouble = model.troubles.get(label)
            why = _TROUBLES[trouble] if trouble is not None else "the server does not list the version"
            version = _NONE if number is None else str(number)
            yield Row(pod=pod, model=printable(model.model), version=version, label=printable(label), error=why)


def error_of(state: VersionState) -> str:
    """Why a version could not be loaded; "" when that has not happened."""
    if not state.has_failed:
        return ""
    return f"{state.error_code}: {state.error_message}" if state.error_message else state.error_code


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST_ERROR else f"{line[: _LONGEST_ERROR - 1]}…"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
    return "  ".join([*padded, cells[-1]]).rstrip()
