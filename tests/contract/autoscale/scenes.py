"""The situations themselves: how each comes about, and the reason by which the controller says that it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.contract.autoscale.situations import Stage, api_service, deployment, pods, scaler
from tests.contract.autoscale.stub import MetricsStub

JsonBody: TypeAlias = dict[str, Any]
Begin: TypeAlias = Callable[[MetricsStub], list[JsonBody]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One situation.

    Attributes:
        begin: Tells the stub what pods use, and returns the objects that bring it about.
        reason: Of a condition, once it is there.
        trouble: The cause that is told; "" where nothing is wrong.
    """

    begin: Begin
    reason: str
    trouble: str = ""


def _loaded(name: str, count: int, *, cpu_milli: int, **spec: Any) -> Begin:
    def begin(stub: MetricsStub) -> list[JsonBody]:
        stub.cpu_milli.update({f"{name}-{index}": cpu_milli for index in range(count)})
        return [deployment(name, count), *pods(name, count), scaler(name, **spec)]

    return begin


def _no_request(stub: MetricsStub) -> list[JsonBody]:
    stub.cpu_milli["no-request-0"] = 50
    return [deployment("no-request", 1), *pods("no-request", 1, has_request=False), scaler("no-request")]


def _no_pods(stub: MetricsStub) -> list[JsonBody]:
    others = pods("no-pods", 2, labels={"app": "no-pods-by-another-name"})
    return [deployment("no-pods", 2), *others, scaler("no-pods")]


def _unready(stub: MetricsStub) -> list[JsonBody]:
    stub.cpu_milli.update({"unready-0": 100, "unready-1": 100})
    return [deployment("unready", 2), *pods("unready", 2, is_ready=False, age_s=60), scaler("unready")]


def _twins(stub: MetricsStub) -> list[JsonBody]:
    return [deployment("twins", 2), *pods("twins", 2), scaler("twins"), scaler("twins-by-hand", target="twins")]


def _zero(stub: MetricsStub) -> list[JsonBody]:
    return [deployment("zero", 0), scaler("zero")]


def _no_target(stub: MetricsStub) -> list[JsonBody]:
    return [scaler("no-target")]


def _external(stub: MetricsStub) -> list[JsonBody]:
    return [deployment("external", 1), *pods("external", 1), scaler("external", external=True)]


def _no_api(stub: MetricsStub) -> list[JsonBody]:
    return [deployment("no-api", 1), *pods("no-api", 1), scaler("no-api")]


SCENES: Final[Mapping[str, Scene]] = {
    "no-request": Scene(begin=_no_request, reason="FailedGetResourceMetric", trouble="no-request"),
    "no-pods": Scene(begin=_no_pods, reason="FailedGetResourceMetric", trouble="no-pods"),
    "unready": Scene(begin=_unready, reason="FailedGetResourceMetric", trouble="pods-unready"),
    "twins": Scene(begin=_twins, reason="AmbiguousSelector", trouble="two-autoscalers"),
    "zero": Scene(begin=_zero, reason="ScalingDisabled", trouble="scaled-to-zero"),
    "no-target": Scene(begin=_no_target, reason="FailedGetScale", trouble="no-target"),
    "external": Scene(begin=_external, reason="FailedGetExternalMetric", trouble="no-metrics-api"),
    "at-most": Scene(begin=_loaded("at-most", 3, cpu_milli=90, maxReplicas=3), reason="TooManyReplicas"),
    "stabilised": Scene(begin=_loaded("stabilised", 4, cpu_milli=20), reason="ScaleDownStabilized"),
    "steady": Scene(begin=_loaded("steady", 2, cpu_milli=62), reason="DesiredWithinRange"),
}
NO_API: Final = Scene(begin=_no_api, reason="FailedGetResourceMetric", trouble="no-metrics-api")


def begin_all(made: Stage) -> None:
    """Bring all of them about, and wait until the controller says so."""
    made.put(*(body for scene in SCENES.values() for body in scene.begin(made.stub)))
    for name, scene in SCENES.items():
        made.await_reason(name, scene.reason)


def begin_without_api(made: Stage) -> None:
    """Bring about the one that needs no metrics API to be there."""
    made.put(*NO_API.begin(made.stub))
    made.await_reason("no-api", NO_API.reason)


def take_api(made: Stage) -> None:
    """Let the metrics API be there, and answer."""
    made.stub.is_up = True
    made.put(api_service(is_local=True))


def lose_api(made: Stage) -> None:
    """Let the metrics API be registered, and its Service gone."""
    made.stub.is_up = False
    made.put(api_service(is_local=False))
