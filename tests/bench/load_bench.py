"""The sender of `tfk8s bench` against vegeta (REST) and ghz (gRPC): 500 requests a second on loopback, in turn.

Run `python -m tests.bench.load_bench`, or `make bench` for it and the others. Exit code 1 when a target is missed. All
ask one small server that answers at once, in a process of its own, so that the client is what is measured. Theirs time
an answer from when they sent its request; ours from when it was due.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.modelserver.running import tied
from tests.testbed import gobuild
from tests.testbed.gomodules import load_modules
from tests.testbed.layout import layout
from tests.testbed.process import exclusive, run
from tfk8s.load import Phase, schedule, step_of
from tfk8s.ports import Endpoint, Transport
from tfk8s.ports.load import LoadLimits, LoadRequest
from tfk8s.serving.grpc_client import PREDICT_METHOD
from tfk8s.serving.load import LoadClients

RATE: Final = 500
SECONDS: Final = 10
ROUNDS: Final = 5
MOST_OFF: Final = 0.01
MOST_APART_MS: Final = 0.3
CONNECTIONS: Final = 8
_BUILD_LOCK_S: Final = 2400.0
_REST_PATH: Final = "/v1/models/m:predict"
_REST_BODY: Final = b'{"instances": [1.0]}'
_PROTO: Final = """\
syntax = "proto3";
package tensorflow.serving;
message Anything {}
service PredictionService { rpc Predict(Anything) returns (Anything); }
"""


class Figures(NamedTuple):
    """What a tool tells of one run: requests a second that were sent and answered, and times in milliseconds."""

    sent_rps: float
    p50_ms: float
    p99_ms: float
    failed: int


def main() -> int:
    """Measure both protocols, print the figures, and say whether the targets are met."""
    _ensure_programs()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        return max(
            _compared("rest", "vegeta", lambda port: _vegeta(port, folder=folder)),
            _compared("grpc", "ghz", lambda port: _ghz(port, folder=folder)),
        )


def _compared(transport: Transport, name: str, theirs: Callable[[int], Figures]) -> int:
    with _server(transport) as port:
        _ours(port, transport)  # caches, connections, modules
        pairs = [(theirs(port), _ours(port, transport)) for _ in range(ROUNDS)]
    others, ours = _middle([pair[0] for pair in pairs]), _middle([pair[1] for pair in pairs])
    sys.stdout.write(f"{transport}, {RATE} requests/s for {SECONDS} s, medians of {ROUNDS} runs in turn\n")
    sys.stdout.write(f"{_line('tfk8s bench', ours)}\n{_line(name, others)}\n")
    off, apart_ms = abs(ours.sent_rps / RATE - 1), abs(ours.p50_ms - others.p50_ms)
    return max(
        _verdict(f"no request failed: {ours.failed}", is_met=ours.failed == 0),
        _verdict(f"rate off by {off:.3%}, at most {MOST_OFF:.0%}", is_met=off <= MOST_OFF),
        _verdict(f"medians {apart_ms:.3f} ms apart, at most {MOST_APART_MS} ms", is_met=apart_ms <= MOST_APART_MS),
    )


def _ours(port: int, transport: Transport) -> Figures:
    requests = {
        "rest": LoadRequest(transport="rest", path=_REST_PATH, body=_REST_BODY),
        "grpc": LoadRequest(transport="grpc", path=PREDICT_METHOD, body=b""),
    }
    endpoint = Endpoint(transport=transport, host="127.0.0.1", port=port, how="bench")
    limits = LoadLimits(connections=512, channels=CONNECTIONS)  # theirs have no bound that matters
    due = schedule([Phase(rps=RATE, seconds=SECONDS)])
    with LoadClients().connect(endpoint, limits=limits) as sender:
        outcomes = sender.send([requests[transport]], schedule=due)
    step = step_of(outcomes, rps=RATE, seconds=SECONDS)
    assert step.latencies is not None, step.errors
    span_s = outcomes[-1].sent_s - outcomes[0].sent_s
    return Figures((step.sent - 1) / span_s, step.latencies.p50_s * 1000, step.latencies.p99_s * 1000, step.failed)


def _vegeta(port: int, *, folder: Path) -> Figures:
    body, targets, results = folder / "body.json", folder / "targets", folder / "results"
    body.write_bytes(_REST_BODY)
    targets.write_text(f"POST http://127.0.0.1:{port}{_REST_PATH}\nContent-Type: application/json\n@{body}\n")
    rate = [f"-rate={RATE}", f"-duration={SECONDS}s", f"-targets={targets}", f"-output={results}"]
    run([_program("vegeta"), "attack", *rate], timeout_s=60)
    report = json.loads(run([_program("vegeta"), "report", "-type=json", results], timeout_s=60))
    failed = report["requests"] - report["status_codes"].get("200", 0)
    nanoseconds = report["latencies"]
    return Figures(report["rate"], nanoseconds["50th"] / 1e6, nanoseconds["99th"] / 1e6, failed)


def _ghz(port: int, *, folder: Path) -> Figures:
    proto = folder / "prediction.proto"
    proto.write_text(_PROTO)
    call = ["--insecure", f"--proto={proto}", "--call=tensorflow.serving.PredictionService/Predict", "--data={}"]
    rate = [f"--rps={RATE}", f"--duration={SECONDS}s", "--async", "--concurrency=64", f"--connections={CONNECTIONS}"]
    # The last requests are cut off with the duration unless it waits for them.
    wait = ["--duration-stop=wait", "--format=json"]
    report = json.loads(run([_program("ghz"), *call, *rate, *wait, f"127.0.0.1:{port}"], timeout_s=60))
    times = {each["percentage"]: each["latency"] / 1e6 for each in report["latencyDistribution"]}
    failed = report["count"] - report["statusCodeDistribution"].get("OK", 0)
    return Figures(report["rps"], times[50], times[99], failed)


@contextmanager
def _server(transport: Transport) -> Iterator[int]:
    command = tied([sys.executable, "-m", "tests.bench.fast_server", transport])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(timeout=10)


def _ensure_programs() -> None:
    where = layout()
    if gobuild.missing(load_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(load_modules(), layout=where)
            gobuild.drop_caches_when_done(where)


def _program(name: str) -> Path:
    return gobuild.find_program(load_modules(), name, layout=layout())


def _middle(runs: Sequence[Figures]) -> Figures:
    """Of each figure by itself; failures of all runs together."""
    rates, p50s, p99s, failed = zip(*runs, strict=True)
    return Figures(statistics.median(rates), statistics.median(p50s), statistics.median(p99s), sum(failed))


def _line(name: str, figures: Figures) -> str:
    return (
        f"  {name:<12} {figures.sent_rps:7.2f} requests/s  p50 {figures.p50_ms:6.3f} ms  p99 {figures.p99_ms:7.3f} ms"
        f"  failed {figures.failed}"
    )


def _verdict(claim: str, *, is_met: bool) -> int:
    sys.stdout.write(f"  {'met' if is_met else 'MISSED'}: {claim}\n")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
