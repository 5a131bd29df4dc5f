"""What `tfk8s status --html` writes: the newest look as a page, and the course of the looks before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from tfk8s.app.status import ServiceStatus
from tfk8s.app.status_looks import StatusLook, StatusRound
from tfk8s.app.status_text import errors_text, figure, versions_text
from tfk8s.pictures import Block, Panel, Picture, Report, Section, Series, Style, Table
from tfk8s.rollout.rates import PERCENTILES, Rates

NOTHING = "–"
MOST_LOOKS = 720
"""In the picture: an hour at five seconds each."""


def status_page(rounds: Sequence[StatusRound]) -> Report:
    """Write the last of some rounds, of which there is at least one."""
    last = rounds[-1]
    known = [look for look in last.looks if look.status is not None]
    sections = [Section(heading="Traffic", blocks=tuple(_traffic(rounds)))]
    if known:
        sections.append(Section(heading="Pods", blocks=(_fleet(last.looks), _pods(known))))
    troubles = list(_troubles(last.looks))
    sections.append(Section(heading="What is wrong", blocks=tuple(troubles) or ("Nothing that is known.",)))
    return Report(
        title=_title(last), summary=_summary(last), facts=tuple(_facts(last, rounds)), sections=tuple(sections)
    )


def _title(found: StatusRound) -> str:
    names = {f"{look.status.name.name} in {look.status.name.namespace}" for look in found.looks if look.status}
    return ", ".join(sorted(names)) or "A service that cannot be asked"


def _summary(found: StatusRound) -> str:
    states = []
    for look in found.looks:
        state = "unknown" if look.status is None else look.status.rollout.state.value
        states.append(f"{look.region}: {state}" if look.region else f"The rollout is {state}.")
    return ", ".join(states)


def _facts(found: StatusRound, rounds: Sequence[StatusRound]) -> Iterator[tuple[str, str]]:
    yield "Looked at", found.time
    if len(rounds) > 1:
        yield "Looks before it", f"{len(rounds) - 1}, since {rounds[0].time}"
    for look in found.looks:
        where = f" ({look.region})" if look.region else ""
        if look.measured is not None:
            yield f"Traffic is of{where}", f"the last {figure(look.measured.seconds)} s"
        for front in look.status.fronts if look.status is not None else ():
            yield f"{front.transport}{where}", ", ".join(front.urls) or "no address yet"


def _traffic(rounds: Sequence[StatusRound]) -> Iterator[Block]:
    rows = [
        (look.region or NOTHING, model, *_rate_cells(rates))
        for look in rounds[-1].looks
        if look.measured is not None
        for model, rates in look.measured.models.items()
    ]
    if not rows:
        yield "Nobody could be asked twice, so rates are not known."
        return
    times = tuple(f"p{percent} (ms)" for percent in PERCENTILES)
    head = ("region", "model", "answered/s", "failed/s", *times, "errors")
    yield Table(caption="Predictions by region and model, without probes", head=head, rows=tuple(rows))
    shown = rounds[-MOST_LOOKS:]
    if sum(_is_measured(found) for found in shown) > 1:
        yield _course(shown)


def _rate_cells(rates: Rates) -> tuple[str, ...]:
    times = (figure(rates.milliseconds[percent]) if rates.milliseconds else NOTHING for percent in PERCENTILES)
    return (figure(rates.answered_per_s), figure(rates.failed_per_s), *times, errors_text(rates))


def _is_measured(found: StatusRound) -> bool:
    return any(look.measured is not None for look in found.looks)


def _course(rounds: Sequence[StatusRound]) -> Picture:
    """Traffic and latency over time; a region and model each."""
    began = _moment(rounds[0])
    xs = [(_moment(found) - began).total_seconds() for found in rounds]
    named = [
        (look.region, model) for look in rounds[-1].looks if look.measured is not None for model in look.measured.models
    ]

    def series(what: str, value: Callable[[Rates], float | None]) -> tuple[Series, ...]:
        return tuple(
            Series(
                name=" ".join(part for part in (region, model, what) if part),
                xs=xs,
                ys=[_value(found, region, model, value) for found in rounds],
                style=Style.LINE,
            )
            for region, model in named
        )

    rates = (
        *series("answered", lambda found: found.answered_per_s),
        *series("failed", lambda found: found.failed_per_s),
    )
    slowest = PERCENTILES[-1]
    times = series(f"p{slowest}", lambda found: found.milliseconds.get(slowest))
    panels = [Panel(label="predictions/s", series=rates)]
    if any(value is not None for one in times for value in one.ys):
        panels.append(Panel(label="latency (ms)", series=times))
    return Picture(
        title="The course of the looks", x_label="time since the first look", panels=tuple(panels), x_axis="seconds"
    )


def _value(found: StatusRound, region: str, model: str, value: Callable[[Rates], float | None]) -> float | None:
    for look in found.looks:
        if look.region == region and look.measured is not None and model in look.measured.models:
            return value(look.measured.models[model])
    return None


def _moment(found: StatusRound) -> datetime:
    return datetime.fromisoformat(found.time.replace("Z", "+00:00"))


def _fleet(looks: Sequence[StatusLook]) -> Table:
    rows = tuple((look.region or NOTHING, *_fleet_cells(look.status)) for look in looks if look.status is not None)
    head = ("region", "state", "pods ready", "versions", "autoscaler")
    return Table(caption="Regions, and what their pods serve", head=head, rows=rows)


def _fleet_cells(status: ServiceStatus) -> tuple[str, ...]:
    ready = sum(pod.report.ready for pod in status.pods)
    scaler = status.scaler
    bounds = NOTHING
    if scaler is not None:
        bounds = f"{scaler.current} of {scaler.minimum} to {scaler.maximum}, {scaler.desired} wanted"
    return (status.rollout.state.value, f"{ready} of {len(status.pods)}", versions_text(status), bounds)


def _pods(looks: Sequence[StatusLook]) -> Table:
    rows = tuple(
        (pod.name, "yes" if pod.report.ready else "no", str(pod.restarts), pod.node or NOTHING, pod.problem or NOTHING)
        for look in looks
        if look.status is not None
        for pod in look.status.pods
    )
    return Table(caption="Pods", head=("pod", "ready", "restarts", "node", "problem"), rows=rows)


def _troubles(looks: Sequence[StatusLook]) -> Iterator[str]:
    for look in looks:
        where = f"{look.region}: " if look.region else ""
        if look.problem:
            yield f"{where}{look.problem}."
        if look.status is not None:
            yield from (f"{where}{item.place}: {item.cause}. {item.fix}" for item in look.status.findings)
        if look.measured is not None:
            yield from (f"{where}{sentence}." for sentence in look.measured.silent)
