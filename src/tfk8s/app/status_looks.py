"""The use-case of `tfk8s status --watch`: the service again and again, with what its servers counted in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tfk8s.app.pod_counters import read_counters
from tfk8s.app.reach import is_ready
from tfk8s.app.service import ServiceName
from tfk8s.app.status import ServiceStatus, as_json, require_sound
from tfk8s.clock import Clock, rfc3339
from tfk8s.errors import PreconditionError, PredictionError, RolloutFailedError, Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.ownership import service_selector
from tfk8s.manifest.snapshot import name_of
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery
from tfk8s.ports.metrics import MetricsReader
from tfk8s.rollout.rates import Rates, rates_of
from tfk8s.rollout.traffic import Side, Traffic

_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the servers of a service counted since the look before.

    Attributes:
        seconds: between the two.
        models: rates by the model's name in the URL.
        silent: why the counters of a pod are not in it, a sentence each.
    """

    seconds: float
    models: Mapping[str, Rates]
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLook:
    """One service at one time.

    Attributes:
        region: where it is, "" for a service of one cluster.
        status: what was found; None when the cluster could not be asked.
        measured: its traffic; None at the first look, which has none before it.
        problem: why it could not be asked, or what is wrong with what was found.
        exit_code: what a command ends with after it.
    """

    region: str
    status: ServiceStatus | None
    measured: Measured | None = None
    problem: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Counters at one time: what the next look is compared with."""

    at_s: float
    sides: Mapping[str, Side] = field(default_factory=dict)
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A service, and how to look at it.

    Attributes:
        region: see StatusLook.
        name: of the service.
        cluster: where it is.
        metrics: reads a page of counters.
        look: finds everything but the traffic.
    """

    region: str
    name: ServiceName
    cluster: Cluster
    metrics: MetricsReader
    look: Callable[[], ServiceStatus]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRound:
    """All regions at one time."""

    time: str
    looks: tuple[StatusLook, ...]

    @property
    def exit_code(self) -> int:
        """That of the first region that is not well."""
        return next((look.exit_code for look in self.looks if look.exit_code), 0)

    def shows_same(self, other: StatusRound | None) -> bool:
        """Whether another round showed the same; seconds between looks are nobody's news."""
        return other is not None and [*map(_shown, self.looks)] == [*map(_shown, other.looks)]


def _shown(look: StatusLook) -> object:
    measured = look.measured
    return (
        look.problem,
        None if look.status is None else as_json(look.status),
        None if measured is None else (measured.models, measured.silent),
    )


def status_rounds(services: Sequence[Watched], *, clock: Clock, interval_s: float) -> Iterator[StatusRound]:
    """Look for ever, at all regions at the same time.

    Raises:
        Tfk8sError: the only service could not be found at the first look; later its absence is a state.
    """
    readings: dict[str, Reading] = {}
    is_first = True
    while True:
        with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
            found = list(pool.map(lambda service: _look(service, readings.get(service.region), clock), services))
        for service, (_, reading, error) in zip(services, found, strict=True):
            if is_first and error is not None and len(services) == 1:
                raise error
            if reading is not None:
                readings[service.region] = reading
        moment = rfc3339(clock.utc_now())
        yield StatusRound(time=moment, looks=tuple(look for look, _, _ in found))
        is_first = False
        clock.sleep(interval_s)


def _look(
    service: Watched, before: Reading | None, clock: Clock
) -> tuple[StatusLook, Reading | None, Tfk8sError | None]:
    try:
        status = service.look()
    except Tfk8sError as error:
        look = StatusLook(region=service.region, status=None, problem=error.message, exit_code=error.exit_code)
        return look, None, error
    problem, code = _verdict(status)
    reading = _read(service, status, before=before, at_s=clock.monotonic_s())
    measured = None if before is None else _measured(before, reading)
    look = StatusLook(region=service.region, status=status, measured=measured, problem=problem, exit_code=code)
    return look, reading, None


def _verdict(status: ServiceStatus) -> tuple[str, int]:
    try:
        require_sound(status)
    except RolloutFailedError as error:
        return error.message, error.exit_code
    return "", 0


def _read(service: Watched, status: ServiceStatus, *, before: Reading | None, at_s: float) -> Reading:
    """Ask each ready pod for each model; totals begin anew, so that they are those of one interval."""
    names = service.name.objects
    labels = dict(names.service_labels) if names is not None else service_selector(service.name.name)
    query = ObjectQuery(api_version="v1", kind="Pod", namespace=service.name.namespace, labels=labels)
    pods = [pod for pod in service.cluster.list(query) if is_ready(pod)]
    models = sorted({report.model for pod in status.pods for report in pod.report.models})
    silent: dict[str, str] = {}

    def ask(pod: JsonObject) -> dict[str, Traffic]:
        try:
            return {
                model: read_counters(pod, model=model, cluster=service.cluster, metrics=service.metrics)
                for model in models
            }
        except (PredictionError, PreconditionError, ForbiddenError) as error:
            silent[name_of(pod)] = f"Pod/{name_of(pod)}: {error.message}"
            return {}

    with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
        answers = dict(zip((text_at(pod, "metadata", "uid") for pod in pods), pool.map(ask, pods), strict=True))
    sides = {}
    for model in models:
        last = before.sides[model].last if before is not None and model in before.sides else {}
        now = {uid: found[model] for uid, found in answers.items() if model in found}
        sides[model] = Side(last=last).looked(now, listed=answers.keys())
    return Reading(at_s=at_s, sides=sides, silent=tuple(silent[name] for name in sorted(silent)))


def _measured(before: Reading, now: Reading) -> Measured:
    seconds = max(now.at_s - before.at_s, 1e-3)
    models = {model: rates_of(side.total, seconds=seconds) for model, side in now.sides.items()}
    return Measured(seconds=seconds, models=models, silent=now.silent)
