"""How long answers take in a simulated service: measured times at a pod's rate, and the queue before them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from tfk8s.autoscale.capacity import LatencyAt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfk8s.autoscale.capacity import Surroundings

_SHARES: Final = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Parts of the answers within the times of `_Times`."""

_PLACES: Final = {50: 1, 90: 2, 95: 3, 99: 4}
_MOMENTS: Final = (0.125, 0.375, 0.625, 0.875)
"""Of a step, at which the queue is looked at."""


def known_percentile(wanted: float) -> int:
    """Return the percentile nearest above that times are known at; the highest where there is none."""
    return next((known for known in _PLACES if known >= wanted), max(_PLACES))


class Served(NamedTuple):
    """One step.

    Attributes:
        arriving: Requests a second that came.
        rate: Requests a second that were answered.
        waiting: Requests that wait at its end.
        first_wait_s: Time that a request waits which comes at its beginning.
        last_wait_s: At its end.
        dropped: Requests refused.
        in_flight: Requests that wait or are answered, on average.
    """

    arriving: float
    rate: float
    waiting: float
    first_wait_s: float
    last_wait_s: float
    dropped: float
    in_flight: float


def serve(rate: float, queue: float, *, ready: int, around: Surroundings, step_s: float) -> Served:
    """Let ready pods answer for one step.

    What comes while nothing waits and pods suffice is answered at once.

    Args:
        rate: Requests a second that come.
        queue: Requests that wait at the beginning.
        ready: Pods.
        around: What one can do.
        step_s: Length of the step.
    """
    full = ready * around.pod_rate
    if not queue and rate <= full and full:
        return Served(rate, rate, 0.0, 0.0, 0.0, 0.0, rate * around.service_s)
    answered = min(full, queue / step_s + rate)
    waiting = queue + (rate - answered) * step_s
    left = max(0.0, min(waiting, full * around.queue_s))
    dropped = max(0.0, waiting - left)
    in_flight = (queue + left) / 2 + answered * around.service_s
    if not full:
        return Served(rate, answered, left, around.queue_s, around.queue_s, dropped, in_flight)
    return Served(rate, answered, left, queue / full, left / full, dropped, in_flight)


class Times:
    """Times of an answer, at any rate of one pod."""

    def __init__(self, around: Surroundings) -> None:
        """Take what was measured, or the one time that is known."""
        self._points = around.latencies or (LatencyAt(0.0, *[around.service_s] * 5),)
        self._rates = [point.rate for point in self._points]
        self._is_plain = not around.latencies
        self._service_s = around.service_s

    def of(self, served: Served, *, ready: int, percentile: int) -> float:
        """Return the time within which so many percent of the answers come, in the middle of a step."""
        waits_s = (served.first_wait_s + served.last_wait_s) / 2
        return (self._service_s if self._is_plain else self.own_s(served, ready=ready, percentile=percentile)) + waits_s

    def own_s(self, served: Served, *, ready: int, percentile: int) -> float:
        """Return the same without the queue."""
        if self._is_plain:
            return self._service_s
        return self._quantiles(served.rate / ready if ready else 0.0)[_PLACES[percentile]]

    def late_share(self, served: Served, *, ready: int, bound_s: float) -> float:
        """Return the part of a step's answers that take longer than a bound."""
        first, last = served.first_wait_s, served.last_wait_s
        if not ready:
            return 1.0
        if self._is_plain:
            if not first and not last:
                return float(bound_s < self._service_s)
            return _share_above(bound_s - self._service_s, low=min(first, last), high=max(first, last))
        times = self._quantiles(served.rate / ready)
        if not first and not last:
            return _tail(times, bound_s)
        waits = [first + (last - first) * moment for moment in _MOMENTS]
        return sum([_tail(times, bound_s - wait_s) for wait_s in waits]) / len(waits)

    def _quantiles(self, rate: float) -> Sequence[float]:
        """Return the times of `_SHARES`, evenly between two measured rates; the lowest and highest hold beyond."""
        points = self._points
        place = bisect_left(self._rates, rate)
        if place == 0:
            return _ends(points[0])
        if place == len(points):
            return _ends(points[-1])
        low, high = points[place - 1], points[place]
        part = (rate - low.rate) / (high.rate - low.rate)
        return [a + (b - a) * part for a, b in zip(_ends(low), _ends(high), strict=True)]


def _ends(point: LatencyAt) -> tuple[float, ...]:
    """Add where the distribution begins and ends: nothing is known of it, so the half and the longest are doubled."""
    return (point.p50_s / 2, *point[1:], point.p999_s * 2)


def _tail(times: Sequence[float], bound_s: float) -> float:
    """Return the part beyond a bound, evenly between known times."""
    if bound_s <= times[0]:
        return 1.0
    if bound_s >= times[-1]:
        return 0.0
    place = bisect_left(times, bound_s)
    low, high = times[place - 1], times[place]
    part = (bound_s - low) / (high - low) if high > low else 1.0
    return 1.0 - (_SHARES[place - 1] + (_SHARES[place] - _SHARES[place - 1]) * part)


def _share_above(bound: float, *, low: float, high: float) -> float:
    """Return the part of a span that lies above a bound."""
    if high <= bound:
        return 0.0
    return 1.0 if low > bound or high == low else (high - bound) / (high - low)
