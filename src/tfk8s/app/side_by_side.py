"""Does several slow things at once, in few threads, within a time that one of them cannot stretch."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

WORKERS = 8


class _Outcome(Generic[T]):
    """What came of one piece of work: a value or an exception."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.value: T | None = None
        self.error: BaseException | None = None
        try:
            self.value = work()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the work was asked for
            self.error = error


def side_by_side(work: Mapping[str, Callable[[], T]], *, limit_s: float) -> dict[str, T]:
    """The outcomes by key, in the order of `work`; a key is missing when its work did not end in time.

    What does not end is left to itself in a daemon thread, so it must be bounded, but not by much.

    Args:
        work: by key; what one raises is raised here.
        limit_s: seconds that each piece may take; the whole takes as many rounds of it as there are pieces to a worker.
    """
    waiting: queue.SimpleQueue[tuple[str, Callable[[], T]]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, _Outcome[T]]] = queue.SimpleQueue()
    for item in work.items():
        waiting.put(item)

    def run() -> None:
        while True:
            try:
                key, piece = waiting.get_nowait()
            except queue.Empty:
                return
            done.put((key, _Outcome(piece)))

    for number in range(min(WORKERS, len(work))):
        threading.Thread(target=run, name=f"side by side {number}", daemon=True).start()
    rounds = -(-len(work) // WORKERS)
    deadline = time.monotonic() + limit_s * rounds
    outcomes: dict[str, _Outcome[T]] = {}
    while len(outcomes) < len(work):
        try:
            key, outcome = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if outcome.error is not None:
            raise outcome.error
        outcomes[key] = outcome
    return {key: outcomes[key].value for key in work if key in outcomes}  # type: ignore[misc]  # an outcome has one
