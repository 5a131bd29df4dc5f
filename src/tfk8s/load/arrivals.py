"""When requests are due: fixed intervals, or the random ones of many users who know nothing of each other."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from typing_extensions import assert_never

Arrivals: TypeAlias = Literal["fixed", "poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A rate, held for a time."""

    rps: float
    seconds: float


def schedule(phases: Sequence[Phase], *, arrivals: Arrivals = "fixed", seed: int = 0) -> Sequence[float]:
    """Times at which requests are due, in seconds from the start, rising.

    Args:
        phases: One after the other; a rate of 0 is a pause.
        arrivals: `fixed` has the same interval between any two, the first at once, and `rps * seconds` requests,
            rounded up; `poisson` has independent intervals around the same mean, so that the number varies too.
        seed: The same seed gives the same times.
    """
    source = random.Random(seed)  # noqa: S311 - times of requests, no secret
    due = array("d")
    start = 0.0
    for phase in phases:
        match arrivals:
            case "fixed":
                due.extend(start + offset for offset in _fixed(phase))
            case "poisson":
                due.extend(start + offset for offset in _poisson(phase, source))
            case _:
                assert_never(arrivals)
        start += phase.seconds
    return due


def _fixed(phase: Phase) -> Iterator[float]:
    if phase.rps <= 0:
        return
    number = 0
    # A division, not a sum: errors of rounding do not add up.
    while (offset := number / phase.rps) < phase.seconds:
        yield offset
        number += 1


def _poisson(phase: Phase, source: random.Random) -> Iterator[float]:
    if phase.rps <= 0:
        return
    offset = source.expovariate(phase.rps)
    while offset < phase.seconds:
        yield offset
        offset += source.expovariate(phase.rps)
