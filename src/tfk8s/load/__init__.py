"""Load on a service as pure functions: when requests are sent, what answers tell, and the rate that is sustained."""

from __future__ import annotations

from tfk8s.load.arrivals import Arrivals, Phase, schedule
from tfk8s.load.histogram import Histogram, histogram_of
from tfk8s.load.json_form import bench_of_json, to_json
from tfk8s.load.measured import Bench, Ended, Errors, Knee, Latencies, Objective, ServerSide, Step
from tfk8s.load.outcome import NO_FREE_CONNECTION, Outcome, step_of
from tfk8s.load.search import Search, knee_of, next_rate

__all__ = [
    "NO_FREE_CONNECTION",
    "Arrivals",
    "Bench",
    "Ended",
    "Errors",
    "Histogram",
    "Knee",
    "Latencies",
    "Objective",
    "Outcome",
    "Phase",
    "Search",
    "ServerSide",
    "Step",
    "bench_of_json",
    "histogram_of",
    "knee_of",
    "next_rate",
    "schedule",
    "step_of",
    "to_json",
]
