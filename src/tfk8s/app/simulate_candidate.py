"""An autoscaler to be simulated: of a spec, of an object in a file, or of one in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfk8s.app.simulate_reach import out_of_reach
from tfk8s.autoscale.answers import known_percentile
from tfk8s.autoscale.capacity import Surroundings
from tfk8s.autoscale.config import RESOURCES, Config, Flags
from tfk8s.autoscale.metering import DELAY_S, REQUEST_WINDOW_S, RESOURCE_WINDOW_S, Meter, Signal
from tfk8s.autoscale.objects import config_of
from tfk8s.autoscale.scaled_object import read_scaled_object
from tfk8s.autoscale.schedules import Schedule, read_schedule
from tfk8s.autoscale.zero import Zero
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.yaml import failure, read_documents

if TYPE_CHECKING:
    from tfk8s.app.service import ServiceName
    from tfk8s.app.simulate_pod import SpecPod
    from tfk8s.model import ModelInfo
    from tfk8s.ports import Cluster
    from tfk8s.spec import ServiceSpec

SCALERS: Final = ("HorizontalPodAutoscaler", "ScaledObject")
_PROBE_S: Final = 5.0
"""Between an open port and the probe that sees it, at most: the readiness probe's period."""

_POD_START_S: Final = 30.0
_KNOWN: Final = {
    "requests_per_second": Signal.ANSWERED,
    "in_flight": Signal.IN_FLIGHT,
    "latency_milliseconds": Signal.LATENCY,
    "wake": Signal.ARRIVING,
}
_SIGNALS: Final = {
    "answered": Signal.ANSWERED,
    "arriving": Signal.ARRIVING,
    "inFlight": Signal.IN_FLIGHT,
    "latency": Signal.LATENCY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUp:
    """Parts of the time from a place on a node to ready, in seconds; `None`: not said.

    Attributes:
        pull_s: A node pulls the image, once.
        load_s: The server starts and loads its models.
        warm_up_s: It replays recorded requests.
    """

    pull_s: float = 0.0
    load_s: float | None = None
    warm_up_s: float = 0.0

    def total_s(self, load_s: float) -> float:
        """Return all of it, with a load that is not said."""
        return self.pull_s + (load_s if self.load_s is None else self.load_s) + self.warm_up_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the command line says of every candidate.

    Attributes:
        around: Pods and nodes, as far as no spec says more.
        start: Of pods.
        said: Names of the fields of `around` that were said, and stay so beside a spec.
        flags: Of the controller.
        delay_s: Age of metrics; `None`: the usual one.
        window_s: Time that metrics of requests cover; `None`: the usual one.
        reads: What metrics read, by name.
    """

    around: Surroundings
    start: StartUp = StartUp()
    said: frozenset[str] = frozenset()
    flags: Flags = field(default_factory=Flags)
    delay_s: float | None = None
    window_s: float | None = None
    reads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One policy and its surroundings.

    Attributes:
        name: What it is called.
        config: The autoscaler.
        meters: How each metric is read.
        zero: What KEDA does beside it.
        schedules: Floors by the time of day, by the place of their metric.
        around: Pods and nodes.
        notes: What was assumed, in words.
    """

    name: str
    config: Config
    meters: tuple[Meter, ...]
    zero: Zero | None
    schedules: Mapping[int, Schedule]
    around: Surroundings
    notes: tuple[str, ...]


def one_scaler(text: bytes, *, source: str) -> JsonObject | None:
    """Return the autoscaler among the documents of a file; None where it is a spec, or something else.

    Raises:
        InputError: There are several.
    """
    reading = read_documents(text, source=source, follows_aliases=True)
    bodies = [document.value for document in reading.documents if isinstance(document.value, dict)]
    found = [body for body in bodies if body.get("kind") in SCALERS]
    if len(found) > 1:
        raise InputError(f"{source} holds {len(found)} autoscalers", hint="name a file with one of them")
    if not found and any("kind" in body for body in bodies):
        raise InputError(f"{source} holds no {' or '.join(SCALERS)}", hint="name a spec, or a file with an autoscaler")
    if found and reading.problems:
        raise failure(reading.problems, source=source)
    return found[0] if found else None


def candidate_of_object(body: JsonObject, *, name: str, assumed: Assumptions) -> Candidate:
    """Take a HorizontalPodAutoscaler or a ScaledObject.

    Raises:
        InputError: It cannot be read, or has a metric of which traffic tells nothing.
    """
    start_s = assumed.start.total_s(_POD_START_S)
    around = replace(assumed.around, pod_start_s=start_s, image_s=assumed.start.pull_s)
    return _candidate(body, name=name, around=around, assumed=assumed, notes=(f"a pod starts in {start_s:g} s",))


def candidate_of_service(service: ServiceName, *, cluster: Cluster, name: str, assumed: Assumptions) -> Candidate:
    """Take the autoscaler of a service in its cluster: KEDA's object where KEDA made it.

    Raises:
        InputError: It cannot be simulated.
        PreconditionError: There is none.
    """
    from tfk8s.app.autoscale_live import find_scaler

    found = find_scaler(service, cluster=cluster)
    return candidate_of_object(found.scaled_object or found.scaler, name=name, assumed=assumed)


def candidate_of_spec(
    spec: ServiceSpec, *, name: str, base: Path, assumed: Assumptions, minor: int, infos: Mapping[str, ModelInfo]
) -> Candidate:
    """Render a spec, and take its autoscaler; a fixed number of pods is one that cannot move.

    Args:
        spec: The service.
        name: What the candidate is called.
        base: The folder that its paths start from.
        assumed: What the command line says.
        minor: Of the Kubernetes release to render for.
        infos: What is known of models by name.

    Raises:
        InputError: It cannot be rendered or simulated.
    """
    from tfk8s.app.render import read_models
    from tfk8s.app.simulate_pod import pod_of_spec
    from tfk8s.render import RenderOptions, render

    models = read_models(spec, base=base, known=infos)
    # The image does not matter to an autoscaler, and one with a model in it is not always built yet.
    options = RenderOptions(image="example.invalid/server:simulated", kubernetes_minor=minor)
    manifests = render(spec, models, options=options).manifests
    found = [item.body for item in manifests if item.ref.kind in SCALERS]
    pod = pod_of_spec(spec, models, options=options, around=assumed.around, said=assumed.said)
    start_s = assumed.start.total_s(_POD_START_S if pod.load_s is None else pod.load_s + _PROBE_S)
    notes = (f"a pod starts in {start_s:g} s: {_start_reason(pod, assumed.start)}", *pod.notes)
    around = replace(pod.around, pod_start_s=start_s, image_s=assumed.start.pull_s)
    body = found[0] if found else _fixed(pod.replicas)
    if text_at(body, "kind") == "ScaledObject" or spec_window_s(spec) is not None:
        assumed = replace(assumed, window_s=assumed.window_s or spec_window_s(spec))
    return _candidate(body, name=name, around=around, assumed=assumed, notes=notes, percentile=spec_percentile(spec))


def _start_reason(pod: SpecPod, start: StartUp) -> str:
    parts = [f"{start.pull_s:g} s of pulling once a node"] if start.pull_s else []
    if start.load_s is not None:
        parts.append(f"{start.load_s:g} s of load as said")
    elif pod.load_s is None:
        parts.append(f"{_POD_START_S:g} s of load, because the size of its models is not known here")
    else:
        parts.append(f"{pod.load_reason}, {_PROBE_S:g} s until a probe sees it")
    parts += [f"{start.warm_up_s:g} s of warm-up"] if start.warm_up_s else []
    return ", ".join(parts)


def spec_window_s(spec: ServiceSpec) -> float | None:
    """Seconds over which the spec's source takes rates; None without one."""
    source = getattr(spec.scaling, "source", None)
    return None if source is None else float(source.window_seconds)


def spec_percentile(spec: ServiceSpec) -> int:
    """Percentile of the spec's latency; the usual one where it follows none."""
    metrics = getattr(spec.scaling, "metrics", ())
    return next((metric.percentile for metric in metrics if metric.kind == "latencyMilliseconds"), 95)


def _fixed(replicas: int) -> JsonObject:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "fixed"},
        "spec": {"minReplicas": replicas, "maxReplicas": replicas},
    }


