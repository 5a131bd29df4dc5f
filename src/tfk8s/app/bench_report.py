"""What a measurement under load tells: a table for the terminal, and a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tfk8s.app.bench_picture import PROTOCOLS, bench_picture, pods_text
from tfk8s.pictures import Report, Section, Table, number_text, to_text

if TYPE_CHECKING:
    from tfk8s.load import Bench, Knee, Latencies, Objective, Step
    from tfk8s.load.measured import Ended

_NOTHING: Final = "–"
_METHOD: Final = (
    "Requests were sent when they were due, whether or not earlier ones had been answered. The time of an answer "
    "counts from when its request was due, so that a slow answer does not hide the wait of those behind it. "
    "Percentiles are of answers alone; failures are counted beside them."
)
_ENDED: Final[dict[Ended, str]] = {
    "complete": "All that was asked for was measured.",
    "interrupted": "It was interrupted; what was measured before is shown.",
    "bounds": "It ended at its bounds on time and requests, before all was measured.",
    "unsteady": "It ended because rates could not be compared: the number of ready pods changed, or steps of one rate "
    "did not count several times in a row.",
    "failing": "It ended because nothing was answered, or no connection could be made any more.",
}


def bench_table(bench: Bench) -> str:
    """Return a line a step for a terminal, in the order in which they ran."""
    return to_text(_table(bench))


def bench_report(bench: Bench) -> Report:
    """Return the page: the knee, the picture, each step, failures by kind, and how it was measured."""
    sections = [
        Section(heading="Latency by rate", blocks=(bench_picture(bench),)),
        Section(heading="Steps", blocks=(_table(bench), *_asides(bench))),
    ]
    failures = _failures(bench)
    if failures.rows:
        sections.append(Section(heading="Failures", blocks=(failures,)))
    sections.append(Section(heading="How it was measured", blocks=(_METHOD, ended_text(bench), *bench.notes)))
    return Report(
        title=f"{bench.model} of {bench.service} under load",
        summary=knee_text(bench),
        facts=tuple(_facts(bench)),
        sections=tuple(sections),
    )


def knee_text(bench: Bench) -> str:
    """Say what one pod sustains."""
    if bench.objective is None:
        return "No objective was given, so there is no knee."
    wanted = _objective_text(bench.objective)
    if bench.knee is None:
        return f"No step that counts kept the objective: {wanted}."
    sustained = f"One pod sustains {_rate(bench.knee.rps_per_pod)} requests a second with {wanted}."
    return f"{sustained} {_beyond_text(bench.knee)}"


def ended_text(bench: Bench) -> str:
    """Say why no further rate was measured."""
    return _ENDED[bench.ended]


def _objective_text(objective: Objective) -> str:
    failed = number_text(objective.error_share * 100)
    return f"p{objective.percentile:g} within {_ms(objective.latency_s)} ms and at most {failed} % failed"


def _beyond_text(knee: Knee) -> str:
    if knee.beyond is None:
        return "No higher rate was tried: the knee may be higher."
    return f"{_rate(knee.beyond.asked_rps)} requests a second to all pods were too many."


def _facts(bench: Bench) -> Iterator[tuple[str, str]]:
    yield "Service", bench.service
    yield "Model", bench.model if bench.version is None else f"{bench.model}, version {bench.version}"
    yield "Reached by", ", ".join(part for part in (PROTOCOLS[bench.protocol], bench.reached) if part)
    yield "Pods", pods_text(bench.pods)
    if bench.cpu_request_cores is not None:
        yield "Each pod requests", f"{number_text(bench.cpu_request_cores)} cores"
    if bench.objective is not None:
        yield "Objective", _objective_text(bench.objective)
    yield "Arrivals", bench.arrivals + (f", seed {bench.seed}" if bench.arrivals == "poisson" else "")
    if bench.connections:
        yield "Connections at most", number_text(bench.connections)
    yield "Started", bench.started_at


def _table(bench: Bench) -> Table:
    columns = dict(_columns(bench))
    cells = [columns[name] for name in columns]
    return Table(
        caption="Steps in the order in which they ran; times in milliseconds",
        head=tuple(columns),
        rows=tuple(tuple(column[place] for column in cells) for place in range(len(bench.steps))),
    )


def _columns(bench: Bench) -> Iterator[tuple[str, list[str]]]:
    steps = bench.steps
    objective = bench.objective
    yield "requests/s", [_rate(step.asked_rps) for step in steps]
    yield "answered/s", [_rate(step.answered_rps) for step in steps]
    yield "p50", _times(steps, lambda latencies: latencies.p50_s)
    yield "p95", _times(steps, lambda latencies: latencies.p95_s)
    yield "p99", _times(steps, lambda latencies: latencies.p99_s)
    yield "p99.9", _times(steps, lambda latencies: latencies.p999_s)
    yield "max", _times(steps, lambda latencies: latencies.max_s)
    if objective is not None and objective.percentile not in (50, 95, 99, 99.9):
        yield f"p{objective.percentile:g}", [_ms(step.objective_s) for step in steps]
    yield "failed", [number_text(step.failed) for step in steps]
    if any(step.server.p50_s is not None for step in steps):
        yield "server p50", [_ms(step.server.p50_s) for step in steps]
        yield "server p99", [_ms(step.server.p99_s) for step in steps]
    if any(step.server.answered is not None for step in steps):
        yield "server answered", [_count(step.server.answered) for step in steps]
    if any(step.server.cpu_cores is not None for step in steps):
        yield "cores/pod", [_cores(step.server.cpu_cores) for step in steps]
    yield "verdict", [_verdict(step, objective) for step in steps]


def _verdict(step: Step, objective: Objective | None) -> str:
    if step.set_aside is not None:
        return "does not count"
    if objective is None:
        return ""
    return "kept" if step.keeps(objective) else "broken"


def _asides(bench: Bench) -> Iterator[str]:
    """One sentence for each step that does not count."""
    for step in bench.steps:
        if step.set_aside is not None:
            yield f"{_rate(step.asked_rps)} requests/s does not count: {step.set_aside}."


def _failures(bench: Bench) -> Table:
    rows = [
        (_rate(step.asked_rps), kind, number_text(count))
        for step in bench.steps
        for kind, count in (*sorted(step.errors.items()), *_unsent(step))
    ]
    return Table(caption="Requests without a prediction", head=("requests/s", "kind", "count"), rows=tuple(rows))


def _unsent(step: Step) -> tuple[tuple[str, int], ...]:
    return (("not sent: every connection was busy", step.unsent),) if step.unsent else ()


def _times(steps: Sequence[Step], value: Callable[[Latencies], float]) -> list[str]:
    return [_ms(None if step.latencies is None else value(step.latencies)) for step in steps]


def _ms(seconds: float | None) -> str:
    return _NOTHING if seconds is None else number_text(float(f"{seconds * 1000:.3g}"))


def _rate(rps: float) -> str:
    return number_text(float(f"{rps:.4g}"))


def _cores(cores: float | None) -> str:
    return _NOTHING if cores is None else number_text(float(f"{cores:.3g}"))


def _count(count: int | None) -> str:
    return _NOTHING if count is None else number_text(count)
