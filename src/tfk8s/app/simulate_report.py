"""What simulated courses tell: a table of figures by policy, and a page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tfk8s.app.simulate_picture import Terms, courses_picture
from tfk8s.pictures import Report, Section, Table, number_text, seconds_text

if TYPE_CHECKING:
    from tfk8s.autoscale.simulate import Course

_HOUR_S: Final = 3600.0
_PLAIN: Final = Terms()
_MODEL: Final = (
    "Replicas follow from the rules of Kubernetes' own controller. Latency follows from a model: requests are a fluid, "
    "which waits in one queue for pods that answer at one rate, and is dropped where the queue is full. It shows when "
    "there were too few pods, not what a user will measure."
)


def courses_table(courses: Mapping[str, Course], *, terms: Terms = _PLAIN) -> Table:
    """Return a row a measure and a column a policy.

    Args:
        courses: By the name of their policy, at least one.
        terms: By what they are judged.
    """
    rows = [
        (name, *(value(course) for course in courses.values()))
        for name, value in _measures(terms, has_bound=all(course.late for course in courses.values()))
    ]
    return Table(caption="Each policy under the same traffic", head=("", *courses), rows=tuple(rows))


def courses_report(
    courses: Mapping[str, Course],
    *,
    title: str,
    terms: Terms = _PLAIN,
    facts: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> Report:
    """Return the page: the figures, the picture, and what the model knows and does not.

    Args:
        courses: By the name of their policy, at least one.
        title: Of the page.
        terms: By what they are judged.
        facts: Name and value of what was assumed.
        notes: What a reader must know to trust the figures, one sentence each.
    """
    first = next(iter(courses.values()))
    return Report(
        title=title,
        summary=_summary(courses),
        facts=(("Traffic", _traffic(first)), ("Period of a sync", seconds_text(first.step_s)), *facts),
        sections=(
            Section(heading="Figures", blocks=(courses_table(courses, terms=terms),)),
            Section(heading="Course", blocks=(courses_picture(courses, title=title, terms=terms),)),
            Section(heading="How it was computed", blocks=(_MODEL, *notes)),
        ),
    )


def _measures(terms: Terms, *, has_bound: bool) -> Iterator[tuple[str, Callable[[Course], str]]]:
    yield "pods asked for", lambda course: f"{min(course.replicas)} to {max(course.replicas)}"
    yield "changes of pods", lambda course: number_text(_changes(course.replicas))
    yield "pod-hours", lambda course: _short(course.pod_hours)
    yield "node-hours", lambda course: _short(sum(course.nodes) * course.step_s / _HOUR_S)
    price = terms.pod_hour_price
    if price is not None:
        yield f"cost ({terms.currency})", lambda course: f"{course.pod_hours * price:,.2f}"
    yield "requests", lambda course: number_text(round(course.requests))
    yield "dropped", lambda course: _percent(course.dropped_share)
    if has_bound and terms.bound_s is not None:
        yield f"beyond {number_text(terms.bound_s * 1000)} ms", _late
    yield f"p{terms.percentile}, usual (ms)", lambda course: _short(_usual_s(course) * 1000)
    yield f"p{terms.percentile}, worst (ms)", lambda course: _short(max(course.latency_s) * 1000)


def _summary(courses: Mapping[str, Course]) -> str:
    """Say for each policy what it took and what it lost."""
    return " ".join(
        f"{policy}: {_short(course.pod_hours)} pod-hours, {_percent(course.dropped_share)} of the requests dropped."
        for policy, course in courses.items()
    )


def _traffic(course: Course) -> str:
    least, most = min(course.rates), max(course.rates)
    time = seconds_text(len(course.rates) * course.step_s)
    return f"{_short(least)} to {_short(most)} requests a second over {time}"


def _changes(replicas: Sequence[int]) -> int:
    return sum(before != after for before, after in itertools.pairwise(replicas))


def _usual_s(course: Course) -> float:
    """Latency of the step in which the middle one of all requests came, steps in the order of their latency."""
    steps = sorted(zip(course.latency_s, course.rates, strict=True))
    half, passed = sum(course.rates) / 2, 0.0
    for latency_s, rate in steps:
        passed += rate
        if passed >= half:
            return latency_s
    return steps[-1][0]


def _late(course: Course) -> str:
    return _percent(sum(course.late) / course.requests if course.requests else 0.0)


def _percent(share: float) -> str:
    return f"{_short(share * 100)} %"


def _short(value: float) -> str:
    """Write three digits, and all of the whole part."""
    return number_text(round(value) if abs(value) >= 1000 else float(f"{value:.3g}"))
