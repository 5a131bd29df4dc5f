"""A Bench as plain data and back; the form of `tfk8s bench -o json` and of `--save`.

Keys are the attributes. Steps of the knee are told by their place among the steps. `answered_rps` and `set_aside`
follow from the others: they are written for readers, and not read back.
"""

from __future__ import annotations

from typing import Final, get_args

from tfk8s.load.fields import Fields
from tfk8s.load.measured import Bench, Ended, Knee, Latencies, Objective, ServerSide, Step
from tfk8s.manifest import JsonObject, JsonValue

FORMAT: Final = 1
"""Raised when a reader of the older form would misread the newer one."""

_LATENCIES: Final = ("p50_s", "p90_s", "p95_s", "p99_s", "p999_s", "max_s", "mean_s")
_SERVER: Final = ("answered", "failed", "p50_s", "p99_s", "cpu_cores", "answered_by_pod")
_OBJECTIVE: Final = ("percentile", "latency_s", "error_share")
_KNEE: Final = ("rps_per_pod", "step", "beyond")


def to_json(bench: Bench) -> JsonObject:
    """Write everything, in a stable order of keys."""
    return {
        "format": FORMAT,
        "service": bench.service,
        "model": bench.model,
        "version": bench.version,
        "protocol": bench.protocol,
        "arrivals": bench.arrivals,
        "pods": bench.pods,
        "cpu_request_cores": bench.cpu_request_cores,
        "started_at": bench.started_at,
        "seed": bench.seed,
        "connections": bench.connections,
        "reached": bench.reached,
        "objective": None if bench.objective is None else _objective_json(bench.objective),
        "steps": [_step_json(step) for step in bench.steps],
        "knee": None if bench.knee is None else _knee_json(bench.knee, bench.steps),
        "ended": bench.ended,
        "notes": [*bench.notes],
    }


def bench_of_json(value: JsonValue, *, source: str = "the document") -> Bench:
    """Read back what `to_json` wrote.

    Args:
        value: Parsed JSON.
        source: Names the document in messages, as a file's name does.

    Raises:
        InputError: A key is missing or not known, or a value is of another kind; the text names its path.
    """
    fields = Fields(value, path="", source=source)
    if fields.count("format") != FORMAT:
        fields.refuse("format", f"is {fields.count('format')}, and this version of tfk8s reads {FORMAT}")
    fields.require_known(_BENCH)
    objective = fields.inner_or_none("objective")
    steps = tuple(_step(step) for step in fields.inners("steps"))
    knee = fields.inner_or_none("knee")
    return Bench(
        service=fields.text("service"),
        model=fields.text("model"),
        version=fields.count_or_none("version"),
        protocol=fields.one_of("protocol", ("rest", "grpc")),
        arrivals=fields.one_of("arrivals", ("fixed", "poisson")),
        pods=fields.count("pods"),
        cpu_request_cores=fields.number_or_none("cpu_request_cores"),
        started_at=fields.text("started_at"),
        seed=fields.count("seed"),
        connections=fields.count("connections"),
        reached=fields.text("reached"),
        objective=None if objective is None else _objective(objective),
        steps=steps,
        knee=None if knee is None else _knee(knee, steps),
        ended=fields.one_of("ended", get_args(Ended)),
        notes=fields.texts("notes"),
    )


_BENCH: Final = (
    "format", "service", "model", "version", "protocol", "arrivals", "pods", "cpu_request_cores", "started_at", "seed",
    "connections", "reached", "objective", "steps", "knee", "ended", "notes",
)  # fmt: skip
_STEP: Final = (
    "asked_rps", "answered_rps", "seconds", "sent", "answered", "late", "unsent", "errors", "latencies", "objective_s",
    "kept", "pods_before", "pods_after", "set_aside", "server", "histogram",
)  # fmt: skip


def _objective_json(objective: Objective) -> JsonObject:
    return {
        "percentile": objective.percentile,
        "latency_s": objective.latency_s,
        "error_share": objective.error_share,
    }


