"""The use-case of `tfk8s bench`: hold rates of requests on a service, and find the highest that it sustains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from tfk8s.app.bench_body import bodies
from tfk8s.app.bench_plan import BenchOptions, BenchPlan
from tfk8s.app.bench_service import BenchService, is_forwarded
from tfk8s.app.bench_watch import Look, NoWatch, Watch, server_side, usage_within
from tfk8s.app.predict import ask_metadata, choose_signature
from tfk8s.clock import Clock, SystemClock, rfc3339
from tfk8s.errors import PreconditionError
from tfk8s.load import Bench, Ended, Outcome, Phase, Search, Step, knee_of, next_rate, schedule, step_of
from tfk8s.ports import (
    Endpoint,
    ModelServer,
    ModelServers,
    Note,
    PictureReader,
    PredictRequest,
    Reporter,
    ServerUnreachableError,
    SilentReporter,
    StepDone,
    Warn,
)
from tfk8s.ports.load import LoadSender, LoadSenders

_WARM_S: Final = 3.0
_LEAST_WARM_RPS, _MOST_WARM_RPS = 1.0, 50.0
_LEAST_OF_START: Final = 64
"""A search ends at this part of its first rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchWorld:
    """What the use-case needs of the world; the endpoint is opened for the time of the load alone.

    Attributes:
        service: Whose pods are looked at; `None`: of an address nobody knows what is behind it.
    """

    endpoint: AbstractContextManager[Endpoint]
    servers: ModelServers
    senders: LoadSenders
    pictures: PictureReader
    service: BenchService | None = None
    reporter: Reporter = field(default_factory=SilentReporter)
    clock: Clock = field(default_factory=SystemClock)


@contextmanager
def open_bench(options: BenchOptions, *, world: BenchWorld) -> Iterator[PreparedBench]:
    """Find the service, ask what it serves, and encode the requests; no prediction is asked for yet.

    Raises:
        InputError: the signature is not there or has to be named, or no request can be made for it.
        PreconditionError: the service cannot be found.
        ServerRefusedError: the model is not served.
        ServerUnreachableError: nobody answered.
    """
    with world.endpoint as endpoint, world.servers.connect(endpoint) as server:
        served = ask_metadata(server, options=options.asked)
        signature, note = choose_signature(served, wanted=options.asked.signature)
        if note:
            world.reporter.emit(Note(message=note))
        made = bodies(
            options.given,
            signature=signature,
            pictures=world.pictures,
            scale=options.asked.scale,
            batch=options.batch,
            seed=options.seed,
        )
        asked = [
            PredictRequest(model=options.asked.model, signature=signature, body=body, target=options.asked.target)
            for body in made
        ]
        plan = BenchPlan(
            options=options,
            service=endpoint.authority if world.service is None else world.service.title,
            context="" if world.service is None else world.service.cluster.identity.context,
            endpoint=endpoint,
            version=served.version,
            signature=signature.name,
            requests=tuple(world.senders.encode(request, transport=endpoint.transport) for request in asked),
        )
        yield PreparedBench(plan=plan, first=asked[0], server=server, world=world)


