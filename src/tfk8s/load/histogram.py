"""Latencies in buckets whose width grows with the value, as HdrHistogram has them (hdrhistogram.org).

Whole microseconds: exact below 256, then 128 buckets from each power of two to the next, so that what is told of a
value is its bucket's upper bound, less than 1/128 (0.8 %) too high. Own code: the bucket of a value is one expression,
and the package hdrhistogram keeps an array of all buckets, compiled, for what is a mapping of some hundred here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfk8s.load.measured import Latencies

_MANTISSA_BITS = 8
_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Latencies of one step.

    Attributes:
        counts: By the upper bound of their bucket, in microseconds, rising.
        total_s: Sum of the latencies themselves.
        max_s: The longest itself; 0 without any.
    """

    counts: Mapping[int, int] = field(default_factory=dict)
    total_s: float = 0.0
    max_s: float = 0.0

    @property
    def count(self) -> int:
        """Latencies in all buckets."""
        return sum(self.counts.values())

    def percentile_s(self, percent: float) -> float:
        """The bound below or at which so many percent of the latencies are; never above the longest.

        Raises:
            ValueError: There are none.
        """
        if not self.counts:
            raise ValueError("no latencies")
        rank = max(1, math.ceil(self.count * percent / 100 - 1e-9))
        seen = 0
        for bound, count in self.counts.items():
            seen += count
            if seen >= rank:
                return min(bound / _PER_SECOND, self.max_s)
        return self.max_s

    def latencies(self) -> Latencies | None:
        """The usual percentiles; `None` without any latency."""
        if not self.counts:
            return None
        return Latencies(
            p50_s=self.percentile_s(50),
            p90_s=self.percentile_s(90),
            p95_s=self.percentile_s(95),
            p99_s=self.percentile_s(99),
            p999_s=self.percentile_s(99.9),
            max_s=self.max_s,
            mean_s=self.total_s / self.count,
        )

    def in_seconds(self) -> Mapping[float, int]:
        """The counts by bounds in seconds."""
        return {bound / _PER_SECOND: count for bound, count in self.counts.items()}


def histogram_of(latencies_s: Iterable[float]) -> Histogram:
    """Count latencies; one below zero, from a clock that went back, counts as zero."""
    counts: dict[int, int] = {}
    total_s = max_s = 0.0
    for latency_s in latencies_s:
        bound = bucket_of(max(0, round(latency_s * _PER_SECOND)))
        counts[bound] = counts.get(bound, 0) + 1
        total_s += latency_s
        max_s = max(max_s, latency_s)
    return Histogram(counts=dict(sorted(counts.items())), total_s=total_s, max_s=max_s)


def bucket_of(microseconds: int) -> int:
    """The highest value in the bucket of this one."""
    shift = max(0, microseconds.bit_length() - _MANTISSA_BITS)
    return ((microseconds >> shift) + 1 << shift) - 1
