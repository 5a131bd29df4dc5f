"""A recommendation as the spec says it, and the spec file with it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.spec_edit import SpecNotEditableError, edited
from tfk8s.autoscale.candidates import CALM_UP, Candidate, MetricName
from tfk8s.autoscale.config import Policy, PolicyKind
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump
from tfk8s.spec import Autoscaled, ServiceSpec, load_spec
from tfk8s.spec.scaling_edit import with_scaling


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecText:
    """The spec with the recommended scaling.

    Attributes:
        file: where it stands.
        before: its text.
        after: with the scaling.
        spec: what that says.
    """

    file: Path
    before: str
    after: str
    spec: ServiceSpec

    @property
    def diff(self) -> str:
        """As `diff -u` writes it; "" when nothing changes."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), str(self.file), str(self.file)
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def scaling_of(candidate: Candidate, *, metric: MetricName) -> JsonObject:
    """The candidate as keys of `scaling`; what is a default is left out."""
    target: JsonValue = int(candidate.target) if candidate.target == int(candidate.target) else candidate.target
    behavior: JsonObject = {"scaleDownWindowSeconds": candidate.window_s}
    if candidate.up != CALM_UP:
        behavior["scaleUp"] = {"policies": [_policy(policy) for policy in candidate.up]}
    return {
        "min": candidate.minimum,
        "max": candidate.maximum,
        "metrics": [{metric: target}],
        "behavior": behavior,
    }


def spec_with(scaling: JsonObject, *, file: Path, environment: str | None) -> SpecText:
    """The spec file with this scaling; nothing is written.

    Raises:
        InputError: it cannot be read, is written in a way that cannot be edited, or would not be valid.
    """
    try:
        after = edited(file, lambda text: with_scaling(text, scaling, environment=environment), by_hand="")
    except SpecNotEditableError as error:
        raise _by_hand(error.message, scaling) from error
    spec = load_spec(after, source=f"{file} with the recommended scaling", environment=environment)
    bounds = (spec.scaling.min, spec.scaling.max) if isinstance(spec.scaling, Autoscaled) else None
    if bounds != (scaling["min"], scaling["max"]):
        raise _by_hand(f"another part of {file} says what scaling is", scaling)
    return SpecText(file=file, before=file.read_bytes().decode(), after=after, spec=spec)


def scaled(spec: ServiceSpec, scaling: JsonObject) -> ServiceSpec:
    """The spec with this scaling, where there is no file to edit.

    Raises:
        InputError: it would not be valid.
    """
    before = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    kept = before.get("scaling") if isinstance(spec.scaling, Autoscaled) else {}
    return load_spec(dump({**before, "scaling": {**(kept or {}), **scaling}}), source="the recommended scaling")


def _by_hand(message: str, scaling: JsonObject) -> SpecNotEditableError:
    lines = dump({"scaling": scaling}).rstrip("\n").split("\n")
    return SpecNotEditableError(message, hint="write it by hand, as follows", details=tuple(lines))


def _policy(policy: Policy) -> JsonObject:
    unit = "percent" if policy.kind is PolicyKind.PERCENT else "pods"
    return {unit: policy.value, "seconds": policy.period_s}
