"""Reads the log of one container to its end, or on and on: through broken connections and through restarts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias, Union

from tfk8s.app.logs_containers import ContainerPlace, ContainerState, state_of
from tfk8s.app.logs_told import Told
from tfk8s.clock import Clock
from tfk8s.diagnose.server_lines import ServerLine, ServerLines
from tfk8s.manifest.fields import text_at
from tfk8s.ports.cluster import Cluster, ClusterUnreachableError
from tfk8s.ports.logs import LogStream, LogStreamQuery, StampedLine

PAUSE_S = 1.0
"""Between the end of a stream and the next look at the pod."""

_TRIES = 3

_LATE_LOOKS = 15
"""How often a pod that still calls a container running is looked at after its log has ended. The node has the log of
the next run before the pod tells of it: a stream that is opened then tells that run without a word of the restart, and
the rest of the run before only when it ends. A stream also ends while its container runs on, when a proxy ends it."""


class LogEntry(NamedTuple):
    """A line of a container.

    Attributes:
        at_ns: when the node took it, nanoseconds since 1970; the time of the line before where it has none; 0 for none.
        place: pod and container.
        line: what the line says.
    """

    at_ns: int
    place: ContainerPlace
    line: ServerLine


class LogNotice(NamedTuple):
    """What happened to a pod, told between the lines; `pod` is "" for what is about none."""

    pod: str
    text: str


LogItem: TypeAlias = Union[LogEntry, LogNotice]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWindow:
    """Which lines of the past are read.

    Attributes:
        tail_lines: of each run of a container; None for all.
        since_s: not older than so many seconds; None for any age.
        previous: those of the run before the last restart, too.
    """

    tail_lines: int | None = None
    since_s: int | None = None
    previous: bool = False


_EVERYTHING = LogWindow()


class ContainerReader:
    """Reads one container; every line is told once. One thread reads, any thread may close."""

    def __init__(
        self,
        place: ContainerPlace,
        *,
        state: ContainerState,
        cluster: Cluster,
        clock: Clock,
        window: LogWindow = _EVERYTHING,
    ) -> None:
        """Nothing is read yet. The window is for what was written before: a container without a log is read whole."""
        self.place = place
        self.state = state
        self._cluster, self._clock = cluster, clock
        self._window = window if state.has_run else _EVERYTHING
        self._told = Told()
        self._lines = ServerLines()
        self._at_ns = 0
        self._began_s: float | None = None
        self._stream: LogStream | None = None
        self._is_closed = False

    def written(self) -> Generator[LogEntry, None, None]:
        """What was written so far.

        Raises:
            ClusterUnreachableError: the cluster or the pod's node does not answer.
        """
        if self._window.tail_lines == 0:
            return
        if self._window.previous and self.state.restarts:
            yield from self._whole(previous=True)
            self._told, self._lines = Told(), ServerLines()
        yield from self._whole(previous=False)
        self._window = replace(self._window, tail_lines=None)  # whatever comes now is new

    def followed(self, *, pause: Callable[[float], bool]) -> Iterator[LogItem]:
        """What is written from then on, until the pod is gone or has ended.

        Args:
            pause: waits for some seconds; says whether to go on.
        """
        is_answered, has_all, late_looks = True, False, 0
        while True:
            try:
                state = self._look()
                if state is None:
                    yield self._notice("is gone")
                    return
                if state.restarts > self.state.restarts:
                    yield from self._next_run(state)
                    has_all, late_looks = False, 0
                if state.is_running and late_looks:
                    late_looks -= 1
                elif state.is_running or (state.has_run and not has_all):
                    is_whole = yield from self._one_stream()
                    has_all = is_whole and not state.is_running
                    late_looks = _LATE_LOOKS if is_whole and state.is_running else 0
                is_answered = True
                if state.is_over and (has_all or not state.has_run):
                    yield self._notice(f"has ended: {state.last_end or state.waits_for}")
                    return
            except ClusterUnreachableError as error:
                if is_answered and not self._is_closed:
                    yield self._notice(f"{error.message}; trying again")
                is_answered = False
            if self._is_closed or not pause(PAUSE_S):
                return

    def close(self) -> None:
        """End the stream that is open, and open no other one."""
        self._is_closed = True
        stream = self._stream
        if stream is not None:
            stream.close()

    def _look(self) -> ContainerState | None:
        """How the container is now; None when the pod is gone, whoever has its name."""
        pod = self._cluster.get(self.place.pod)
        if pod is None or text_at(pod, "metadata", "uid") != self.place.uid:
            return None
        return state_of(pod, container=self.place.container)

    def _next_run(self, state: ContainerState) -> Iterator[LogItem]:
        """The rest of the run that ended, and that another one has begun."""
        yield from self._read(self._query(previous=True, follow=False))
        missed = state.restarts - self.state.restarts - 1
        self.state = state
        self._lines, self._window = ServerLines(), _EVERYTHING
        lost = f"; runs between, of which the node keeps no log: {missed}" if missed else ""
        yield self._notice(
            f"container {self.place.container} was started again after {state.last_end or 'its end'}{lost}"
        )

    def _whole(self, *, previous: bool) -> Iterator[LogEntry]:
        """One run as far as it is written; a stream that breaks is gone on with."""
        for _ in range(_TRIES - 1):
            with suppress(ClusterUnreachableError):
                yield from self._read(self._query(previous=previous, follow=False))
                return
        yield from self._read(self._query(previous=previous, follow=False))

    def _one_stream(self) -> Generator[LogEntry, None, bool]:
        """One stream; whether it came to its end. That it breaks is no news: the next one goes on where it broke."""
        stream = self._open(self._query(previous=False, follow=True))
        if stream is None:
            return True
        try:
            yield from self._lines_of(stream)
        except ClusterUnreachableError:
            return False
        return True

    def _read(self, query: LogStreamQuery) -> Iterator[LogEntry]:
        stream = self._open(query)
        if stream is not None:
            yield from self._lines_of(stream)

    def _query(self, *, previous: bool, follow: bool) -> LogStreamQuery:
        """From where telling stopped; as the window says where nothing was told yet."""
        query = LogStreamQuery(container=self.place.container, previous=previous, follow=follow)
        window = self._window
        if self._told.since_ns is not None:
            return replace(query, since_ns=self._told.since_ns)
        if window.tail_lines == 0 and self._began_s is not None:  # no line since then, and the stream broke
            return replace(query, since_s=int(self._clock.monotonic_s() - self._began_s) + 1)
        self._began_s = self._clock.monotonic_s()
        return replace(query, since_s=window.since_s, tail_lines=window.tail_lines)

    def _open(self, query: LogStreamQuery) -> LogStream | None:
        self._told.resume()
        self._stream = None if self._is_closed else self._cluster.open_log(self.place.pod, query=query)
        if self._is_closed and self._stream is not None:  # closed while it was opened
            self._stream.close()
        return self._stream

    def _lines_of(self, stream: LogStream) -> Iterator[LogEntry]:
        try:
            for line in stream:
                if self._told.is_new(line):
                    yield self._entry(line)
        finally:
            self._stream = None
            stream.close()

    def _entry(self, line: StampedLine) -> LogEntry:
        self._at_ns = line.at_ns or self._at_ns
        return LogEntry(self._at_ns, self.place, self._lines.read(line.text))

    def _notice(self, text: str) -> LogNotice:
        return LogNotice(self.place.pod.name, text)
