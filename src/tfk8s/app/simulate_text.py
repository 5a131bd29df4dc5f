"""A simulation as a table, as JSON, row by row over time, and as a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfk8s.app.simulate import told_percentile
from tfk8s.app.simulate_picture import Terms, courses_picture
from tfk8s.app.simulate_report import courses_report, courses_table
from tfk8s.autoscale.figures import changes_of
from tfk8s.pictures import Report, Section, Table, number_text, seconds_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfk8s.app.simulate import Request, Result, Simulation
    from tfk8s.autoscale.figures import Change
    from tfk8s.autoscale.simulate import Course
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.pictures import Picture


def simulation_lines(simulation: Simulation) -> Iterator[str]:
    """Yield the traffic, a column a policy, and what was assumed."""
    yield _traffic_text(simulation.request)
    yield ""
    yield to_text(_figures_table(simulation))
    notes = _notes(simulation)
    if notes:
        yield ""
        yield from (f"note: {note}" for note in notes)


def timeline_lines(simulation: Simulation) -> Iterator[str]:
    """Yield a row for each change of replicas, with the controller's words."""
    for result in simulation.results:
        yield ""
        table = _changes_table(result)
        if len(simulation.results) > 1:
            yield f"{result.candidate.name}:"
        yield to_text(table) if table.rows else "no change of replicas"


def simulation_json(simulation: Simulation, *, has_timeline: bool) -> JsonObject:
    """The stable form of `-o json`."""
    request = simulation.request
    rates, objective = simulation.results[0].course.rates, request.objective
    return {
        "trace": {
            "name": request.traffic,
            "seconds": len(rates) * request.step_s,
            "syncSeconds": request.step_s,
            "requests": simulation.results[0].course.requests,
            "lowestRate": min(rates),
            "meanRate": sum(rates) / len(rates),
            "highestRate": max(rates),
        },
        "objective": None
        if objective is None
        else {
            "percentile": objective.percentile,
            "latencySeconds": objective.latency_s,
            "errorShare": objective.error_share,
        },
        "policies": [_result_json(result, has_timeline=has_timeline) for result in simulation.results],
        "notes": [*request.trace.notes, *request.notes],
    }


def simulation_page(simulation: Simulation) -> Report:
    """Return the page: figures, picture, how it was computed, and each change of replicas."""
    courses, terms = _courses(simulation), terms_of(simulation.request)
    title = f"{simulation.request.traffic}: {', '.join(courses)}"
    page = courses_report(courses, title=title, terms=terms, notes=_notes(simulation))
    changes = tuple(table for table in map(_changes_table, simulation.results) if table.rows)
    sections = (Section(heading="Figures", blocks=(_figures_table(simulation),)), *page.sections[1:])
    return replace(page, sections=(*sections, Section(heading="Changes of replicas", blocks=changes)))


def simulation_picture(simulation: Simulation) -> Picture:
    """Return traffic, replicas, latency, drops and cost over time."""
    courses = _courses(simulation)
    return courses_picture(courses, title=simulation.request.traffic, terms=terms_of(simulation.request))


def terms_of(request: Request) -> Terms:
    """By what the request judges courses."""
    return Terms(
        percentile=told_percentile(request.objective),
        bound_s=None if request.objective is None else request.objective.latency_s,
        pod_hour_price=request.prices.pod_hour,
    )


def _courses(simulation: Simulation) -> dict[str, Course]:
    return {result.candidate.name: result.course for result in simulation.results}


def _traffic_text(request: Request) -> str:
    rates = request.trace.every(request.step_s)
    span = f"{_short(min(rates))} to {_short(max(rates))} requests/s"
    mean = _short(sum(rates) / len(rates))
    return f"{request.traffic}: {span}, {mean} on average, for {seconds_text(len(rates) * request.step_s)}"


def _notes(simulation: Simulation) -> tuple[str, ...]:
    """Return what was assumed; of several policies, whose it is where they differ."""
    found = dict.fromkeys((*simulation.request.trace.notes, *simulation.request.notes))
    everybody = [set(result.candidate.notes) for result in simulation.results]
    for result in simulation.results:
        for note in result.candidate.notes:
            is_common = all(note in notes for notes in everybody)
            found[note if is_common else f"{result.candidate.name}: {note}"] = None
    return tuple(found)


