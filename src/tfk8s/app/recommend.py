"""The use-case of `tfk8s autoscale recommend`: a measurement, an objective and traffic become `scaling` of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tfk8s.app.git_change import GitChange, SpecChange, write_change
from tfk8s.app.prices import NO_PRICES, Prices
from tfk8s.app.recommend_bench import MeasuredPod, measured_pod
from tfk8s.app.recommend_checks import Check, Rooms, checks, start_seconds
from tfk8s.app.recommend_spec import SpecText, scaled, scaling_of, spec_with
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.app.service import ServiceName
from tfk8s.app.spec_edit import SpecNotEditableError
from tfk8s.autoscale.arithmetic import Line, arithmetic
from tfk8s.autoscale.candidates import MetricName, Wishes
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.demand import assumed_day
from tfk8s.autoscale.recommend import METRIC_S, Delays, Recommendation, recommend
from tfk8s.autoscale.simulate import SYNC_S
from tfk8s.autoscale.trace import Trace
from tfk8s.errors import InputError, Tfk8sError
from tfk8s.load import Bench, Objective
from tfk8s.manifest import JsonObject
from tfk8s.model import ModelInfo
from tfk8s.ports.cluster import Cluster
from tfk8s.render import RenderOptions
from tfk8s.spec import Autoscaled, ServiceSpec

_DAY_S: Final = 86_400.0
POD_START_S: Final = 30.0
"""Where no pod was seen to start, and nobody says."""


_WISHES: Final = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Traffic that is assumed where there is no trace: a day between two rates, with one jump."""

    floor: float
    peak: float
    growth: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendRequest:
    """What the user gave.

    Attributes:
        spec: of the service, as it is.
        base: folder of its file.
        file: it; None for one from a stream.
        environment: of the spec.
        bench: the measurement.
        traffic: a trace, or what is assumed.
        objective: instead of the measurement's.
        metric: None: requests where the spec has a source for them, else CPU.
        wishes: failures, zones and growth; its metric is not looked at.
        pod_start_s: None: as pods of the service started, else `POD_START_S`.
        metric_age_s: until the metric shows a change in full; None: of `METRIC_S`.
        sync_s: of the controller.
        nodes: that pods run on, for the simulation; None: enough of them.
        prices: of an hour.
        infos: what is known of models, in place of looking at their directories.
    """

    spec: ServiceSpec
    base: Path
    file: Path | None
    environment: str | None
    bench: Bench
    traffic: Trace | Assumed
    objective: Objective | None = None
    metric: MetricName | None = None
    wishes: Wishes = _WISHES
    pod_start_s: float | None = None
    metric_age_s: float | None = None
    sync_s: float = SYNC_S
    nodes: Surroundings | None = None
    prices: Prices = NO_PRICES
    infos: Mapping[str, ModelInfo] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """How often the controller looks in the time of the traffic."""
        length_s = self.traffic.length_s if isinstance(self.traffic, Trace) else _DAY_S
        return int(length_s // self.sync_s) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is recommended.

    Attributes:
        scaling: as the spec says it.
        lines: the arithmetic.
        found: the search behind it.
        measured: the pod.
        text: the spec file with it; None where it cannot be edited, or there is none.
        checks: of the room for it.
        notes: what was assumed.
        prices: of an hour.
    """

    scaling: JsonObject
    lines: tuple[Line, ...]
    found: Recommendation
    measured: MeasuredPod
    text: SpecText | None
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    prices: Prices


def advise(request: RecommendRequest, *, cluster: Cluster | None, rooms: Rooms | None) -> Advice:
    """Work the recommendation out, and look whether there is room for it. Nothing is written.

    Args:
        request: what the user gave.
        cluster: to look for quota and at pods; None: nobody asks one.
        rooms: counts on its nodes.

    Raises:
        InputError: the measurement tells nothing of this service, no number of pods keeps the objective, or the spec
            would not be valid.
    """
    spec = request.spec
    models = tuple(model.name for model in spec.served_models)
    cores = float(spec.resources.cpu.value)
    measured = measured_pod(request.bench, models=models, cores=cores, objective=request.objective)
    metric = _metric(request, measured)
    wishes = replace(request.wishes, metric=metric)
    notes = list(measured.notes)
    delays = _delays(request, metric=metric, cluster=cluster, notes=notes)
    trace = _trace(request.traffic, notes=notes)
    found = recommend(trace, measured.pod, goal=measured.goal, wishes=wishes, delays=delays, around=request.nodes)
    scaling = scaling_of(found.best.candidate, metric=metric)
    if isinstance(spec.scaling, Autoscaled) and spec.scaling.min == 0:
        scaling["min"] = 0
        notes.append(
            f"min stays 0, as the spec has it: min {found.best.candidate.minimum} is of a service that is awake"
        )
    text, after = _spec(request, scaling, notes=notes)
    return Advice(
        scaling=scaling,
        lines=arithmetic(found, measured.pod, wishes=wishes, delays=delays),
        found=found,
        measured=measured,
        text=text,
        checks=_checks(request, after, least=found.best.candidate.minimum, cluster=cluster, rooms=rooms),
        notes=tuple(notes),
        prices=request.prices,
    )


def write_advice(advice: Advice) -> tuple[str, ...]:
    """Write the spec file; returns what was written.

    Raises:
        InputError: there is no file that can be edited, the objective is not kept, or it cannot be written.
    """
    text = advice.text
    if text is None:
        raise InputError("there is no spec file that can be edited", hint="write the scaling shown by hand")
    if not advice.found.is_kept:
        raise InputError(
            f"nothing was written to {text.file}: none of {len(advice.found.outcomes)} candidates keeps the objective",
            hint="allow more time with --objective, or give a pod more processor and measure again",
        )
    return write_change(GitChange(spec=SpecChange(file=text.file, text=text.after, spec=text.spec)))


def _metric(request: RecommendRequest, measured: MeasuredPod) -> MetricName:
    scaling = request.spec.scaling
    has_source = isinstance(scaling, Autoscaled) and scaling.source is not None
    share = measured.pod.cpu_share
    wanted = request.metric or ("requestsPerSecond" if has_source else "cpu")
    if wanted == "requestsPerSecond" and not has_source:
        raise InputError(
            "requestsPerSecond needs a source of the server's metrics, and the spec has none",
            hint='write scaling.source, such as {kind: keda, server: "http://prometheus.monitoring:9090"}',
        )
    if wanted == "cpu" and share is None:
        raise InputError(
            "the measurement does not say how much processor a pod uses at its knee",
            hint="bench a service whose cluster has metrics-server, or give scaling.source for requestsPerSecond",
        )
    return wanted


def _delays(request: RecommendRequest, *, metric: MetricName, cluster: Cluster | None, notes: list[str]) -> Delays:
    start_s = request.pod_start_s
    if start_s is None and cluster is not None:
        name = ServiceName.of(request.spec)
        try:
            start_s = start_seconds(cluster, namespace=name.namespace, labels=name.labels)
        except Tfk8sError:  # the check of the quota says what is wrong with the cluster
            start_s = None
        if start_s is not None:
            notes.append(f"a pod starts in {start_s:.0f} s: the shortest start of those that are ready now")
    if start_s is None:
        notes.append(f"a pod is taken to start in {POD_START_S:.0f} s; --pod-start says it better")
        start_s = POD_START_S
    age_s = METRIC_S[metric] if request.metric_age_s is None else request.metric_age_s
    return Delays(pod_start_s=start_s, metric_s=age_s, sync_s=request.sync_s)


def _trace(traffic: Trace | Assumed, *, notes: list[str]) -> Trace:
    if isinstance(traffic, Trace):
        notes.extend(traffic.notes)
        return traffic
    notes.append(
        f"no trace: a day from {traffic.floor:g} to {traffic.peak:g} requests/s and back is assumed, in which traffic "
        f"once jumps to {traffic.growth:g} times; --trace takes what really came"
    )
    return assumed_day(floor=traffic.floor, peak=traffic.peak, growth=traffic.growth)


def _spec(request: RecommendRequest, scaling: JsonObject, *, notes: list[str]) -> tuple[SpecText | None, ServiceSpec]:
    if request.file is None:
        return None, scaled(request.spec, scaling)
    try:
        text = spec_with(scaling, file=request.file, environment=request.environment)
    except SpecNotEditableError as error:
        notes.append(f"{error.message}: write the scaling by hand")
        return None, scaled(request.spec, scaling)
    return text, text.spec


def _checks(
    request: RecommendRequest, spec: ServiceSpec, *, least: int, cluster: Cluster | None, rooms: Rooms | None
) -> tuple[Check, ...]:
    # Only what pods ask for is looked at, so any image will do: none is built, no model is hashed.
    options = RenderOptions(image=spec.image.base)
    try:
        rendered = render_service(RenderRequest(spec=spec, base=request.base, infos=request.infos, options=options))
    except Tfk8sError as error:
        return (Check(name="room", verdict="unknown", text=error.message, remedy=error.hint or ""),)
    return checks(rendered.manifests, least=least, cluster=cluster, rooms=rooms)
