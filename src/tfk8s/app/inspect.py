"""Look into a model directory and say whether it could be served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model import ModelInfo, read_model, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was read, and the failure to end with when a server could not load it."""

    info: ModelInfo
    failure: InputError | None


def inspect_model(path: Path) -> Inspection:
    """Read `path`; nothing is raised and nothing written, whatever is there."""
    info = read_model(path)
    return Inspection(info=info, failure=None if info.servable else _failure(info))


def _failure(info: ModelInfo) -> InputError:
    errors = info.blocking
    count = f"{len(errors)} findings keep" if len(errors) > 1 else "1 finding keeps"
    name = shown(info.name or info.path)
    what = f"version {info.latest.number} of {name}" if info.latest else name
    return InputError(f"{count} {what} from being served: " + ", ".join(finding.code for finding in errors))
