"""What `versions promote` is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.spec import ServiceSpec

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteRequest:
    """What is wanted.

    Attributes:
        action: as the journal calls it.
        label: the label to move.
        number: the version that it is to lead to.
        spec: the service, in its environment.
        base: the folder that the spec's paths start from.
        file: the spec file; None for one that came from a stream.
        environment: of the spec, None for none.
        model: which of several models.
        unload: whether to unload the version that the label led to.
        write: whether to write the spec.
        infos: what is known of models by name, in place of looking at their directories.
        timeout_s: for all pods together.
        ends_canary: whether a canary asks, which has passed or is to be judged.
    """

    action: str = "promote"
    label: str
    number: int
    spec: ServiceSpec
    base: Path
    file: Path | None = None
    environment: str | None = None
    model: str | None = None
    unload: bool = False
    write: bool = True
    infos: Mapping[str, ModelInfo]
    timeout_s: float = 900.0
    ends_canary: bool = False
