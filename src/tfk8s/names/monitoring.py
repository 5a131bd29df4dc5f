"""What rules of a service record and tell, and what the model server calls the metrics that they look at."""

from __future__ import annotations

from typing import Final

LOAD_ATTEMPTS: Final = ":tensorflow:cc:saved_model:load_attempt_count"
"""A counter by `model_path`, which ends with the version, and `status`."""
LOAD_SUCCESS: Final = "success"
LOAD_LATENCY: Final = ":tensorflow:cc:saved_model:load_latency"
"""A counter of microseconds by `model_path`."""
QUEUING_LATENCY: Final = ":tensorflow:serving:batching_session:queuing_latency"
"""A histogram, in microseconds; where requests are computed together."""

CALLERS_STATUSES: Final = ("INVALID_ARGUMENT", "NOT_FOUND")
"""What fails so is wrong itself: a body that fits no signature, a model or a version that there is not."""

REQUESTS: Final = "tfk8s:serving_requests:rate5m"
ERRORS: Final = "tfk8s:serving_errors:ratio_rate"
"""Of all predictions that were not wrong themselves, the part that failed; a window stands behind the name."""
SLOW: Final = "tfk8s:serving_slow:ratio_rate"
"""Of all predictions that were answered, the part that took longer than the objective."""

BUCKET_LEAST_US: Final = 10
BUCKET_GROWTH: Final = 1.8
BUCKETS: Final = 33
"""Finite ones of the server's histograms; each is so many times the last one, in microseconds."""
