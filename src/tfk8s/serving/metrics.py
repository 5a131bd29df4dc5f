"""What a model server counted, from its own metrics: failed predictions, and latencies of those that were answered.

What is a prediction, and what is an error of one (TensorFlow Serving 2.5 to 2.20, REST and gRPC together):

- `:tensorflow:serving:request_latency{model_name, API, entrypoint}` is recorded for success alone. `API` is the call
  (predict, classify, regress); it is empty for GETs over REST, that is, for probes and for questions about status and
  metadata. A prediction that was answered is therefore one that is counted there with another `API` than "".
- `:tensorflow:serving:request_count{model_name, status}` counts every REST request, GETs and failed ones too, and the
  predictions over gRPC. Its OK says nothing of predictions, because probes are in it. Whatever is counted there with
  another status than OK, under the name of a model that is served, is taken for an error of a prediction.

The second is too much by GETs that failed: a probe of a pod that does not serve its version, or a client's question
about a version that is not there. The server does not tell them apart. A pod whose probe fails is not ready and gets no
requests, so a comparison must look at ready pods, and judge one that is not by that. Errors that clients cause (a body
that does not fit: INVALID_ARGUMENT) are counted: a version with another signature refuses what the last one took. What
clients do wrong all the time, they do to all pods alike.

MultiInference over gRPC is counted in neither. Names that are not served are left out: anybody may ask for any.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from tfk8s.errors import PredictionError
from tfk8s.names.metrics import OK_STATUS, REQUEST_COUNT, REQUEST_LATENCY
from tfk8s.ports import Endpoint
from tfk8s.rollout.traffic import Traffic
from tfk8s.serving.connect import Timeouts
from tfk8s.serving.exposition import MetricSample, read_samples


class PrometheusMetrics:
    """The real `ports.MetricsReader`."""

    def __init__(self, *, timeouts: Timeouts | None = None, ca_file: Path | None = None) -> None:
        """Nothing is sent before the first call."""
        self._timeouts = timeouts or Timeouts(connect_s=5.0, total_s=10.0)
        self._ca_file = ca_file

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        """See ports.MetricsReader."""
        from tfk8s.serving.rest import RestModelServer

        server = RestModelServer(endpoint, timeouts=self._timeouts, ca_file=self._ca_file)
        try:
            return traffic_of(server.page(path), model=model)
        finally:
            server.close()


def traffic_of(page: str, *, model: str) -> Traffic:
    """Read one model's predictions out of a page of metrics, as counted since the server's start.

    Args:
        page: Prometheus' text format; a server that has not been asked yet has no sample of the model.
        model: its name in the URL.

    Raises:
        PredictionError: the page cannot be read, or its histogram is none.
    """
    errors: dict[str, int] = {}
    series: dict[tuple[tuple[str, str], ...], dict[float, int]] = {}
    for sample in read_samples(page):
        if sample.labels.get("model_name") != model:
            continue
        if sample.name == REQUEST_COUNT and sample.labels.get("status", OK_STATUS) != OK_STATUS:
            status = sample.labels["status"]
            errors[status] = errors.get(status, 0) + _count(sample)
        elif sample.name == f"{REQUEST_LATENCY}_bucket" and sample.labels.get("API"):
            key = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
            series.setdefault(key, {})[_bound(sample)] = _count(sample)
    latencies: dict[float, int] = {}
    for cumulative in series.values():
        for bound, count in _apart(cumulative).items():
            latencies[bound] = latencies.get(bound, 0) + count
    return Traffic(
        latencies={bound: count for bound, count in sorted(latencies.items()) if count},
        errors={status: count for status, count in sorted(errors.items()) if count},
    )


def _apart(cumulative: Mapping[float, int]) -> dict[float, int]:
    """Counts of single buckets from those of all up to a bound."""
    found: dict[float, int] = {}
    below = 0
    for bound, count in sorted(cumulative.items()):
        if count < below:
            raise _no_histogram(f"bucket {bound:g} holds less than the one below it")
        found[bound] = count - below
        below = count
    if math.inf not in found:
        raise _no_histogram("the bucket +Inf is missing")
    return found


def _bound(sample: MetricSample) -> float:
    try:
        return float(sample.labels["le"])
    except (KeyError, ValueError) as error:
        raise _no_histogram(f"a bucket has no bound: {sample.labels}") from error


def _count(sample: MetricSample) -> int:
    if not math.isfinite(sample.value) or sample.value < 0 or sample.value != int(sample.value):
        raise _no_histogram(f"{sample.name} is {sample.value}, which counts nothing")
    return int(sample.value)


def _no_histogram(why: str) -> PredictionError:
    return PredictionError(
        f"the metrics of the server cannot be used: {why}",
        hint="compare /monitoring/prometheus/metrics of the pod with that of another one",
    )
