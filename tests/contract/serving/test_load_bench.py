"""A whole measurement of a model server: bodies made from its signatures, and what it counted itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.serving.conftest import RunningServer
from tfk8s.app.bench import BenchWorld, open_bench
from tfk8s.app.bench_plan import BenchOptions, Bounds
from tfk8s.app.predict import PredictOptions
from tfk8s.errors import INTERRUPTED, OBJECTIVE_MISSED, InputError
from tfk8s.load import Bench, Objective, bench_of_json
from tfk8s.ports import Event, Note, Transport
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
        if isinstance(event, Note) and event.message.startswith("step 2"):
            threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()


def test_ctrl_c_leaves_the_steps_that_are_over(running_server: RunningServer, transport: Transport) -> None:
    options = BenchOptions(asked=PredictOptions(model="half_plus"), rates=(20.0, 2.0), seconds=3.0, arrivals="fixed")
    pressing = replace(world(running_server, transport), reporter=_CtrlC())

    with open_bench(options, world=pressing) as prepared:
        bench = prepared.measure()

    assert bench.ended == "interrupted"
    assert [step.asked_rps for step in bench.steps] == [20.0]


def _command(server: RunningServer, *arguments: str) -> list[str]:
    address = ("--address", f"127.0.0.1:{server.rest_port}", "--model", "half_plus")
    return [sys.executable, "-m", "tfk8s", "bench", *address, *arguments]


def test_the_command_writes_figures_that_are_read_back(running_server: RunningServer, tmp_path: Path) -> None:
    saved, page = tmp_path / "bench.json", tmp_path / "bench.html"
    words = ("--rate", "20", "--duration", "2s", "--arrivals", "fixed", "--save", str(saved), "--html", str(page))

    done = subprocess.run(_command(running_server, *words, "-o", "json"), capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert f"load on 127.0.0.1:{running_server.rest_port} at http://127.0.0.1" in done.stderr
    bench = bench_of_json(json.loads(saved.read_text()))
    assert bench == bench_of_json(json.loads(done.stdout))
    assert (bench.steps[0].sent, bench.steps[0].answered, bench.connections) == (40, 40, 64)
    assert "half_plus" in page.read_text()


def test_ctrl_c_ends_the_command_with_the_table_of_what_was_measured(running_server: RunningServer) -> None:
    command = _command(running_server, "--rate", "20", "--rate", "1", "--duration", "6s", "--timeout", "60")
    with subprocess.Popen(
        [*command, "--requests", "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        assert any(line.startswith("step 2: 1 requests/s for") for line in child.stderr)
        child.send_signal(signal.SIGINT)
        table, _ = child.communicate(timeout=60)

    assert child.returncode == INTERRUPTED
    assert [line.split()[0] for line in table.splitlines()[1:2]] == ["20"]
    assert "interrupted" in table


def test_an_objective_that_is_not_kept_has_an_exit_code_of_its_own(running_server: RunningServer) -> None:
    words = ("--rate", "20", "--duration", "1s", "--objective", "p50=0.001ms")

    done = subprocess.run(_command(running_server, *words), capture_output=True, text=True, timeout=60)

    assert done.returncode == OBJECTIVE_MISSED, done.stderr
    assert "broken" in done.stdout or "does not count" in done.stdout
