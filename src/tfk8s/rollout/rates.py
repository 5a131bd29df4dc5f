"""What servers counted between two looks, as rates and times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from tfk8s.rollout.traffic import Traffic

_GROWTH = 1.8
"""Each bound of the server's buckets is so many times the one below it."""
_MICROSECONDS = 1000
PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Predictions of one model over some seconds.

    Attributes:
        answered_per_s: that were answered.
        failed_per_s: that were not.
        errors_per_s: the same by the name of their gRPC code.
        milliseconds: that so many of a hundred stay below, by `PERCENTILES`; empty when none was answered.
    """

    answered_per_s: float = 0.0
    failed_per_s: float = 0.0
    errors_per_s: Mapping[str, float] = field(default_factory=dict)
    milliseconds: Mapping[int, float] = field(default_factory=dict)


def rates_of(traffic: Traffic, *, seconds: float) -> Rates:
    """Divide what was counted by the time that it took."""
    times = {percent: percentile_ms(traffic.latencies, percent) for percent in PERCENTILES} if traffic.answered else {}
    return Rates(
        answered_per_s=traffic.answered / seconds,
        failed_per_s=traffic.failed / seconds,
        errors_per_s={status: count / seconds for status, count in sorted(traffic.errors.items())},
        milliseconds=times,
    )


def percentile_ms(latencies: Mapping[float, int], percent: float) -> float:
    """The time that so many of a hundred answers stay below, even within a bucket as Prometheus has it.

    Args:
        latencies: counts by the upper bound of their bucket in microseconds; not empty.
        percent: of all.
    """
    wanted, below = percent / 100 * sum(latencies.values()), 0
    highest = max((bound for bound in latencies if math.isfinite(bound)), default=0.0)
    for bound, count in sorted(latencies.items()):
        if count and below + count >= wanted:
            if math.isinf(bound):  # above every bound: no more is known
                return highest / _MICROSECONDS
            lower = bound / _GROWTH
            return (lower + (bound - lower) * (wanted - below) / count) / _MICROSECONDS
        below += count
    return highest / _MICROSECONDS
