"""Rules about how regions go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec


def rollouts_have_regions(spec: ServiceSpec) -> Iterator[Violation]:
    """A change that goes to one cluster goes from nowhere to nowhere."""
    if spec.rollout is not None and not spec.regions:
        yield Violation(path=("rollout",), message="has no effect without regions")
