"""What to warn of in the scaling of a service."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.render.autoscaler import scaling_of
from tfk8s.render.facts import Facts
from tfk8s.render.paces import TOLERANCE_MINOR, knows_tolerance
from tfk8s.render.result import RenderWarning
from tfk8s.render.timing import startup_budget_s
from tfk8s.spec import Autoscaled

_SLOWEST_COLLECTION_S = 30


def scaling_warnings(facts: Facts) -> Iterator[RenderWarning]:
    """Whatever will not do what the spec says."""
    scaling = scaling_of(facts)
    yield from _tolerance(facts, scaling)
    yield from _wake(facts, scaling)
    if scaling.source is not None and scaling.source.window_seconds < 2 * _SLOWEST_COLLECTION_S:
        yield RenderWarning(
            code="window-short",
            message=f"scaling.source.windowSeconds is {scaling.source.window_seconds}: a rate needs two collections in "
            "it, and where there are fewer the autoscaler reads nothing",
            hint="at least twice the seconds between two collections of your Prometheus, of which 30 are usual",
        )


def _tolerance(facts: Facts, scaling: Autoscaled) -> Iterator[RenderWarning]:
    behavior = scaling.behavior
    stated = [
        key
        for key, pace in (("scaleUp", behavior.scale_up), ("scaleDown", behavior.scale_down))
        if pace is not None and pace.tolerance_percent is not None
    ]
    if stated and not knows_tolerance(facts):
        yield RenderWarning(
            code="tolerance-unknown",
            message=f"tolerancePercent of {' and '.join(stated)} is left out: Kubernetes has it since "
            f"1.{TOLERANCE_MINOR}, and this is for 1.{facts.options.kubernetes_minor}",
            hint="until then the controller's own tolerance counts, 10 percent",
        )


def _wake(facts: Facts, scaling: Autoscaled) -> Iterator[RenderWarning]:
    startup_s = startup_budget_s(facts.situation).value
    if scaling.wake is None or scaling.wake.idle_seconds == "auto" or scaling.wake.idle_seconds >= startup_s:
        return
    yield RenderWarning(
        code="idle-short",
        message=f"scaling.wake.idleSeconds is {scaling.wake.idle_seconds}, and a pod may take {startup_s} s to start: "
        "it may be taken away before it has answered",
        hint="auto takes the longer of the two",
    )
