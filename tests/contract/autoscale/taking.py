"""The real controller, taken through courses at once: as many autoscalers beside each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tests.contract.autoscale.controller import LOG, start_controller
from tests.contract.autoscale.course import DOWN_S, TICK_S, Course
from tests.contract.autoscale.courses import COURSES
from tests.contract.autoscale.moments import LOG_FLAGS, Line, Moments, doubts, lines_by_name, moments_of
from tests.contract.autoscale.objects import make_objects
from tests.contract.autoscale.scripted import Script
from tests.contract.autoscale.stand import Stand
from tests.fakes.background import in_background
from tests.testbed.fixtures import running_control_plane
from tests.testbed.process import wait_until
from tfk8s.autoscale.config import SCALE_TO_ZERO_SINCE, Flags

ROUNDS: Final = 6
_TIMEOUT_S: Final = 240.0  # for courses of 15 seconds


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What the controller did at each sync of a course, and when.

    Attributes:
        script: The course.
        moments: When the controller decided.
        doubts: Why that cannot be judged; empty where it can.
    """

    script: Script
    moments: Moments
    doubts: tuple[str, ...]


def flags_of(release: tuple[int, int]) -> Flags:
    """Return the flags that the controller of a release runs with."""
    return replace(Flags.of_release(release), downscale_stabilization_s=DOWN_S)


def judgeable(names: Collection[str], take: Callable[[Collection[str]], Mapping[str, Taken]]) -> Mapping[str, Taken]:
    """Take courses, and those again that cannot be judged; what can be judged is never taken again."""
    taken: dict[str, Taken] = {}
    for _ in range(ROUNDS):
        left = [name for name in names if name not in taken or taken[name].doubts]
        if left:
            taken.update(take(left))
    return taken


def take(names: Collection[str], *, version: str, release: tuple[int, int]) -> dict[str, Taken]:
    """Take courses under a controller of their own."""
    courses = {name: COURSES[name] for name in names}
    scripts = {name: _script(name, course, place=place) for place, (name, course) in enumerate(courses.items())}
    # a minimum of 0 is what the API server of 1.34 refuses without the gate; its controller knows no gate
    gates = "" if release >= SCALE_TO_ZERO_SINCE else "HPAScaleToZero=true"
    with (
        running_control_plane(version, controllers=(), feature_gates=gates) as server,
        in_background(stand := Stand(server, scripts=scripts)),
    ):
        make_objects(server, courses)
        flags = (
            f"--concurrent-horizontal-pod-autoscaler-syncs={len(courses)}",
            f"--horizontal-pod-autoscaler-sync-period={TICK_S / 4}s",
            f"--horizontal-pod-autoscaler-downscale-stabilization={DOWN_S}s",
        )
        start_controller(server, stand, flags=(*flags, *LOG_FLAGS))
        log = server.kubeconfig.parent / LOG
        wait_until(
            lambda: all(script.is_over for script in scripts.values()),
            timeout_s=_TIMEOUT_S,
            what="the end of every course",
            log=log,
        )
        lines = lines_by_name(log.read_text(), ahead_s=time.time() - time.monotonic())
    return {name: _taken(script, lines[name], release=release) for name, script in scripts.items()}


def _script(name: str, course: Course, *, place: int) -> Script:
    return Script(
        name=name,
        replicas=course.start,
        bounds=(course.config.minimum, course.config.maximum),
        last_metric=course.config.metrics[-1].name,
        answers=course.answers,
        tick_s=TICK_S,
        offset_s=TICK_S * place / len(COURSES),
        faults=course.faults,
        hands=course.hands,
        has_sidecar=course.has_sidecar,
    )


def _taken(script: Script, lines: list[Line], *, release: tuple[int, int]) -> Taken:
    moments, config = moments_of(script, lines), replace(COURSES[script.name].config, flags=flags_of(release))
    refused = (f"sync {number}: it knew an older status" for number, each in enumerate(script.taken) if each.is_refused)
    return Taken(script=script, moments=moments, doubts=(*refused, *doubts(moments, config)))
