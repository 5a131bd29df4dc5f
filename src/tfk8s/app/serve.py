"""The use-case of `tfk8s serve`: start the server, wait until it answers, stay until it ends or is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tfk8s.clock import Clock, SystemClock, ticks
from tfk8s.errors import PreconditionError, PredictionError, RolloutFailedError, WaitTimeoutError
from tfk8s.ports import (
    Dialer,
    Endpoint,
    LocalRun,
    LocalServer,
    LocalServers,
    LogSink,
    ModelServers,
    Reporter,
    SilentReporter,
    StepDone,
    StepStarted,
)

LOOPBACK = "127.0.0.1"
_POLL_S = 0.25
_LOOK_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeWorld:
    """What the use-case needs of the world."""

    local: LocalServers
    servers: ModelServers
    dialer: Dialer
    log: LogSink
    reporter: Reporter = field(default_factory=SilentReporter)
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyServer:
    """A server on this computer that answers for every model, its REST address, and the seconds it took."""

    server: LocalServer
    endpoint: Endpoint
    ready_s: float


def serve(
    run: LocalRun, *, models: tuple[str, ...], world: ServeWorld, on_ready: Callable[[Endpoint], None], timeout_s: float
) -> None:
    """Serve until the process is interrupted.

    Args:
        run: the server.
        models: names that must answer before it counts as ready.
        world: what runs it.
        on_ready: called once, with the REST address.
        timeout_s: until it must be ready; fetching the image counts.

    Raises:
        PreconditionError: a port is taken, or there is nothing to run the server with.
        RolloutFailedError: the server ended by itself; details are the end of its log.
        WaitTimeoutError: it was not ready in time.
    """
    with ready_server(run, models=models, world=world, timeout_s=timeout_s) as ready:
        on_ready(ready.endpoint)
        while ready.server.exit_code is None:
            ready.server.wait(timeout_s=_LOOK_S)
        raise _ended(ready.server)


@contextmanager
def ready_server(
    run: LocalRun, *, models: tuple[str, ...], world: ServeWorld, timeout_s: float, what: str = "model server"
) -> Iterator[ReadyServer]:
    """Start a server and wait until it answers; leaving the context stops it. Raises as `serve`.

    Args:
        run: the server.
        models: names that must answer before it counts as ready.
        world: what runs it.
        timeout_s: until it must be ready.
        what: the step's name for people.
    """
    for option, port in (("--rest-port", run.rest_port), ("--port", run.grpc_port)):
        if world.dialer.can_connect(LOOPBACK, port):
            raise PreconditionError(
                f"port {port} of this computer is in use",
                hint=f"choose another one with {option}, or stop what listens there "
                "(`docker ps --filter label=tfk8s.dev/serve` shows servers that a killed run left)",
            )
    endpoint = Endpoint(transport="rest", host=LOOPBACK, port=run.rest_port, how="this computer")
    step = f"{what} ({world.local.what})"
    world.reporter.emit(StepStarted(step=step))
    started = world.clock.monotonic_s()
    with world.local.start(run, log=world.log) as server:
        _wait_until_ready(server, endpoint=endpoint, models=models, world=world, timeout_s=timeout_s)
        seconds = world.clock.monotonic_s() - started
        world.reporter.emit(StepDone(step=step, outcome=f"{', '.join(models)} answers", seconds=seconds))
        yield ReadyServer(server=server, endpoint=endpoint, ready_s=seconds)


def _wait_until_ready(
    server: LocalServer, *, endpoint: Endpoint, models: tuple[str, ...], world: ServeWorld, timeout_s: float
) -> None:
    for _ in ticks(world.clock, timeout_s=timeout_s, interval_s=_POLL_S):
        if server.exit_code is not None:
            raise _ended(server)
        if world.dialer.can_connect(LOOPBACK, endpoint.port) and _all_answer(endpoint, models=models, world=world):
            return
    raise WaitTimeoutError(
        f"the model server is not ready after {timeout_s:g} s",
        hint="see its log above; give it more time with --timeout",
        details=server.last_lines,
    )


def _all_answer(endpoint: Endpoint, *, models: tuple[str, ...], world: ServeWorld) -> bool:
    """The server opens its ports when every model is loaded; the look at each says that it is our server."""
    try:
        with world.servers.connect(endpoint) as client:
            return all(any(state.is_available for state in client.status(model)) for model in models)
    except PredictionError:
        return False


def _ended(server: LocalServer) -> RolloutFailedError:
    return RolloutFailedError(
        f"the model server ended with exit code {server.exit_code}",
        hint=server.advice,
        details=server.last_lines,
    )
