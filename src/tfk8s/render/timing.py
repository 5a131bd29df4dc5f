"""How long things may take: start, roll-out, drain, stop; every number comes with its reason.

The server opens its ports only when every model is loaded, ends when a load has failed for good, and ignores SIGTERM:
a pod therefore serves until its grace period is over, and that period is the whole of its drain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tfk8s.render.sizing import MIB, ModelLoad, Reasoned

SLOWEST_READ = 20 * MIB
"""Bytes a second at which a cold disk or bucket gives a model, at worst."""

STARTUP_PERIOD_S = 2
READINESS_PERIOD_S = 5
READINESS_FAILURES = 2
PROBE_TIMEOUT_S = 5
MIN_READY_S = 5
CONNECTION_AGE_S = 10
LOAD_RETRY_INTERVAL_S = 10

_BOOT_S = 60
_GPU_BOOT_S = 60
_WARMUP_S = 60
_LEAST_BUDGET_S = 180
_SCHEDULE_AND_PULL_S = 420
_LEAST_DEADLINE_S = 600
_CLUSTER_DRAIN_S = 10
_EDGE_DRAIN_S = 15
_ROUND_S = 5
_JITTER = 1.1
"""gRPC spreads the age of connections by a tenth either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the times depend on.

    Attributes:
        loads: the models.
        is_remote: whether models come over the network, so that a load may fail and then work.
        has_gpu: whether the server sets up a GPU when it starts.
        is_edge: whether a load balancer or an ingress stands in front, which learns of a pod's end later.
        serves_grpc: whether clients keep HTTP/2 connections open.
        request_timeout_s: the longest a request may take.
    """

    loads: Sequence[ModelLoad]
    is_remote: bool
    has_gpu: bool
    is_edge: bool
    serves_grpc: bool
    request_timeout_s: int


def load_retries(situation: Situation) -> Reasoned:
    """Repeated loads of a version after the first; the server's own 5 hide a broken model for five minutes."""
    if situation.is_remote:
        return Reasoned(value=2, reason="a read over the network may fail once; a broken model shows within a minute")
    return Reasoned(value=0, reason="the model is on the node's disk: what failed once fails again")


def startup_budget_s(situation: Situation) -> Reasoned:
    """From the start of the process to open ports, at most; the kubelet kills it after that."""
    load_s = math.ceil(sum(load.initial_bytes for load in situation.loads) / SLOWEST_READ)
    warmup_s = _WARMUP_S * sum(load.warmups for load in situation.loads)
    retries = load_retries(situation).value
    boot_s = _BOOT_S + (_GPU_BOOT_S if situation.has_gpu else 0)
    needed = boot_s + (retries + 1) * (load_s + warmup_s) + retries * LOAD_RETRY_INTERVAL_S
    parts = [f"{boot_s} s to start", f"{load_s} s to read the models at {SLOWEST_READ // MIB} MiB/s"]
    if warmup_s:
        parts.append(f"{warmup_s} s of warm-up")
    reason = f"{' + '.join(parts)}, {retries + 1} attempt{'s' if retries else ''}; at least {_LEAST_BUDGET_S} s"
    return Reasoned(value=max(_LEAST_BUDGET_S, needed), reason=reason)


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
        value=max(_LEAST_DEADLINE_S, budget + _SCHEDULE_AND_PULL_S),
        reason=f"longer than the {budget} s a start may take and {_SCHEDULE_AND_PULL_S} s for a node and the image",
    )


def drain_s(situation: Situation) -> Reasoned:
    """Until nobody sends new connections to a pod that is being deleted."""
    if situation.is_edge:
        return Reasoned(value=_EDGE_DRAIN_S, reason="until the load balancer has stopped choosing this pod")
    return Reasoned(value=_CLUSTER_DRAIN_S, reason="until every node has stopped choosing this pod")


def grace_s(situation: Situation) -> Reasoned:
    """From the deletion of a pod to SIGKILL; always spent in full, because the server ignores SIGTERM."""
    drain = drain_s(situation).value
    age = math.ceil(CONNECTION_AGE_S * _JITTER) if situation.serves_grpc else 0
    needed = drain + age + situation.request_timeout_s
    parts = [f"{drain} s until no new connection comes"]
    if age:
        parts.append(f"{age} s until gRPC connections are renewed")
    parts.append(f"{situation.request_timeout_s} s for the longest request")
    return Reasoned(
        value=(needed // _ROUND_S + 1) * _ROUND_S,
        reason=f"{' + '.join(parts)}; the server ignores SIGTERM and serves until it is killed",
    )
