"""How long things may take: start, roll-out, drain, stop; every number comes with its reason.

The server opens its ports only when every model is loaded, ends when a load has failed for good, and ignores SIGTERM:
a pod therefore serves until its grace period is over, and that period is the whole of its drain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tfk8s.render.sizing import MIB, ModelLoad, Reasoned

SLOWEST_READ = 20 * MIB
"""Bytes a second at which a cold disk or bucket gives a model, at worst."""

STARTUP_PERIOD_S = 2
READINESS_PERIOD_S = 5
READINESS_FAILURES = 3
PROBE_TIMEOUT_S = 5
MIN_READY_S = 5
CONNECTION_AGE_S = 10
FRONT_MARGIN_S = 5
"""By so much a proxy waits longer than the server, so that the server's own words arrive."""

BOOT_S = 60
GPU_BOOT_S = 60
_WARMUP_S = 60
LEAST_BUDGET_S = 180
SCHEDULE_AND_PULL_S = 420
LEAST_DEADLINE_S = 600
ROUND_S = 5
CONNECTION_AGE_JITTER = 1.1
"""gRPC spreads the age of connections by a tenth either way."""


class Situation(NamedTuple):
    """What the times depend on.

    Attributes:
        loads: the models.
        has_gpu: whether the server sets up a GPU when it starts.
        serves_grpc: whether clients keep HTTP/2 connections open.
        request_timeout_s: the longest a request may take.
        load_retries: loads that follow a failed one.
        load_retry_s: pause before each of them.
        drain_s: until nobody sends new connections to a pod that is being deleted.
        startup_s: the user's own bound for the start, None to have it computed.
    """

    loads: Sequence[ModelLoad]
    has_gpu: bool
    serves_grpc: bool
    request_timeout_s: int
    load_retries: int
    load_retry_s: int
    drain_s: int
    startup_s: int | None = None


def startup_budget_s(situation: Situation) -> Reasoned:
    """From the start of the process to open ports, at most; the kubelet kills it after that."""
    if situation.startup_s is not None:
        return Reasoned(value=situation.startup_s, reason="from the spec")
    load_s = math.ceil(sum(load.initial_bytes for load in situation.loads) / SLOWEST_READ)
    warmup_s = _WARMUP_S * sum(load.warmups for load in situation.loads)
    boot_s = BOOT_S + (GPU_BOOT_S if situation.has_gpu else 0)
    retries = situation.load_retries
    needed = boot_s + (retries + 1) * (load_s + warmup_s) + retries * situation.load_retry_s
    parts = [f"{load_s} s to read the models at {SLOWEST_READ // MIB} MiB/s"]
    if warmup_s:
        parts.append(f"{warmup_s} s of warm-up")
    attempts = f"{retries + 1} x ({' + '.join(parts)})"
    pauses = f" + {retries} x {situation.load_retry_s} s between attempts" if retries else ""
    return Reasoned(
        value=max(LEAST_BUDGET_S, needed),
        reason=f"{boot_s} s to start + {attempts}{pauses}, at least {LEAST_BUDGET_S} s",
    )


def startup_failures(situation: Situation) -> Reasoned:
    """Failed startup probes that are allowed."""
    budget = startup_budget_s(situation)
    failures = math.ceil(budget.value / STARTUP_PERIOD_S)
    return Reasoned(
        value=failures,
        reason=f"{budget.value} s in probes of {STARTUP_PERIOD_S} s: {budget.reason}",
    )


def progress_deadline_s(situation: Situation) -> Reasoned:
    """Without progress for this long, the Deployment says that its roll-out failed."""
    budget = startup_budget_s(situation).value
    return Reasoned(
        value=max(LEAST_DEADLINE_S, budget + SCHEDULE_AND_PULL_S),
        reason=f"longer than the {budget} s a start may take and {SCHEDULE_AND_PULL_S} s for a node and the image",
    )


def rollout_timeout_s(situation: Situation, *, pods: int, at_once: int) -> int:
    """Seconds after which a whole roll-out has taken too long.

    Args:
        situation: what times depend on.
        pods: how many are replaced, at most.
        at_once: how many are replaced at the same time.
    """
    turn_s = startup_budget_s(situation).value + MIN_READY_S
    return SCHEDULE_AND_PULL_S + math.ceil(pods / at_once) * turn_s


def front_timeout_s(situation: Situation) -> int:
    """Seconds after which a proxy in front of the Service gives a request up."""
    return situation.request_timeout_s + FRONT_MARGIN_S


def grace_s(situation: Situation) -> Reasoned:
    """From the deletion of a pod to SIGKILL; always spent in full, because the server ignores SIGTERM."""
    drain = situation.drain_s
    age = math.ceil(CONNECTION_AGE_S * CONNECTION_AGE_JITTER) if situation.serves_grpc else 0
    needed = drain + age + situation.request_timeout_s
    parts = [f"{drain} s until no new connection comes"]
    if age:
        parts.append(f"{age} s until gRPC connections are renewed")
    parts.append(f"{situation.request_timeout_s} s for the longest request")
    return Reasoned(
        value=(needed // ROUND_S + 1) * ROUND_S,
        reason=f"{' + '.join(parts)}; the server ignores SIGTERM and serves until it is killed",
    )
