"""A sender of load that sends nothing: answers take as long as a test says, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.fakes.clock import FakeClock
from tfk8s.load import Outcome
from tfk8s.ports import Endpoint, PredictRequest, Transport
from tfk8s.ports.load import LoadLimits, LoadRequest, LoadSender


def always(_rps: float) -> tuple[float, str]:
    return 0.01, ""


@dataclass(kw_only=True)
class FakeSenders:
    """`answers` gives the time of an answer, and how it failed, by the rate; `during` is called in each sending."""

    clock: FakeClock
    answers: Callable[[float], tuple[float, str]] = always
    during: Callable[[int], None] = lambda _: None
    schedules: list[Sequence[float]] = field(default_factory=list)
    encoded: list[PredictRequest] = field(default_factory=list)
    limits: list[LoadLimits | None] = field(default_factory=list)
    is_closed: bool = False

    def encode(self, request: PredictRequest, *, transport: Transport) -> LoadRequest:
        self.encoded.append(request)
        return LoadRequest(transport=transport, path="/v1/models/m:predict", body=b"{}")

    @contextmanager
    def connect(self, endpoint: Endpoint, *, limits: LoadLimits | None = None) -> Iterator[LoadSender]:
        del endpoint
        self.limits.append(limits)
        yield self
        self.is_closed = True

    def send(self, requests: Sequence[LoadRequest], *, schedule: Sequence[float]) -> Sequence[Outcome]:
        assert requests
        self.schedules.append(schedule)
        self.during(len(self.schedules))
        self.clock.sleep(schedule[-1])
        rps = (len(schedule) - 1) / schedule[-1] if len(schedule) > 1 else 1.0
        latency_s, failure = self.answers(rps)
        return [Outcome(due_s, due_s, due_s + latency_s, failure) for due_s in schedule]