def _objective(fields: Fields) -> Objective:
    fields.require_known(_OBJECTIVE)
    percentile, share = fields.number("percentile", above=0), fields.number("error_share")
    if percentile >= 100:
        fields.refuse("percentile", f"is {percentile:g}, not below 100")
    if share > 1:
        fields.refuse("error_share", f"is {share:g}, not a part of 1")
    return Objective(percentile=percentile, latency_s=fields.number("latency_s", above=0), error_share=share)


def _step_json(step: Step) -> JsonObject:
    return {
        "asked_rps": step.asked_rps,
        "answered_rps": round(step.answered_rps, 3),
        "seconds": step.seconds,
        "sent": step.sent,
        "answered": step.answered,
        "late": step.late,
        "unsent": step.unsent,
        "errors": {**step.errors},
        "latencies": None if step.latencies is None else _latencies_json(step.latencies),
        "objective_s": step.objective_s,
        "kept": step.kept,
        "pods_before": step.pods_before,
        "pods_after": step.pods_after,
        "set_aside": step.set_aside,
        "server": _server_json(step.server),
        "histogram": [[bound, count] for bound, count in step.histogram.items()],
    }


def _step(fields: Fields) -> Step:
    fields.require_known(_STEP)
    latencies = fields.inner_or_none("latencies")
    return Step(
        asked_rps=fields.number("asked_rps", above=0),
        seconds=fields.number("seconds", above=0),
        sent=fields.count("sent"),
        answered=fields.count("answered"),
        late=fields.count("late"),
        unsent=fields.count("unsent"),
        errors=fields.counts("errors"),
        latencies=None if latencies is None else _latencies(latencies),
        objective_s=fields.number_or_none("objective_s"),
        kept=fields.flag_or_none("kept"),
        pods_before=fields.count_or_none("pods_before"),
        pods_after=fields.count_or_none("pods_after"),
        server=_server(fields.inner("server")),
        histogram=dict(fields.pairs("histogram")),
    )


def _latencies_json(latencies: Latencies) -> JsonObject:
    return {
        "p50_s": latencies.p50_s,
        "p90_s": latencies.p90_s,
        "p95_s": latencies.p95_s,
        "p99_s": latencies.p99_s,
        "p999_s": latencies.p999_s,
        "max_s": latencies.max_s,
        "mean_s": latencies.mean_s,
    }


def _latencies(fields: Fields) -> Latencies:
    fields.require_known(_LATENCIES)
    return Latencies(**{key: fields.number(key) for key in _LATENCIES})


def _server_json(server: ServerSide) -> JsonObject:
    return {
        "answered": server.answered,
        "failed": server.failed,
        "p50_s": server.p50_s,
        "p99_s": server.p99_s,
        "cpu_cores": server.cpu_cores,
        "answered_by_pod": {**server.answered_by_pod},
    }


def _server(fields: Fields) -> ServerSide:
    fields.require_known(_SERVER)
    return ServerSide(
        answered=fields.count_or_none("answered"),
        failed=fields.count_or_none("failed"),
        p50_s=fields.number_or_none("p50_s"),
        p99_s=fields.number_or_none("p99_s"),
        cpu_cores=fields.number_or_none("cpu_cores"),
        answered_by_pod=fields.counts("answered_by_pod"),
    )


def _knee_json(knee: Knee, steps: tuple[Step, ...]) -> JsonObject:
    return {
        "rps_per_pod": knee.rps_per_pod,
        "step": steps.index(knee.at),
        "beyond": None if knee.beyond is None else steps.index(knee.beyond),
    }


def _knee(fields: Fields, steps: tuple[Step, ...]) -> Knee:
    fields.require_known(_KNEE)
    places = {"step": fields.count("step"), "beyond": fields.count_or_none("beyond")}
    for key, place in places.items():
        if place is not None and place >= len(steps):
            fields.refuse(key, f"is {place}, and there are {len(steps)} steps, counted from 0")
    beyond = places["beyond"]
    return Knee(
        rps_per_pod=fields.number("rps_per_pod", above=0),
        at=steps[fields.count("step")],
        beyond=None if beyond is None else steps[beyond],
    )
