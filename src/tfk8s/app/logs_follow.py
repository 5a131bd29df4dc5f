"""Follows many containers at once, each in a thread, and those that join; few lines wait, however fast they come."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress

from tfk8s.app.logs_reader import ContainerReader, LogItem, LogNotice
from tfk8s.ports.cluster import ClusterUnreachableError

_MOST_WAITING = 1000
"""Lines that were read and not shown yet; a reader waits when there are more, and so does the node."""

_LONGEST_WAIT_S = 0.2
_END_S = 2.0


def follow(
    readers: Sequence[ContainerReader], *, find: Callable[[], Sequence[ContainerReader]], interval_s: float
) -> Generator[LogItem, None, None]:
    """Lines of all containers as they come, without an end.

    Args:
        readers: what is followed from the beginning.
        find: everything that there is now; what is new is followed too.
        interval_s: how often that is asked for.

    Raises:
        Tfk8sError: a reader's failure, but for a cluster that does not answer: that passes, and is told once.
    """
    crowd = _Crowd()
    is_answered = True
    try:
        for reader in readers:
            crowd.add(reader)
        due_s = time.monotonic()
        while True:
            item = crowd.next(_LONGEST_WAIT_S)
            if item is not None:
                yield item
            if time.monotonic() < due_s:
                continue
            try:
                for reader in find():
                    if crowd.add(reader):
                        yield LogNotice(reader.place.pod.name, _joined(reader))
                is_answered = True
            except ClusterUnreachableError as error:
                if is_answered:
                    yield LogNotice("", f"{error.message}; trying again")
                is_answered = False
            due_s = time.monotonic() + interval_s
    finally:
        crowd.end()


def _joined(reader: ContainerReader) -> str:
    waits = f": {reader.state.waits_for}" if reader.state.waits_for else ""
    return f"joins{waits}"


class _Crowd:
    """The threads, and the queue that they share."""

    def __init__(self) -> None:
        self._items: queue.Queue[LogItem | BaseException] = queue.Queue(_MOST_WAITING)
        self._over = threading.Event()
        self._readers: dict[tuple[str, str], ContainerReader] = {}
        self._threads: list[threading.Thread] = []

    def add(self, reader: ContainerReader) -> bool:
        """Follow it; False when it is followed, or was until it ended."""
        if reader.place.key in self._readers:
            return False
        self._readers[reader.place.key] = reader
        name = f"log of {reader.place.pod.name}"
        thread = threading.Thread(target=self._run, args=(reader,), name=name, daemon=True)
        self._threads = [*(item for item in self._threads if item.is_alive()), thread]
        thread.start()
        return True

    def next(self, wait_s: float) -> LogItem | None:
        """The next line or notice; None when there was none for so long."""
        try:
            item = self._items.get(timeout=wait_s)
        except queue.Empty:
            return None
        if isinstance(item, BaseException):
            raise item
        return item

    def end(self) -> None:
        """End all streams and threads; one that hangs is left to itself."""
        self._over.set()
        for reader in self._readers.values():
            reader.close()
        deadline_s = time.monotonic() + _END_S
        for thread in self._threads:
            thread.join(max(deadline_s - time.monotonic(), 0.0))

    def _run(self, reader: ContainerReader) -> None:
        try:
            for item in reader.followed(pause=lambda seconds: not self._over.wait(seconds)):
                self._put(item)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the lines are shown
            self._put(error)

    def _put(self, item: LogItem | BaseException) -> None:
        while not self._over.is_set():
            with suppress(queue.Full):
                self._items.put(item, timeout=_LONGEST_WAIT_S)
                return