class PreparedBench:
    """A load that can begin.

    Attributes:
        plan: What will be sent, and where.
    """

    def __init__(self, *, plan: BenchPlan, first: PredictRequest, server: ModelServer, world: BenchWorld) -> None:
        """Nothing is sent."""
        self.plan = plan
        self._first = first
        self._server = server
        self._world = world
        self._watch: Watch = NoWatch()
        if world.service is not None:
            self._watch = world.service.watch(plan.endpoint, model=plan.options.asked.model)
        self._steps: list[Step] = []
        self._notes: list[str] = []
        self._left = plan.options.bounds.requests
        self._pods: int | None = None

    def measure(self) -> Bench:
        """Send what was planned; Ctrl-C ends it, with the steps that are over.

        Raises:
            ServerRefusedError: the first request was refused.
            PreconditionError: it was not the service's pods that answered it.
            ServerUnreachableError: no connection can be made.
        """
        started_at = rfc3339(self._world.clock.utc_now())
        begun_s = self._world.clock.monotonic_s()
        version, first_s, ready = self._ask_once()
        cores = self._surroundings(ready)
        try:
            with self._world.senders.connect(self.plan.endpoint, limits=self.plan.options.limits) as sender:
                start_rps = self._warm_up(sender, first_s=first_s)
                ended = self._run(sender, start_rps=start_rps, begun_s=begun_s)
        except KeyboardInterrupt:
            ended = "interrupted"
        except ServerUnreachableError as error:
            if not self._steps:
                raise
            ended = "failing"
            self._tell(f"after step {len(self._steps)}: {error.message}")
        return self._bench(ended, version=version, started_at=started_at, cores=cores)

    def _bench(self, ended: Ended, *, version: int | None, started_at: str, cores: float | None) -> Bench:
        plan, options, pods = self.plan, self.plan.options, self._pods or 1
        knee = None
        if options.objective is not None:
            knee = knee_of(self._steps, objective=options.objective, pods=pods)
        return Bench(
            service=plan.service,
            model=options.asked.model,
            version=version,
            protocol=plan.endpoint.transport,
            arrivals=options.arrivals,
            pods=pods,
            cpu_request_cores=cores,
            started_at=started_at,
            objective=options.objective,
            steps=tuple(self._steps),
            knee=knee,
            seed=options.seed,
            connections=options.limits.connections,
            reached=plan.endpoint.how,
            ended=ended,
            notes=tuple(self._notes),
        )

    def _ask_once(self) -> tuple[int | None, float, Sequence[str]]:
        """One request: by which version it is answered, in what time, and the pods that were ready for it."""
        clock, before = self._world.clock, self._watch.look()
        begun_s = clock.monotonic_s()
        response = self._server.predict(self._first)
        first_s = clock.monotonic_s() - begun_s
        after = self._watch.look()
        self._left -= 1
        self._pods = after.pods
        self._require_own(before, after)
        version = response.version if response.version is not None else self.plan.version
        return version, first_s, after.ready or ()

    def _require_own(self, before: Look, after: Look) -> None:
        side = server_side(before, after)
        if side.answered == 0:
            raise PreconditionError(
                f"a request to {self.plan.where} was answered, and not by a pod of {self.plan.service}",
                hint="something else listens there; look at the addresses of the service, or give one with --address",
            )
        if self._world.service is not None and side.answered is None:
            why = f" ({after.problems[0]})" if after.problems else ""
            self._tell(f"the servers' own counters could not be read{why}, so which pods answered is not known")

    def _surroundings(self, ready: Sequence[str]) -> float | None:
        """Tell what a reader of the figures must know; what each pod requests."""
        service = self._world.service
        if service is None:
            unknown = "how many pods are behind the address is not known: the figures are those of all together"
            self._notes.append(unknown)
            self._world.reporter.emit(Note(message=unknown))
            return None
        if is_forwarded(self.plan.endpoint):
            self._tell(
                "measured through a port-forward: all passes the API server, latencies are higher, and one pod is "
                "asked; a load balancer or a port of the nodes (expose) would show what clients see"
            )
        note = service.autoscaler_note()
        if note is not None:
            self._tell(note)
        return service.cpu_request_cores(ready[0]) if ready else None

    def _tell(self, note: str) -> None:
        self._notes.append(note)
        self._world.reporter.emit(Warn(message=note))

    def _warm_up(self, sender: LoadSender, *, first_s: float) -> float:
        """Use the connections and the server for a moment, uncounted; the rate that a search may start at."""
        rps = min(max(0.5 / max(first_s, 1e-3), _LEAST_WARM_RPS), _MOST_WARM_RPS)
        outcomes = self._send(sender, rps=rps, seconds=_WARM_S, seed=self.plan.options.seed)
        answered = [outcome.latency_s for outcome in outcomes if not outcome.failure]
        taken_s = median(answered) if answered else first_s
        return float(f"{0.5 / max(taken_s, 1e-3):.2g}")

    def _run(self, sender: LoadSender, *, start_rps: float, begun_s: float) -> Ended:
        options, clock = self.plan.options, self._world.clock
        search = Search(start_rps=start_rps, least_rps=start_rps / _LEAST_OF_START, most_rps=options.bounds.rps)
        while True:
            rate = self._next(search)
            if not isinstance(rate, float):
                return rate
            longest_s = clock.monotonic_s() - begun_s + options.seconds_at(rate) + options.limits.answer_s
            if rate * options.seconds_at(rate) > self._left or longest_s > options.bounds.seconds:
                return "bounds"
            self._steps.append(self._step(sender, rps=rate))
            if not self._is_steady():
                return "unsteady"

    def _next(self, search: Search) -> float | Ended:
        options = self.plan.options
        if not options.rates:
            assert options.objective is not None  # noqa: S101 - a search has one
            return next_rate(self._steps, objective=options.objective, search=search)
        if self._steps and not any(step.answered for step in self._steps):
            return "failing"
        return options.rates[len(self._steps)] if len(self._steps) < len(options.rates) else "complete"

    def _is_steady(self) -> bool:
        """Whether rates can still be compared: a search needs as many pods for each."""
        now = self._steps[-1].pods_after
        if self.plan.options.rates or None in (now, self._pods) or now == self._pods:
            return True
        self._tell(f"the number of ready pods went from {self._pods} to {now}, so the search ended")
        return False

    def _step(self, sender: LoadSender, *, rps: float) -> Step:
        options, clock, number = self.plan.options, self._world.clock, len(self._steps) + 1
        name = f"step {number}: {rps:g} requests/s"
        seconds = options.seconds_at(rps)
        # No StepStarted: what draws a live line would run beside the sender, and hold requests up for milliseconds.
        self._world.reporter.emit(Note(message=f"{name} for {seconds:g} s ..."))
        before, start, begun_s = self._watch.look(), clock.utc_now(), clock.monotonic_s()
        outcomes = self._send(sender, rps=rps, seconds=seconds, seed=options.seed + number)
        end, taken_s = clock.utc_now(), clock.monotonic_s() - begun_s
        after = self._watch.look()
        step = step_of(
            outcomes,
            rps=rps,
            seconds=seconds,
            objective=options.objective,
            pods=(before.pods, after.pods),
            server=server_side(before, after, usage=usage_within(after, start=start, end=end)),
        )
        self._world.reporter.emit(StepDone(step=name, outcome=_outcome_text(step, options), seconds=taken_s))
        return step

    def _send(self, sender: LoadSender, *, rps: float, seconds: float, seed: int) -> list[Outcome]:
        due = schedule([Phase(rps=rps, seconds=seconds)], arrivals=self.plan.options.arrivals, seed=seed)
        due = due[: max(self._left, 0)]
        self._left -= len(due)
        return [*sender.send(self.plan.requests, schedule=due)]


def _outcome_text(step: Step, options: BenchOptions) -> str:
    """Such as `p50 12.1 ms, p99 80.2 ms, 3 failed, kept`."""
    parts = ["nothing was answered"]
    if step.latencies is not None:
        parts = [f"p50 {step.latencies.p50_s * 1000:.1f} ms", f"p99 {step.latencies.p99_s * 1000:.1f} ms"]
    if step.failed:
        kinds = ", ".join(f"{count} {kind}" for kind, count in step.errors.items())
        unsent = f"{step.unsent} not sent" if step.unsent else ""
        parts.append(f"{step.failed} failed ({', '.join(part for part in (kinds, unsent) if part)})")
    if step.set_aside is not None:
        parts.append(f"set aside: {step.set_aside}")
    elif options.objective is not None:
        parts.append("kept" if step.keeps(options.objective) else "objective broken")
    return ", ".join(parts)
