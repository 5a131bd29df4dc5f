"""What the whole of `scaling` may say."""

from __future__ import annotations

import json

from tests.unit.spec.invalid import HEAD
from tfk8s.spec import (
    Autoscaled,
    Behavior,
    CpuMetric,
    ExternalMetric,
    ExternalSource,
    LatencyMetric,
    MetricSource,
    PacePolicy,
    PaceSpec,
    RequestsMetric,
    ScheduleSpec,
    WakeSpec,
    load_spec,
    parse_quantity,
)

WHOLE = """\
scaling:
  min: 0
  max: 10
  metrics:
  - {requestsPerSecond: 0.5}
  - {latencyMilliseconds: 200, percentile: 99}
  - {external: {name: queue, query: sum(queue_length), averageValue: 30}}
  - {cpu: 60}
  source: {kind: keda, server: "http://prometheus.monitoring:9090"}
  wake: {query: " sum(rate(gateway_requests_total[1m])) ", idleSeconds: 600}
  schedules:
  - {start: "0  8 * * MON-FRI", end: "0 18 * * 1-5", timezone: Europe/Berlin, min: 4}
  behavior:
    scaleUp: {policies: [{pods: 2, seconds: 60}, {percent: 100, seconds: 30}], select: min, tolerancePercent: 5}
    scaleDown: {select: disabled}
"""


def test_all_of_scaling_is_read() -> None:
    spec = load_spec(HEAD + WHOLE)

    assert spec.scaling == Autoscaled(
        min=0,
        max=10,
        metrics=(
            RequestsMetric(requests_per_second=parse_quantity("500m")),
            LatencyMetric(latency_milliseconds=200, percentile=99),
            ExternalMetric(
                external=ExternalSource(name="queue", query="sum(queue_length)", average_value=parse_quantity(30))
            ),
            CpuMetric(cpu=60),
        ),
        source=MetricSource(kind="keda", server="http://prometheus.monitoring:9090"),
        wake=WakeSpec(query="sum(rate(gateway_requests_total[1m]))", idle_seconds=600),
        schedules=(ScheduleSpec(start="0 8 * * MON-FRI", end="0 18 * * 1-5", timezone="Europe/Berlin", min=4),),
        behavior=Behavior(
            scale_up=PaceSpec(
                policies=(PacePolicy(pods=2, seconds=60), PacePolicy(percent=100, seconds=30)),
                select="min",
                tolerance_percent=5,
            ),
            scale_down=PaceSpec(select="disabled"),
        ),
    )


def test_what_is_read_is_what_is_written() -> None:
    spec = load_spec(HEAD + WHOLE)

    written = spec.model_dump(mode="json", by_alias=True, exclude_none=True)["scaling"]

    assert load_spec(f"{HEAD}scaling: {json.dumps(written)}") == spec


def test_a_comment_in_a_query_is_left_out_and_a_text_with_its_sign_stays() -> None:
    """Put into another query, it would hide what comes behind it."""
    query = "sum(a{b='#1', c=\"\\\"#\"})  # it's the gateway's (\n  + up # both"
    scaling = {"min": 0, "max": 2, "source": {"kind": "keda", "server": "http://p:9090"}, "wake": {"query": query}}

    found = load_spec(f"{HEAD}scaling: {json.dumps(scaling)}").scaling

    assert isinstance(found, Autoscaled)
    assert found.wake is not None
    assert found.wake.query == 'sum(a{b=\'#1\', c="\\"#"})  \n  + up'


def test_an_external_metric_can_be_what_wakes_a_service() -> None:
    text = "scaling: {min: 0, max: 3, metrics: [{external: {name: queue, selector: {queue: a}, averageValue: 30}}]}\n"

    scaling = load_spec(HEAD + text).scaling

    assert isinstance(scaling, Autoscaled)
    assert scaling.min == 0
