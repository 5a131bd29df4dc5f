"""Simulated courses over one axis of time: traffic, pods, latency, what was dropped, and what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfk8s.pictures import Mark, Panel, Picture, Series, Style, number_text

if TYPE_CHECKING:
    from tfk8s.autoscale.simulate import Course

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what courses are judged.

    Attributes:
        percentile: Which one of each step their latency is.
        bound_s: Longest time that an answer may take; `None`: none.
        pod_hour_price: Of one pod for an hour; `None`: cost is told in hours of pods alone.
        currency: Of the price.
    """

    percentile: int = 50
    bound_s: float | None = None
    pod_hour_price: float | None = None
    currency: str = "money"


_PLAIN: Final = Terms()


def courses_picture(courses: Mapping[str, Course], *, title: str, terms: Terms = _PLAIN) -> Picture:
    """Show one policy, or several side by side under the same traffic.

    Pods have a panel for each policy, of one scale; latency, drops and cost are compared in one.

    Args:
        courses: By the name of their policy, at least one.
        title: Above all.
        terms: By what they are judged.
    """
    first = next(iter(courses.values()))
    unit = "pod-hours" if terms.pod_hour_price is None else terms.currency
    panels = (
        Panel(label="traffic (requests/s)", series=(_series("traffic", first, first.rates, style=Style.AREA),)),
        *_pods(courses),
        _latency(courses, terms),
        Panel(label="dropped (requests/s)", series=_compared("dropped", courses, _dropped_rps)),
        Panel(label=f"cost so far ({unit})", series=_compared("cost", courses, _costs(terms.pod_hour_price))),
    )
    return Picture(title=title, x_label="time since the trace began", x_axis="seconds", panels=panels)


def _pods(courses: Mapping[str, Course]) -> Iterator[Panel]:
    most = max(max(course.replicas, default=0) for course in courses.values())
    for policy, course in courses.items():
        # What is asked for at the end of a step holds in the next one.
        asked = [course.replicas[0], *course.replicas[:-1]] if course.replicas else []
        yield Panel(
            label=f"pods ({policy})" if len(courses) > 1 else "pods",
            series=(
                _series("asked for", course, asked, style=Style.STEPS),
                _series("ready", course, course.ready, style=Style.STEPS),
            ),
            reaches=most,
        )


def _latency(courses: Mapping[str, Course], terms: Terms) -> Panel:
    bound_s = terms.bound_s
    return Panel(
        label=f"p{terms.percentile} (ms)",
        series=_compared("latency", courses, _latency_ms),
        marks=() if bound_s is None else (Mark(name=f"objective: {number_text(bound_s * 1000)} ms", y=bound_s * 1000),),
        is_logarithmic=True,
    )


def _compared(
    name: str, courses: Mapping[str, Course], values: Callable[[Course], Sequence[float]]
) -> tuple[Series, ...]:
    """One line a policy, of the policy's own look in every panel; a single one is named for what it shows."""
    return tuple(
        _series(policy if len(courses) > 1 else name, course, values(course)) for policy, course in courses.items()
    )


def _latency_ms(course: Course) -> list[float]:
    return [latency_s * 1000 for latency_s in course.latency_s]


def _dropped_rps(course: Course) -> list[float]:
    return [count / course.step_s for count in course.dropped]


def _costs(price: float | None) -> Callable[[Course], list[float]]:
    """Return what adds up the hours of pods, and their price where there is one."""

    def costs(course: Course) -> list[float]:
        a_pod = course.step_s / _HOUR_S * (1.0 if price is None else price)
        return [replicas * a_pod for replicas in itertools.accumulate(course.replicas)]

    return costs


def _series(name: str, course: Course, values: Sequence[float], *, style: Style = Style.LINE) -> Series:
    return Series(name=name, xs=[index * course.step_s for index in range(len(values))], ys=values, style=style)
