"""What a load will be: whom it asks, what it sends, and how much of it at most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tfk8s.app.predict import PredictOptions
from tfk8s.load import Arrivals, Objective
from tfk8s.manifest import JsonObject
from tfk8s.model import size_text
from tfk8s.pictures import seconds_text
from tfk8s.ports.load import LoadLimits, LoadRequest

if TYPE_CHECKING:
    from tfk8s.app.bench_body import Given
    from tfk8s.ports import Endpoint

_BEYOND: Final = 2
"""So many requests of a step are to be beyond the percentile: of fewer it says little."""

_LONGEST_FACTOR: Final = 5
"""A step is not made longer than this many times for the sake of its percentile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a load must not pass.

    Attributes:
        seconds: From the first request to the last.
        requests: In all.
        rps: Highest rate that a search tries.
    """

    seconds: float = 1200.0
    requests: int = 200_000
    rps: float = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """What is measured.

    Attributes:
        asked: Model, version and signature.
        rates: To measure in turn; () looks for the knee, which needs an objective.
        objective: What is to be kept.
        seconds: Of one step; longer where a percentile needs more requests.
        arrivals: Fixed intervals, or random ones.
        seed: Of arrivals and of bodies that are made.
        given: What is asked; () makes it from the signature.
        batch: Examples in a body that is made.
        limits: Of the sender.
        bounds: Of all steps together.
    """

    asked: PredictOptions
    rates: tuple[float, ...] = ()
    objective: Objective | None = None
    seconds: float = 30.0
    arrivals: Arrivals = "poisson"
    seed: int = 0
    given: tuple[Given, ...] = ()
    batch: int = 1
    limits: LoadLimits = field(default_factory=LoadLimits)
    bounds: Bounds = field(default_factory=Bounds)

    def seconds_at(self, rps: float) -> float:
        """How long a rate is held: until its percentile is one, within reason."""
        if self.objective is None:
            return self.seconds
        wanted = _BEYOND / (1 - self.objective.percentile / 100) / rps
        return math.ceil(min(max(self.seconds, wanted), self.seconds * _LONGEST_FACTOR))


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """What would be sent where.

    Attributes:
        service: As the figures will name it: namespace and name, or an address.
        context: Of the kubeconfig; empty for an address.
        endpoint: Where it goes.
        version: Of the model that answers, as the server says; `None`: it does not.
        signature: Its name.
        requests: Encoded, sent in turn.
    """

    options: BenchOptions
    service: str
    context: str
    endpoint: Endpoint
    version: int | None
    signature: str
    requests: Sequence[LoadRequest]

    @property
    def address(self) -> str:
        """As a person writes it."""
        return self.endpoint.url if self.endpoint.transport == "rest" else self.endpoint.authority

    @property
    def where(self) -> str:
        """The service, and the way to it."""
        context = f" (context {self.context})" if self.context else ""
        way = "" if self.endpoint.how.startswith("--") else f", {self.endpoint.how}"  # the option that gave the address
        return f"{self.service}{context} at {self.address}{way}"

    @property
    def expected_requests(self) -> int | None:
        """Of the rates that were asked for, without the warm-up; `None`: a search, which ends when it has found."""
        options = self.options
        return sum(math.ceil(rps * options.seconds_at(rps)) for rps in options.rates) or None

    @property
    def expected_seconds(self) -> float | None:
        """Likewise."""
        return sum(self.options.seconds_at(rps) for rps in self.options.rates) or None


def plan_text(plan: BenchPlan) -> str:
    """What will be sent, and where; shown before anything is."""
    options = plan.options
    protocol = {"rest": "REST", "grpc": "gRPC"}[plan.endpoint.transport]
    version = f" version {plan.version}" if plan.version is not None else ""
    sizes = sorted({len(request.body) for request in plan.requests})
    size = size_text(sizes[0]) if len(sizes) == 1 else f"{size_text(sizes[0])} to {size_text(sizes[-1])}"
    source = f"{len(options.given)} given" if options.given else f"made from the signature, seed {options.seed}"
    return "\n".join(
        (
            f"load on {plan.where}",
            f"  asks     model {options.asked.model}{version}, signature {plan.signature}, over {protocol}",
            f"  sends    {source}, {size} each, on at most {options.limits.connections} connections",
            f"  rates    {_rates_text(options)}, {options.arrivals} arrivals",
            f"  in all   {_amount_text(plan)}",
        )
    )


def plan_json(plan: BenchPlan) -> JsonObject:
    """The same as `-o json --dry-run` writes it."""
    options, objective = plan.options, plan.options.objective
    return {
        "service": plan.service,
        "context": plan.context,
        "address": plan.address,
        "reached": plan.endpoint.how,
        "protocol": plan.endpoint.transport,
        "model": options.asked.model,
        "version": plan.version,
        "signature": plan.signature,
        "body_bytes": [len(request.body) for request in plan.requests],
        "rates": [*options.rates],
        "objective": None
        if objective is None
        else {
            "percentile": objective.percentile,
            "latency_s": objective.latency_s,
            "error_share": objective.error_share,
        },
        "arrivals": options.arrivals,
        "seed": options.seed,
        "connections": options.limits.connections,
        "step_seconds": options.seconds,
        "expected_requests": plan.expected_requests,
        "expected_seconds": plan.expected_seconds,
        "most_requests": options.bounds.requests,
        "most_seconds": options.bounds.seconds,
    }


def _rates_text(options: BenchOptions) -> str:
    if options.rates:
        rates = ", ".join(f"{rps:g}" for rps in options.rates)
        return f"{rates} requests/s, {options.seconds:g} s each"
    assert options.objective is not None  # noqa: S101 - a search has one
    objective = f"p{options.objective.percentile:g} within {options.objective.latency_s * 1000:g} ms"
    return f"looked for, up to {options.bounds.rps:g} requests/s, {options.seconds:g} s or more each, for {objective}"


def _amount_text(plan: BenchPlan) -> str:
    bounds = plan.options.bounds
    most = f"at most {bounds.requests:,} requests in {seconds_text(bounds.seconds)}"
    if plan.expected_requests is None or plan.expected_seconds is None:
        return most
    return f"about {plan.expected_requests:,} requests in {seconds_text(plan.expected_seconds)}, {most}"