def _candidate(
    body: JsonObject,
    *,
    name: str,
    around: Surroundings,
    assumed: Assumptions,
    notes: tuple[str, ...],
    percentile: int = 95,
) -> Candidate:
    zero, schedules = None, {}
    if body.get("kind") == "ScaledObject":
        scaled = read_scaled_object(body)
        body, zero = scaled.autoscaler, scaled.zero
        schedules = {place: read_schedule(fields) for place, fields in scaled.schedules.items()}
    config = config_of(body, flags=assumed.flags)
    meters = tuple(
        _meter(config, place, assumed=assumed, percentile=percentile, is_scheduled=place in schedules)
        for place in range(len(config.metrics))
    )
    return Candidate(
        name=name,
        config=config,
        meters=meters,
        zero=zero,
        schedules=schedules,
        around=around,
        notes=(*notes, *out_of_reach(config, meters, around)),
    )


def _meter(config: Config, place: int, *, assumed: Assumptions, percentile: int, is_scheduled: bool) -> Meter:
    metric = config.metrics[place]
    delay_s = DELAY_S if assumed.delay_s is None else assumed.delay_s
    if metric.source in RESOURCES:
        signal = Signal.MEMORY if metric.name == "memory" else Signal.CPU
        return Meter(signal=signal, window_s=RESOURCE_WINDOW_S, delay_s=delay_s)
    if is_scheduled:
        return Meter(signal=Signal.SCHEDULE)
    window_s = REQUEST_WINDOW_S if assumed.window_s is None else assumed.window_s
    signal, nearest = _signal(metric.name, assumed.reads), known_percentile(percentile)
    return Meter(signal=signal, window_s=window_s, delay_s=delay_s, percentile=nearest)


def _signal(name: str, reads: Mapping[str, str]) -> Signal:
    if name in reads:
        return _SIGNALS[reads[name]]
    plain = name.removeprefix("prometheus.googleapis.com|").removesuffix("|gauge").replace("-", "_")
    known = _KNOWN.get(plain.removeprefix("tfk8s_"))
    if known is None:
        raise InputError(
            f"traffic does not tell what the metric {name} reads",
            hint=f"say it: --reads {name}=arriving, or {', '.join(key for key in _SIGNALS if key != 'arriving')}",
        )
    return known
