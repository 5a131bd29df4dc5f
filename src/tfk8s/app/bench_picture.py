"""Latency against rate, as a picture of a measurement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tfk8s.pictures import Mark, Panel, Picture, Place, Series, Style, number_text

if TYPE_CHECKING:
    from tfk8s.load import Bench, Step

PROTOCOLS: Final = {"rest": "REST", "grpc": "gRPC"}


def bench_picture(bench: Bench) -> Picture:
    """Latency with the objective and the knee; answers and failures below, and processor where it is known.

    Steps that do not count are points beside the lines.
    """
    steps = sorted(bench.steps, key=lambda step: step.asked_rps)
    counted = [step for step in steps if step.set_aside is None]
    aside = [step for step in steps if step.set_aside is not None]
    return Picture(
        title=f"{bench.model} of {bench.service}: latency by rate",
        x_label=f"requests a second to {pods_text(bench.pods)}, {PROTOCOLS[bench.protocol]}, {bench.arrivals} arrivals",
        panels=tuple(_panels(bench, counted=counted, aside=aside)),
        places=tuple(_places(bench)),
    )


def pods_text(pods: int) -> str:
    """Name a number of pods."""
    return "1 pod" if pods == 1 else f"{pods} pods together"


def _places(bench: Bench) -> Iterator[Place]:
    if bench.knee is not None:
        rate = bench.knee.at.asked_rps
        yield Place(name=f"knee: {number_text(rate)} requests/s", x=rate)


def _panels(bench: Bench, *, counted: Sequence[Step], aside: Sequence[Step]) -> Iterator[Panel]:
    yield _latency(bench, counted=counted, aside=aside)
    yield Panel(label="answered (requests/s)", series=(_series("answered", counted, lambda step: step.answered_rps),))
    failed = _series("failed", counted, lambda step: step.failed_share * 100)
    share = None if bench.objective is None else bench.objective.error_share * 100
    marks = () if share is None else (Mark(name=f"objective: {number_text(share)} %", y=share),)
    yield Panel(label="failed (%)", series=(failed,), marks=marks)
    if any(step.server.cpu_cores is not None for step in counted):
        cores = bench.cpu_request_cores
        yield Panel(
            label="processor (cores)",
            series=(_series("used by a pod, mean", counted, lambda step: step.server.cpu_cores),),
            marks=() if cores is None else (Mark(name=f"requested: {number_text(cores)}", y=cores),),
        )


def _latency(bench: Bench, *, counted: Sequence[Step], aside: Sequence[Step]) -> Panel:
    series = [_series("p50", counted, _p50)]
    marks: list[Mark] = []
    if bench.objective is not None:
        name, bound = f"p{bench.objective.percentile:g}", bench.objective.latency_s * 1000
        marks.append(Mark(name=f"objective: {name} within {number_text(bound)} ms", y=bound))
        if name not in ("p50", "p99"):
            series.append(_series(name, counted, lambda step: _ms(step.objective_s)))
    series.append(_series("p99", counted, _p99))
    if any(step.server.p50_s is not None for step in counted):
        series.append(_series("p50 of the server itself", counted, lambda step: _ms(step.server.p50_s)))
    if aside:
        series.append(_series("p99, step does not count", aside, _p99, style=Style.POINTS))
    return Panel(label="latency (ms)", series=tuple(series), marks=tuple(marks), is_logarithmic=True)


def _p50(step: Step) -> float | None:
    return None if step.latencies is None else step.latencies.p50_s * 1000


def _p99(step: Step) -> float | None:
    return None if step.latencies is None else step.latencies.p99_s * 1000


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _series(
    name: str, steps: Sequence[Step], value: Callable[[Step], float | None], *, style: Style = Style.LINE
) -> Series:
    return Series(name=name, xs=[step.asked_rps for step in steps], ys=[value(step) for step in steps], style=style)
