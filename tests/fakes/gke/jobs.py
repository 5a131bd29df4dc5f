"""Long operations of the server: they move on by one step each time somebody looks."""

from __future__ import annotations

from dataclasses import dataclass, field

from google.cloud.container_v1 import Cluster, NodePool, Operation, OperationProgress

from tests.fakes.gke.clusters import ERROR, POOL_ERROR, RUNNING, run, short
from tests.fakes.gke.faults import OperationFailure

OP_PENDING, OP_RUNNING = Operation.Status(Operation.Status.PENDING), Operation.Status(Operation.Status.RUNNING)
OP_DONE = Operation.Status(Operation.Status.DONE)
DETAILS = {
    "CREATE_CLUSTER": ("Cluster is being configured", "Cluster is being deployed", "Cluster is being health-checked"),
    "DELETE_CLUSTER": ("Cluster is being drained", "Cluster is being deleted"),
}
_STAGES = ("CLUSTER_CONFIGURING", "CLUSTER_DEPLOYING", "CLUSTER_HEALTHCHECKING")


@dataclass(kw_only=True)
class Job:
    """An operation and what it does.

    Attributes:
        operation: as it is shown; RUNNING from the first look on.
        cluster: resource name of the cluster.
        pool: name of the node pool, or "".
        looks: how often it must still be looked at until it is over.
        failure: how it ends, unless it succeeds.
        change: node count or autoscaling that it sets.
    """

    operation: Operation
    cluster: str
    pool: str = ""
    looks: int = 3
    failure: OperationFailure | None = None
    change: NodePool | None = None
    seen: int = field(default=0)

    @property
    def kind(self) -> str:
        return str(self.operation.operation_type.name)

    @property
    def is_over(self) -> bool:
        return self.operation.status == OP_DONE

    def look(self) -> bool:
        """Move on; True at the moment that it is over."""
        if self.is_over:
            return False
        self.seen += 1
        if self.seen >= self.looks:
            self._end()
            return True
        self.operation.status = OP_RUNNING
        details = DETAILS.get(self.kind, ("",))
        self.operation.detail = details[min(self.seen - 1, len(details) - 1)]
        if self.kind == "CREATE_CLUSTER":
            self.operation.progress = _progress(self.seen, of=self.looks)
        return False

    def _end(self) -> None:
        self.operation.status = OP_DONE
        self.operation.end_time = "2026-11-25T00:06:00Z"
        self.operation.detail = ""
        failure = self.failure
        if failure is None:
            return
        if failure.error.code:
            self.operation.error = failure.error
        told = [condition.message for condition in failure.conditions]
        self.operation.status_message = failure.error.message or "; ".join(told)
        self.operation.cluster_conditions = list(failure.conditions)


def new_operation(number: int, *, kind: str, cluster: str, pool: str = "") -> Operation:
    """As it is returned by the call that begins it."""
    parent, _, _ = cluster.partition("/clusters/")
    name = f"operation-{1764028800000 + number}-{number:08x}"
    target = f"{short(cluster)}/nodePools/{pool}" if pool else short(cluster)
    return Operation(
        name=name,
        zone=parent.rpartition("/")[2],
        location=parent.rpartition("/")[2],
        operation_type=Operation.Type(getattr(Operation.Type, kind)),
        status=OP_PENDING,
        self_link=f"https://container.googleapis.com/v1/{parent}/operations/{name}",
        target_link=f"https://container.googleapis.com/v1/{target}",
        start_time="2026-11-25T00:00:00Z",
    )


def carry_out(job: Job, clusters: dict[str, Cluster]) -> None:
    """What the end of an operation does to its cluster."""
    cluster = clusters.get(job.cluster)
    if cluster is None:
        return
    if job.failure is not None:
        _fail(job, job.failure, clusters)
        return
    match job.kind:
        case "CREATE_CLUSTER":
            run(cluster)
        case "DELETE_CLUSTER":
            del clusters[job.cluster]
        case "DELETE_NODE_POOL":
            cluster.node_pools = [pool for pool in cluster.node_pools if pool.name != job.pool]
        case _:
            _change(cluster, job)
            run(cluster)


def _fail(job: Job, failure: OperationFailure, clusters: dict[str, Cluster]) -> None:
    cluster = clusters[job.cluster]
    if not failure.leaves_cluster:
        del clusters[job.cluster]
        return
    if job.kind in {"CREATE_CLUSTER", "DELETE_CLUSTER"}:
        cluster.status = ERROR
        cluster.status_message = job.operation.status_message
        cluster.conditions = list(failure.conditions)
        return
    cluster.status = RUNNING
    for pool in cluster.node_pools:
        if pool.name == job.pool:
            pool.status = POOL_ERROR
            pool.conditions = list(failure.conditions)


def _change(cluster: Cluster, job: Job) -> None:
    for pool in cluster.node_pools:
        if pool.name == job.pool and job.change is not None:
            if job.kind == "SET_NODE_POOL_SIZE":
                pool.initial_node_count = job.change.initial_node_count
            else:
                pool.autoscaling = job.change.autoscaling


def _progress(seen: int, *, of: int) -> OperationProgress:
    stages = [
        OperationProgress(
            name=name,
            status=OP_RUNNING if number == seen else OP_PENDING,
            metrics=[
                {"name": name, "int_value": 3 if number <= seen else 0},
                {"name": f"{name}_TOTAL", "int_value": 3},
            ],
        )
        for number, name in enumerate(_STAGES[: of - 1], start=1)
    ]
    return OperationProgress(stages=stages)
