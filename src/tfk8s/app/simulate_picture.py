"""Simulated courses over one axis of time: traffic, pods, latency, what was dropped, and what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tfk8s.pictures import Panel, Picture, Series, Style

if TYPE_CHECKING:
    from tfk8s.autoscale.simulate import Course

_HOUR_S: Final = 3600.0


def courses_picture(
    courses: Mapping[str, Course], *, title: str, pod_hour_price: float | None = None, currency: str = ""
) -> Picture:
    """Show one policy, or several side by side under the same traffic.

    Pods have a panel for each policy, of one scale; latency, drops and cost are compared in one.

    Args:
        courses: By the name of their policy, at least one.
        title: Above all.
        pod_hour_price: With it the cost is money, not hours of pods.
        currency: Of the price.
    """
    first = next(iter(courses.values()))
    unit = (currency or "money") if pod_hour_price is not None else "pod-hours"
    panels = (
        Panel(label="traffic (requests/s)", series=(_series("traffic", first, first.rates, style=Style.AREA),)),
        *_pods(courses),
        Panel(label="latency (ms)", series=_compared("latency", courses, _latency_ms), is_logarithmic=True),
        Panel(label="dropped (requests/s)", series=_compared("dropped", courses, _dropped_rps)),
        Panel(label=f"cost so far ({unit})", series=_compared("cost", courses, _costs(pod_hour_price))),
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
