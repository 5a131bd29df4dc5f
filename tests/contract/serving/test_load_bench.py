"""A whole measurement of a model server: bodies made from its signatures, and what it counted itself."""

from __future__ import annotations

import signal
import threading
from contextlib import nullcontext
from dataclasses import replace

import pytest

from tests.contract.serving.conftest import RunningServer
from tfk8s.app.bench import BenchWorld, open_bench
from tfk8s.app.bench_plan import BenchOptions, Bounds
from tfk8s.app.predict import PredictOptions
from tfk8s.errors import InputError
from tfk8s.load import Bench, Objective
from tfk8s.ports import Event, StepStarted, Transport
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.load import LoadClients
from tfk8s.serving.metrics import PrometheusMetrics
from tfk8s.serving.picture import PillowPictures

pytestmark = pytest.mark.contract

METRICS = "/monitoring/prometheus/metrics"


def world(server: RunningServer, transport: Transport) -> BenchWorld:
    return BenchWorld(
        endpoint=nullcontext(server.endpoint(transport)),
        servers=ModelServerClients(),
        senders=LoadClients(),
        pictures=PillowPictures(),
    )


def measured(server: RunningServer, transport: Transport, options: BenchOptions) -> Bench:
    with open_bench(options, world=world(server, transport)) as prepared:
        return prepared.measure()


@pytest.mark.parametrize("model", ["half_plus", "keras_two_inputs"])
def test_a_server_answers_bodies_that_are_made_from_its_signature(
    running_server: RunningServer, transport: Transport, model: str
) -> None:
    options = BenchOptions(asked=PredictOptions(model=model), rates=(20.0,), seconds=1.0, arrivals="fixed")

    bench = measured(running_server, transport, options)

    assert (bench.protocol, bench.ended, bench.model) == (transport, "complete", model)
    assert [(step.sent, step.answered, dict(step.errors)) for step in bench.steps] == [(20, 20, {})]
    assert bench.version is not None


def test_a_server_counts_what_was_sent_and_nothing_is_sent_twice(
    running_server: RunningServer, transport: Transport
) -> None:
    reader, rest = PrometheusMetrics(), running_server.endpoint("rest")
    before = reader.read(rest, path=METRICS, model="half_plus").answered
    options = BenchOptions(asked=PredictOptions(model="half_plus"), rates=(10.0, 20.0), seconds=1.0, arrivals="fixed")

    with open_bench(options, world=world(running_server, transport)) as prepared:
        assert reader.read(rest, path=METRICS, model="half_plus").answered == before  # a plan asks for no prediction
        bench = prepared.measure()

    counted = reader.read(rest, path=METRICS, model="half_plus").answered - before
    warm_up = 3 * 50  # at most: one request, and three seconds of warm-up
    assert sum(step.answered for step in bench.steps) == 30
    assert 30 < counted <= 30 + 1 + warm_up


def test_a_search_ends_within_its_bounds_on_requests(running_server: RunningServer, transport: Transport) -> None:
    options = BenchOptions(
        asked=PredictOptions(model="half_plus"),
        objective=Objective(percentile=95, latency_s=5.0),
        seconds=1.0,
        bounds=Bounds(requests=400, seconds=60.0),
    )
    reader, rest = PrometheusMetrics(), running_server.endpoint("rest")
    before = reader.read(rest, path=METRICS, model="half_plus").answered

    bench = measured(running_server, transport, options)

    assert bench.ended == "bounds"
    assert 0 < reader.read(rest, path=METRICS, model="half_plus").answered - before <= 400


def test_a_signature_without_usual_content_needs_a_request(running_server: RunningServer, transport: Transport) -> None:
    options = BenchOptions(asked=PredictOptions(model="image_bytes"), rates=(1.0,))

    with pytest.raises(InputError, match="no request can be made") as refused:
        measured(running_server, transport, options)

    assert refused.value.hint is not None
    assert "--image" in refused.value.hint


class _CtrlC:
    """Presses Ctrl-C half a second after the second step began."""

    def emit(self, event: Event) -> None:
        if isinstance(event, StepStarted) and event.step.startswith("step 2"):
            threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()


def test_ctrl_c_leaves_the_steps_that_are_over(running_server: RunningServer, transport: Transport) -> None:
    options = BenchOptions(asked=PredictOptions(model="half_plus"), rates=(20.0, 2.0), seconds=3.0, arrivals="fixed")
    pressing = replace(world(running_server, transport), reporter=_CtrlC())

    with open_bench(options, world=pressing) as prepared:
        bench = prepared.measure()

    assert bench.ended == "interrupted"
    assert [step.asked_rps for step in bench.steps] == [20.0]
