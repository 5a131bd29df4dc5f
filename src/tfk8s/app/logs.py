"""The use-case of `tfk8s logs`: the lines of all pods of a service, in the order of their time, then as they come."""

from __future__ import annotations

import heapq
import re
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timezone

from tfk8s.app.logs_containers import place_of, pods_of, state_of
from tfk8s.app.logs_follow import follow
from tfk8s.app.logs_reader import ContainerReader, LogEntry, LogItem, LogNotice, LogWindow
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock
from tfk8s.diagnose.server_lines import SEVERITIES, ServerLine
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError

MOST_CONTAINERS = 200
"""Each has a connection and, when it is followed, a thread of its own."""

_NANOSECONDS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines are told; the default takes all.

    Attributes:
        level: this severity and worse; a line of which none is known stays.
        model: lines that name this model, and lines that go on with one of them.
        version: the same of a version.
        pattern: searched in the whole line.
    """

    level: str = SEVERITIES[0]
    model: str | None = None
    version: int | None = None
    pattern: re.Pattern[str] | None = None

    def takes(self, line: ServerLine) -> bool:
        """Whether the line is told."""
        return (
            (not line.severity or SEVERITIES.index(line.severity) >= SEVERITIES.index(self.level))
            and (self.model is None or line.model == self.model)
            and (self.version is None or line.version == self.version)
            and (self.pattern is None or self.pattern.search(line.text) is not None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRequest:
    """What is asked for.

    Attributes:
        container: its name; the server by default.
        follows: whether to go on with what comes.
        window: which lines of the past.
        lines: which of the lines are told.
        interval_s: how often to look for pods that join.
    """

    container: str | None = None
    follows: bool = False
    window: LogWindow = field(default_factory=LogWindow)
    lines: LineFilter = LineFilter()
    interval_s: float = 1.0


def read_logs(
    name: ServiceName, *, request: LogRequest, cluster: Cluster, clock: Clock
) -> Generator[LogItem, None, None]:
    """Lines and notices; with `follows` without an end.

    Raises:
        PreconditionError: there is no pod, and none is waited for.
        InputError: a pod has no container of that name.
        ForbiddenError: the login may not `list` pods or `get` `pods/log`.
    """
    readers = _readers(name, request=request, cluster=cluster, clock=clock, window=request.window)
    if not readers and not request.follows:
        raise PreconditionError(
            f"{name.name} has no pods in namespace {name.namespace}",
            hint="`tfk8s status` says what is there; --follow waits for pods",
        )
    with closing(_all(name, readers, request=request, cluster=cluster, clock=clock)) as items:
        for item in items:
            if isinstance(item, LogNotice) or request.lines.takes(item.line):
                yield item


def _all(
    name: ServiceName, readers: Sequence[ContainerReader], *, request: LogRequest, cluster: Cluster, clock: Clock
) -> Generator[LogItem, None, None]:
    read, left = readers[:MOST_CONTAINERS], readers[MOST_CONTAINERS:]
    if left:
        yield LogNotice("", f"the logs of {MOST_CONTAINERS} of {len(readers)} pods are read, the oldest ones")
    if not read:
        yield LogNotice("", f"{name.name} has no pods yet")
    for reader in read:
        if not reader.state.has_run:
            yield LogNotice(reader.place.pod.name, f"has no log yet: {reader.state.waits_for}")
    with ExitStack() as streams:
        written = [streams.enter_context(closing(_written(reader))) for reader in read]
        yield from heapq.merge(*written, key=lambda item: item.at_ns if isinstance(item, LogEntry) else 0)
    if request.follows:

        def find() -> Sequence[ContainerReader]:
            return _readers(name, request=request, cluster=cluster, clock=clock, window=LogWindow())[:MOST_CONTAINERS]

        with closing(follow(read, find=find, interval_s=request.interval_s)) as items:
            yield from items


def _written(reader: ContainerReader) -> Generator[LogItem, None, None]:
    """One pod whose node does not answer does not keep the lines of the others back."""
    try:
        yield from reader.written()
    except ClusterUnreachableError as error:
        yield LogNotice(reader.place.pod.name, f"its log cannot be read: {error.message}")


def _readers(
    name: ServiceName, *, request: LogRequest, cluster: Cluster, clock: Clock, window: LogWindow
) -> tuple[ContainerReader, ...]:
    places = [(place_of(pod, container=request.container), pod) for pod in pods_of(name, cluster=cluster)]
    return tuple(
        ContainerReader(
            place, state=state_of(pod, container=place.container), cluster=cluster, clock=clock, window=window
        )
        for place, pod in places
    )


def entry_json(entry: LogEntry) -> JsonObject:
    """The stable form of one line; what is not known is null."""
    return {
        "time": rfc3339(entry.at_ns) if entry.at_ns else None,
        "pod": entry.place.pod.name,
        "container": entry.place.container,
        "canary": entry.place.is_canary,
        "severity": entry.line.severity or None,
        "source": entry.line.source or None,
        "model": entry.line.model or None,
        "version": entry.line.version,
        "text": entry.line.text,
    }


def rfc3339(at_ns: int) -> str:
    """The time in UTC, with all nine digits."""
    moment = datetime.fromtimestamp(at_ns // _NANOSECONDS, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % _NANOSECONDS:09d}Z"
