"""Counters and histograms under the real server's names, and the Prometheus page that shows them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BUCKETS: Final = tuple(10 * 1.8**exponent for exponent in range(33))  # microseconds; `+Inf` follows
Labels = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Counter:
    """A number that only grows, per combination of label values."""

    name: str
    labels: Labels
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _values: dict[Labels, int] = field(default_factory=dict)

    def add(self, *values: str, amount: int = 1) -> None:
        """Counts one event, or what it took."""
        with self._lock:
            self._values[values] = self._values.get(values, 0) + amount

    def lines(self) -> list[str]:
        """This metric in the text format."""
        with self._lock:
            points = dict(self._values)
        if not points:
            return []
        return [
            f"# TYPE {self.name} counter",
            *(f"{self.name}{{{_pairs(self.labels, v)}}} {n}" for v, n in points.items()),
        ]


@dataclass(slots=True, kw_only=True)
class Histogram:
    """Durations in microseconds, per combination of label values."""

    name: str
    labels: Labels
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counts: dict[Labels, list[int]] = field(default_factory=dict)
    _sums: dict[Labels, float] = field(default_factory=dict)

    def record(self, microseconds: float, *values: str) -> None:
        """Adds one duration."""
        bucket = next((i for i, limit in enumerate(BUCKETS) if microseconds < limit), len(BUCKETS))
        with self._lock:
            self._counts.setdefault(values, [0] * (len(BUCKETS) + 1))[bucket] += 1
            self._sums[values] = self._sums.get(values, 0.0) + microseconds

    def lines(self) -> list[str]:
        """This metric in the text format."""
        with self._lock:
            points = {values: (list(counts), self._sums[values]) for values, counts in self._counts.items()}
        if not points:
            return []
        lines = [f"# TYPE {self.name} histogram"]
        for values, (counts, total) in points.items():
            lines.extend(self._point(_pairs(self.labels, values), counts, total))
        return lines

    def _point(self, pairs: str, counts: Sequence[int], total: float) -> list[str]:
        lines, cumulative = [], 0
        for limit, count in zip((*(f"{limit:g}" for limit in BUCKETS), "+Inf"), counts, strict=True):
            cumulative += count
            lines.append(f'{self.name}_bucket{{{pairs},le="{limit}"}} {cumulative}')
        return [*lines, f"{self.name}_sum{{{pairs}}} {total:g}", f"{self.name}_count{{{pairs}}} {cumulative}"]


class Metrics:
    """All metrics of one server."""

    def __init__(self) -> None:
        serving = ":tensorflow:serving"
        self.request_count = Counter(name=f"{serving}:request_count", labels=("model_name", "status"))
        self.request_latency = Histogram(name=f"{serving}:request_latency", labels=("model_name", "API", "entrypoint"))
        self.runtime_latency = Histogram(name=f"{serving}:runtime_latency", labels=("model_name", "API", "runtime"))
        self.warm_up_latency = Histogram(name=f"{serving}:model_warmup_latency", labels=("model_path", "status"))
        self.load_attempt_count = Counter(
            name=":tensorflow:cc:saved_model:load_attempt_count", labels=("model_path", "status")
        )

        self.load_latency = Counter(name=":tensorflow:cc:saved_model:load_latency", labels=("model_path",))

    def page(self) -> str:
        """The page at the monitoring path."""
        shown = (
            self.load_attempt_count,
            self.load_latency,
            self.warm_up_latency,
            self.request_count,
            self.request_latency,
            self.runtime_latency,
        )
        return "\n".join(line for metric in shown for line in metric.lines()) + "\n"


def _pairs(names: Labels, values: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
