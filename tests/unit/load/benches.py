from __future__ import annotations

from collections.abc import Sequence

from tfk8s.load import Bench, Knee, Objective, Outcome, ServerSide, Step, step_of

OBJECTIVE = Objective(percentile=99, latency_s=0.2)


def outcomes(
    latencies_s: Sequence[float], *, failures: Sequence[str] = (), held_up_s: float = 0.0, every_s: float = 0.01
) -> list[Outcome]:
    """Answers with these latencies, then these failures."""
    due = [number * every_s for number in range(len(latencies_s) + len(failures))]
    answered = [Outcome(at, at + held_up_s, at + latency_s) for at, latency_s in zip(due, latencies_s, strict=False)]
    failed = [Outcome(at, at, at, kind) for at, kind in zip(due[len(latencies_s) :], failures, strict=True)]
    return [*answered, *failed]


def a_step(
    rps: float, *, p99_s: float = 0.05, failures: Sequence[str] = (), pods: int = 1, server: ServerSide | None = None
) -> Step:
    """A second of one rate, every answer of which took the same time."""
    made = outcomes([p99_s] * (round(rps) - len(failures)), failures=failures)
    return step_of(made, rps=rps, seconds=1.0, objective=OBJECTIVE, pods=(pods, pods), server=server)


def a_bench(*steps: Step, knee: Knee | None = None, pods: int = 1) -> Bench:
    """A measurement of the steps."""
    return Bench(
        service="serving/resnet",
        model="resnet",
        version=3,
        protocol="rest",
        arrivals="poisson",
        pods=pods,
        cpu_request_cores=1.5,
        started_at="2026-01-31T12:00:00Z",
        objective=OBJECTIVE,
        steps=steps,
        knee=knee,
        seed=7,
        connections=64,
        reached="address of the load balancer",
        notes=("an autoscaler is active",),
    )
