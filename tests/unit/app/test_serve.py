"""Start, wait, stay, and end with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.model_server import FakeModelServer
from tfk8s.app.serve import ServeWorld, serve
from tfk8s.errors import PreconditionError, RolloutFailedError, WaitTimeoutError
from tfk8s.ports import Endpoint, LocalRun, LocalServer, LogSink, ServingState, VersionState

RUN = LocalRun(
    name="m",
    image="i",
    arguments=(),
    environment={},
    files={},
    directories={"/models/m": Path("/m")},
    rest_port=9501,
    grpc_port=9500,
)


@dataclass
class FakeComputer:
    """Runs one server that opens its ports after a while, and ends when it is waited for, or never opens them."""

    clock: FakeClock = field(default_factory=FakeClock)
    opens_after_s: float = 10
    ends_after_s: float = 5000
    taken: tuple[int, ...] = ()
    running: bool = False
    stopped: int = 0
    last_lines: tuple[str, ...] = ("the last line",)
    what: str = "a fake"
    advice: str = "look"

    @contextmanager
    def start(self, run: LocalRun, *, log: LogSink) -> Iterator[LocalServer]:
        self.running = True
        log("started")
        try:
            yield self
        finally:
            self.stopped += 1

    @property
    def exit_code(self) -> int | None:
        return 255 if self.clock.monotonic_s() >= self.ends_after_s else None

    def wait(self, *, timeout_s: float) -> None:
        self.clock.sleep(timeout_s)

    def can_connect(self, host: str, port: int) -> bool:
        assert host == "127.0.0.1"
        is_open = self.running and self.clock.monotonic_s() >= self.opens_after_s
        return port in self.taken or (is_open and port == RUN.rest_port)


def run_on(computer: FakeComputer, *, server: FakeModelServer | None = None, timeout_s: float = 60) -> list[Endpoint]:
    ready: list[Endpoint] = []
    available = FakeModelServer(states=(VersionState(number=1, state=ServingState.AVAILABLE),))
    world = ServeWorld(
        local=computer, servers=server or available, dialer=computer, log=lambda _: None, clock=computer.clock
    )
    with pytest.raises(RolloutFailedError, match="ended with exit code 255") as caught:
        serve(RUN, models=("m",), world=world, on_ready=ready.append, timeout_s=timeout_s)
    assert caught.value.details == ("the last line",)
    assert caught.value.hint == "look"
    return ready


def test_the_address_is_given_once_every_model_answers_and_the_server_is_stopped_at_the_end() -> None:
    computer = FakeComputer()

    ready = run_on(computer)

    assert [endpoint.url for endpoint in ready] == ["http://127.0.0.1:9501"]
    assert computer.stopped == 1
    assert computer.clock.monotonic_s() >= 5000


def test_a_server_that_ends_before_it_is_ready_is_a_failure_with_its_last_lines() -> None:
    computer = FakeComputer(ends_after_s=3)

    assert run_on(computer) == []
    assert computer.stopped == 1


@pytest.mark.parametrize("model", ["m", "another"])
def test_a_server_that_is_never_ready_times_out_and_is_stopped(model: str) -> None:
    computer = FakeComputer()
    world = ServeWorld(
        local=computer,
        servers=FakeModelServer(model=model, states=(VersionState(number=1, state=ServingState.LOADING),)),
        dialer=computer,
        log=lambda _: None,
        clock=computer.clock,
    )

    with pytest.raises(WaitTimeoutError, match="not ready after 60 s") as caught:
        serve(RUN, models=("m",), world=world, on_ready=lambda _: None, timeout_s=60)

    assert caught.value.details == ("the last line",)
    assert computer.stopped == 1


@pytest.mark.parametrize(("port", "option"), [(9501, "--rest-port"), (9500, "--port")])
def test_a_port_in_use_is_refused_before_anything_starts(port: int, option: str) -> None:
    computer = FakeComputer(taken=(port,))
    world = ServeWorld(
        local=computer, servers=FakeModelServer(), dialer=computer, log=lambda _: None, clock=computer.clock
    )

    with pytest.raises(PreconditionError, match=f"port {port} of this computer is in use") as caught:
        serve(RUN, models=("m",), world=world, on_ready=lambda _: None, timeout_s=60)

    assert option in str(caught.value.hint)
    assert not computer.running
