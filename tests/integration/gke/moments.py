"""Moments at which a run may be killed: in front of and behind every request that changes something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from tests.fakes.gke.server import unwatched
from tests.integration.gke.google import Google
from tests.integration.gke.killing import Run, Trigger

_POLL_S = 0.005
_ANSWER_S = 60.0


def at_event(event: str, **fields: str) -> Trigger:
    """When the run reports an event."""

    def fits(found: dict[str, object]) -> bool:
        return found.get("event") == event and all(found.get(name) == value for name, value in fields.items())

    @contextmanager
    def prepared(run: Run) -> Iterator[None]:
        with _watching(run, lambda: any(fits(dict(found)) for found in run.events)):
            yield

    return prepared


def at_gke(google: Google, method: str, moment: str, *, number: int = 1) -> Trigger:
    """When GKE gets a call (`before` it is carried out) or is about to answer it (`after`)."""

    @contextmanager
    def prepared(run: Run) -> Iterator[None]:
        calls = count(1)
        gone = threading.Event()

        wanted = (method, moment)

        def watch(method: str, moment: str) -> None:
            if (method, moment) == wanted and next(calls) == number:
                run.moment.set()
                gone.wait(_ANSWER_S)  # the answer is held back until nobody waits for it

        google.gke.watch = watch
        try:
            yield
        finally:
            google.gke.watch = unwatched
            gone.set()

    return prepared


def at_repository(google: Google) -> Trigger:
    """When Artifact Registry is asked to make a repository."""

    @contextmanager
    def prepared(run: Run) -> Iterator[None]:
        with _held_at_repository(google, heard=run.moment.set):
            yield

    return prepared


def before_repository(google: Google, trigger: Trigger) -> Trigger:
    """When the trigger says so; the run goes no further than to ask for a repository."""

    @contextmanager
    def prepared(run: Run) -> Iterator[None]:
        with _held_at_repository(google, heard=lambda: None), trigger(run):
            yield

    return prepared


@contextmanager
def _held_at_repository(google: Google, *, heard: Callable[[], None]) -> Iterator[None]:
    gone = threading.Event()

    def hold() -> None:
        heard()
        gone.wait(_ANSWER_S)

    google.artifacts.meanwhile = hold
    try:
        yield
    finally:
        google.artifacts.meanwhile = lambda: None
        gone.set()


def at_upload(google: Google, *, after_bytes: int, method: str = "PATCH|PUT|POST", path: str = "/blobs/") -> Trigger:
    """When so many bytes of a request have reached the registry."""

    @contextmanager
    def prepared(run: Run) -> Iterator[None]:
        fault = google.registry.traffic.hold(after_bytes=after_bytes, method=method, path=path)
        try:
            with _watching(run, fault.reached.is_set):
                yield
        finally:
            fault.release.set()
            google.registry.traffic.forget()

    return prepared


@contextmanager
def _watching(run: Run, is_reached: Callable[[], bool]) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_POLL_S):
            if is_reached():
                run.moment.set()
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(60)
