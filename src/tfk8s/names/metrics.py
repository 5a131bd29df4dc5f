"""What the model server calls its metrics; `tfk8s.serving.metrics` says what each counts."""

from __future__ import annotations

from typing import Final

REQUEST_COUNT: Final = ":tensorflow:serving:request_count"
REQUEST_LATENCY: Final = ":tensorflow:serving:request_latency"
"""A histogram, in microseconds: with `_bucket`, `_sum` and `_count` behind its name."""

OK_STATUS: Final = "OK"

LATENCY_UNITS: Final = 1_000_000
"""Of `REQUEST_LATENCY` in a second."""