def _figures_table(simulation: Simulation) -> Table:
    """Add to what a course tells what follows from its policy and from the objective."""
    common = courses_table(_courses(simulation), terms=terms_of(simulation.request))
    rows = [
        (name, *[cell(result) for result in simulation.results]) for name, cell in _further(simulation.request).items()
    ]
    return replace(common, rows=(*common.rows, *rows))


def _further(request: Request) -> dict[str, Callable[[Result], str]]:
    rows: dict[str, Callable[[Result], str]] = {
        "pods on average": lambda result: _short(result.figures.mean),
        "longest short of pods": lambda result: seconds_text(result.figures.short_s),
        "at the most pods": lambda result: seconds_text(result.figures.at_most_s),
    }
    price = request.prices.node_hour
    if price is not None:
        rows["cost of nodes (money)"] = lambda result: f"{result.figures.node_hours * price:,.2f}"
    if request.objective is not None:
        rows["objective"] = lambda result: "kept" if keeps(result, request) else "not kept"
    return rows


def keeps(result: Result, request: Request) -> bool:
    """Whether so few requests were late and refused as the objective lets be."""
    objective = request.objective
    if objective is None:
        return True
    figures = result.figures
    is_fast = (figures.beyond_share or 0.0) <= 1 - objective.percentile / 100
    return is_fast and figures.dropped_share <= objective.error_share


def _short(value: float) -> str:
    """Write a figure to four digits, and whole ones in full."""
    return number_text(float(f"{value:.4g}") if value < 1000 else round(value))


def _changes_table(result: Result) -> Table:
    rows = tuple(_change_row(change, result) for change in changes_of(result.course))
    head = ("at", "requests/s", "ready", "pods", "asked for by", "wanted", "limited by")
    return Table(caption=f"{result.candidate.name}: changes of replicas", head=head, rows=rows)


def _change_row(change: Change, result: Result) -> tuple[str, ...]:
    reason = change.reason
    wanted = "" if reason.wanted is None else str(reason.wanted)
    limited = reason.limited if reason.limited != "DesiredWithinRange" else ""
    pods = f"{change.before} to {change.after}"
    by = _by(change, result)
    return (_clock(change.at_s), _short(change.rate), str(change.ready), pods, by, wanted, limited)


def _clock(seconds: float) -> str:
    """Write a time since the beginning, as 26:03:15 for 26 hours, 3 minutes and 15 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _by(change: Change, result: Result) -> str:
    metrics, place = result.candidate.config.metrics, change.reason.metric
    if place >= 0:
        return metrics[place].name
    return "bounds" if change.before and change.after else "KEDA"


def _result_json(result: Result, *, has_timeline: bool) -> JsonObject:
    figures, config = result.figures, result.candidate.config
    found: JsonObject = {
        "name": result.candidate.name,
        "min": 0 if result.candidate.zero is not None else config.minimum,
        "max": config.maximum,
        "replicas": {"fewest": figures.fewest, "mean": figures.mean, "most": figures.most},
        "podHours": figures.pod_hours,
        "nodeHours": figures.node_hours,
        "cost": result.cost,
        "requests": figures.requests,
        "beyondShare": figures.beyond_share,
        "lateShare": figures.late_share,
        "droppedShare": figures.dropped_share,
        "longestLatencySeconds": figures.slowest_s,
        "longestShortSeconds": figures.short_s,
        "atMaximumSeconds": figures.at_most_s,
        "scaledUp": figures.ups,
        "scaledDown": figures.downs,
        "notes": [*result.candidate.notes],
    }
    if has_timeline:
        found["changes"] = [_change_json(change, result) for change in changes_of(result.course)]
    return found


def _change_json(change: Change, result: Result) -> JsonValue:
    return {
        "atSeconds": change.at_s,
        "rate": change.rate,
        "ready": change.ready,
        "before": change.before,
        "after": change.after,
        "by": _by(change, result),
        "wanted": change.reason.wanted,
        "able": change.reason.able,
        "limited": change.reason.limited,
    }
