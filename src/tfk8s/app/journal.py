"""Writes the journal of versions into the service's record, so that one run at a time moves versions."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from tfk8s.app.carry_out import World
from tfk8s.app.service import ServiceName
from tfk8s.clock import rfc3339
from tfk8s.errors import ClusterRejectedError, PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.ownership import VERSIONS_MANAGER
from tfk8s.plan import inventory_ref
from tfk8s.ports.cluster import ApplyOptions, Cluster
from tfk8s.rollout import journal as lines
from tfk8s.rollout.journal import JOURNAL_KEY, Change, Entry, Journal, Runner, State

_TRIES = 5
_RENEW_S = 5.0
BY_VERSIONS = ApplyOptions(field_manager=VERSIONS_MANAGER)


def read_journal(name: ServiceName, *, cluster: Cluster) -> Journal:
    """What was moved so far; () before the first time.

    Raises:
        PreconditionError: it cannot be read.
    """
    body = cluster.get(inventory_ref(name=name.name, namespace=name.namespace))
    return lines.read_journal(text_at(body, "data", JOURNAL_KEY))


def this_run() -> Runner:
    """A name for this run of the program."""
    return Runner(run=uuid4().hex[:12], host=socket.gethostname(), pid=os.getpid())


@dataclass(slots=True)
class Logbook:
    """The journal of one service, kept by one run: `begin`, `beat` while it works, `end`."""

    name: ServiceName
    world: World
    runner: Runner = field(default_factory=this_run)
    _beaten_s: float = 0.0

    def begin(self, change: Change, *, origin: int | None, digest: str = "") -> Entry:
        """Note the change as begun, or take an interrupted one over; `origin` is that of its first run then.

        Raises:
            PreconditionError: another run is at work on this service, or there is no record to note it in.
        """
        now = rfc3339(self.world.clock.utc_now())
        entry = Entry(
            time=now,
            who=self.world.cluster.user(),
            change=change,
            origin=origin,
            digest=digest,
            runner=self.runner,
            seen=now,
        )

        def next_lines(journal: Journal) -> Journal:
            self._require_free(journal)
            return lines.begun(journal, entry)

        written = self._write(next_lines)
        self._beaten_s = self.world.clock.monotonic_s()
        return next(item for item in reversed(written) if item.runner == self.runner)

    def beat(self) -> None:
        """Note from time to time that this run is alive.

        Raises:
            PreconditionError: another run has taken over.
        """
        now_s = self.world.clock.monotonic_s()
        if now_s - self._beaten_s >= _RENEW_S:
            self._beaten_s = now_s
            self._write(self._mine(lambda held: lines.seen(held, self.runner, now=self.world.clock.utc_now())))

    def end(self, state: State, *, note: str = "") -> None:
        """Note how it ended.

        Raises:
            PreconditionError: another run has taken over.
        """
        self._write(self._mine(lambda held: lines.ended(held, self.runner, state=state, note=note)))

    def release(self) -> None:
        """Leave the change to the next run, which need not wait then; a cluster that does not answer makes it wait."""
        with suppress(Tfk8sError):
            self._write(self._mine(lambda held: lines.released(held, self.runner)))

    def _mine(self, change: Callable[[Journal], Journal | None]) -> Callable[[Journal], Journal]:
        def changed(journal: Journal) -> Journal:
            new = change(journal)
            if new is None:
                raise PreconditionError(
                    f"another run has taken over the versions of {self.name.name}",
                    hint="tfk8s versions history shows whose; nothing more is done here",
                )
            return new

        return changed

    def _require_free(self, journal: Journal) -> None:
        """Refuse to work beside another run.

        Raises:
            PreconditionError: there is one.
        """
        entry = lines.unfinished(journal)
        if entry is None:
            return
        running = _is_running(entry.runner.pid)
        if lines.is_held(entry, self.runner, now=self.world.clock.utc_now(), is_running=running):
            where = f"process {entry.runner.pid} on {entry.runner.host}"
            raise PreconditionError(
                f"another run is moving versions of {self.name.name} now: {entry} ({where}, seen {entry.seen})",
                hint=f"wait until it has ended; a dead one is taken over after {lines.LEASE_S:.0f} s",
            )

    def _write(self, change: Callable[[Journal], Journal]) -> Journal:
        ref = inventory_ref(name=self.name.name, namespace=self.name.namespace)
        for attempt in range(_TRIES):
            body = self.world.cluster.get(ref)
            if body is None:
                raise PreconditionError(
                    f"{ref} is not there: {self.name.name} was not deployed by tfk8s, or its record is gone",
                    hint="tfk8s apply writes it; the versions of a service of another tool are moved by that tool",
                )
            new = change(lines.read_journal(text_at(body, "data", JOURNAL_KEY)))
            metadata: JsonObject = {
                "name": ref.name,
                "namespace": ref.namespace,
                "resourceVersion": text_at(body, "metadata", "resourceVersion"),
            }
            written: JsonObject = {
                "apiVersion": ref.api_version,
                "kind": ref.kind,
                "metadata": metadata,
                "data": {JOURNAL_KEY: lines.write_journal(new)},
            }
            try:
                self.world.cluster.apply(Manifest(ref=ref, body=written), options=BY_VERSIONS)
            except ClusterRejectedError:
                live = self.world.cluster.get(ref)
                is_other = text_at(live, "metadata", "resourceVersion") != metadata["resourceVersion"]
                if not is_other or attempt == _TRIES - 1:
                    raise
                continue
            return new
        raise AssertionError("the last try returns or raises")


def _is_running(pid: int) -> bool:
    """Whether a process of this number runs here."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return pid > 0
