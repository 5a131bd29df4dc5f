"""What the server's metrics are called where something records them for an autoscaler, or an adapter names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RECORDED: Final[Mapping[str, str]] = {
    "requestsPerSecond": "tfk8s_requests_per_second",
    "inFlight": "tfk8s_in_flight",
    "latencyMilliseconds": "tfk8s_latency_milliseconds",
}
"""By the metric's key in the spec."""

TRIGGERS: Final[Mapping[str, str]] = {
    "requestsPerSecond": "requests-per-second",
    "inFlight": "in-flight",
    "latencyMilliseconds": "latency-milliseconds",
}
"""What the triggers of a ScaledObject are called, by the same key."""

WAKE_TRIGGER: Final = "wake"
EXTERNAL_TRIGGER: Final = "external-"
"""Before the name of a metric from outside."""

GOOGLE_PREFIX: Final = "prometheus.googleapis.com|"
GOOGLE_SUFFIX: Final = "|gauge"
"""Around the name of what Google's managed Prometheus recorded, for Google's adapter."""
