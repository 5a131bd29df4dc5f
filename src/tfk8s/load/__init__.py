"""Load on a service as pure functions: when requests are sent, what answers tell, and the rate that is sustained."""

from __future__ import annotations

from tfk8s.load.measured import Bench, Errors, Knee, Latencies, Objective, ServerSide, Step

__all__ = ["Bench", "Errors", "Knee", "Latencies", "Objective", "ServerSide", "Step"]
