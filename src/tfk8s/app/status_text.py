"""A look of `tfk8s status --watch` for people, one screen, and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.app.status import ServiceStatus, as_json
from tfk8s.app.status_looks import Measured, StatusLook, StatusRound
from tfk8s.manifest import JsonObject
from tfk8s.rollout.rates import PERCENTILES, Rates

_SHOWN_FINDINGS = 5


def round_lines(found: StatusRound) -> Iterator[str]:
    """All regions below each other."""
    for look in found.looks:
        yield from look_lines(look)


def look_lines(look: StatusLook) -> Iterator[str]:
    """One region: what it is, then one line for each thing that changes."""
    where = f"{look.region}: " if look.region else ""
    if look.status is None:
        yield f"{where}unknown: {look.problem}"
        return
    status = look.status
    revision = f", release {status.revision}" if status.revision is not None else ""
    yield f"{where}{status.name.name} in {status.name.namespace}: {status.rollout.state.value}{revision}"
    for label, text in (*_traffic(look.measured), *_fleet(status)):
        yield f"  {label:<11}{text}"
    if look.problem:
        yield f"  {look.problem}"
    told = [f"{item.place}: {item.cause}" for item in status.findings]
    yield from (f"  ! {text}" for text in told[:_SHOWN_FINDINGS])
    if len(told) > _SHOWN_FINDINGS:
        yield f"  ! and {len(told) - _SHOWN_FINDINGS} more: tfk8s doctor tells them all"


def _traffic(measured: Measured | None) -> Iterator[tuple[str, str]]:
    if measured is None:
        yield "traffic", "known from the second look on"
        return
    for model, rates in measured.models.items():
        named = f"{model}: " if len(measured.models) > 1 else ""
        yield "traffic", f"{named}{figure(rates.answered_per_s)}/s answered, {figure(rates.failed_per_s)}/s failed"
        yield "latency", named + latency_text(rates)
        yield "errors", named + errors_text(rates)
    for sentence in measured.silent:
        yield "not known", sentence


def latency_text(rates: Rates) -> str:
    """The percentiles on one line."""
    if not rates.milliseconds:
        return "nothing was answered"
    return ", ".join(f"p{percent} {figure(rates.milliseconds[percent])} ms" for percent in PERCENTILES)


def errors_text(rates: Rates) -> str:
    """What failed, by its code."""
    return ", ".join(f"{code} {figure(rate)}/s" for code, rate in rates.errors_per_s.items()) or "none"


def _fleet(status: ServiceStatus) -> Iterator[tuple[str, str]]:
    ready = sum(pod.report.ready for pod in status.pods)
    restarts = sum(pod.restarts for pod in status.pods)
    yield "pods", f"{ready} of {len(status.pods)} ready" + (f", {restarts} restarts" if restarts else "")
    yield "versions", versions_text(status)
    if status.scaler is not None:
        scaler = status.scaler
        bounds = f"{scaler.current} of {scaler.minimum} to {scaler.maximum} pods, {scaler.desired} wanted"
        yield "autoscaler", f"{bounds}; {', '.join(scaler.metrics) or 'no metric read yet'}"


def versions_text(status: ServiceStatus) -> str:
    """On how many pods each version of each model is served."""
    counts: dict[tuple[str, int], int] = {}
    for pod in status.pods:
        for served in pod.available:
            counts[served] = counts.get(served, 0) + 1
    parts = [f"{model} {version} on {_pods(count)}" for (model, version), count in sorted(counts.items())]
    return ", ".join(parts) or "none is served"


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def figure(number: float) -> str:
    """Three digits, because more would be noise."""
    return f"{float(f'{number:.3g}'):,g}" if number else "0"


def round_json(found: StatusRound) -> JsonObject:
    """The stable form: one object a look; `regions` by name, "" for a service of one cluster."""
    return {"time": found.time, "regions": {look.region: look_json(look) for look in found.looks}}


def look_json(look: StatusLook) -> JsonObject:
    """One region."""
    return {
        "problem": look.problem,
        "exitCode": look.exit_code,
        "status": None if look.status is None else as_json(look.status),
        "traffic": None if look.measured is None else measured_json(look.measured),
    }


def measured_json(measured: Measured) -> JsonObject:
    """Rates by model."""
    models: dict[str, JsonObject] = {model: _rates_json(rates) for model, rates in measured.models.items()}
    return {"seconds": round(measured.seconds, 3), "models": {**models}, "notKnown": [*measured.silent]}


def _rates_json(rates: Rates) -> JsonObject:
    times: Mapping[int, float] = rates.milliseconds
    return {
        "answeredPerSecond": rates.answered_per_s,
        "failedPerSecond": rates.failed_per_s,
        "errorsPerSecond": dict(rates.errors_per_s),
        "latencyMilliseconds": {f"p{percent}": times.get(percent) for percent in PERCENTILES},
    }
