"""The use-case of `tfk8s drift --watch`: looks again and again, and tells what has changed since the last look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tfk8s.app.drift import ServiceDrift, summary
from tfk8s.clock import Clock, rfc3339
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.names.printable import one_line
from tfk8s.plan.drift import DriftState, ObjectDrift

_SHOWN_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One look that found something else than the one before.

    Attributes:
        time: of the look, RFC 3339 in UTC.
        found: what differs; None when the cluster could not be asked.
        problem: why it could not.
    """

    time: str
    found: tuple[ServiceDrift, ...] | None
    problem: str = ""

    @property
    def is_drifted(self) -> bool:
        """Whether anything differs."""
        return self.found is not None and any(item.drift.objects for item in self.found)

    def line(self) -> str:
        """Everything on one line, because a log is read by lines."""
        if self.found is None:
            return one_line(f"{self.time} unknown: {self.problem}")
        parts = [f"{_where(item)}: {summary(item.drift)}: {_named(item)}" for item in self.found if item.drift.objects]
        return one_line(f"{self.time} " + ("; ".join(parts) or "no drift"))

    def as_json(self, documents: Callable[[ServiceDrift], JsonObject]) -> JsonObject:
        """The stable form: one object a change."""
        services = None if self.found is None else [documents(item) for item in self.found]
        return {"time": self.time, "problem": self.problem, "services": [*services] if services is not None else None}


def watch(look: Callable[[], tuple[ServiceDrift, ...]], *, clock: Clock, interval_s: float) -> Iterator[Round]:
    """Look for ever; what comes out is the first look, and each that differs from the one before.

    A cluster that does not answer, or a spec that cannot be read just now, is a state too: it is told once.
    """
    last: object = None
    while True:
        found, problem = _looked(look)
        if (found, problem) != last:
            last = (found, problem)
            moment = rfc3339(clock.utc_now())
            yield Round(time=moment, found=found, problem=problem)
        clock.sleep(interval_s)


def _looked(look: Callable[[], tuple[ServiceDrift, ...]]) -> tuple[tuple[ServiceDrift, ...] | None, str]:
    try:
        return look(), ""
    except Tfk8sError as error:
        return None, error.message


def _where(item: ServiceDrift) -> str:
    return f"{item.name.name} in {item.name.namespace}"


def _named(item: ServiceDrift) -> str:
    return ", ".join(_short(found) for found in item.drift.objects)


def _short(found: ObjectDrift) -> str:
    name = f"{found.ref.kind}/{found.ref.name}"
    if found.state is not DriftState.CHANGED:
        return f"{found.state.value} {name}"
    paths = [field.path for field in found.fields]
    more = f" and {len(paths) - _SHOWN_FIELDS} more" if len(paths) > _SHOWN_FIELDS else ""
    return f"{name} {' '.join(paths[:_SHOWN_FIELDS])}{more}"
