"""The clusters, node pools and operations of the server, and what each call does to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from google.cloud import container_v1 as gke
from google.cloud.container_v1 import Cluster, NodePool, Operation
from google.rpc.status_pb2 import Status

from tests.fakes.gke import faults
from tests.fakes.gke.clusters import (
    DEGRADED,
    NETWORKS,
    POOL_STOPPING,
    RECONCILING,
    RUNNING,
    STOPPING,
    VERSIONS,
    Behind,
    added_pool,
    is_location,
    provisioned,
    short,
)
from tests.fakes.gke.jobs import Job, carry_out, new_operation

_PARENT = re.compile(r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]\Z")


class Refused(Exception):  # noqa: N818 - not an error of the server
    """The call is answered with a status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


@dataclass
class World:
    """What GKE knows. Every method answers one call, or raises `Refused`.

    Attributes:
        clusters: by resource name (projects/*/locations/*/clusters/*).
        jobs: operations by name.
        behind: control planes by name of a cluster.
        failures: how the next operation of a kind ends.
        looks: how often an operation is looked at until it is over.
        silent_zones: zones that do not answer when clusters are listed.
    """

    clusters: dict[str, Cluster] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=dict)
    failures: dict[str, list[faults.OperationFailure]] = field(default_factory=dict)
    looks: int = 3
    silent_zones: tuple[str, ...] = ()

    def create_cluster(self, request: gke.CreateClusterRequest) -> Operation:
        location = _location(request.parent, old_fields=(request.project_id, request.zone))
        asked = request.cluster
        path = f"{request.parent}/clusters/{asked.name}"
        self._validate(asked, location)
        if path in self.clusters:
            raise Refused(faults.already_exists(short(path)))
        behind = self.behind.get(asked.name, Behind())
        self.clusters[path] = provisioned(asked, path=path, behind=behind)
        return self._begin("CREATE_CLUSTER", path)

    def get_cluster(self, request: gke.GetClusterRequest) -> Cluster:
        return self._cluster(request.name, old_fields=(request.project_id, request.zone, request.cluster_id))

    def list_clusters(self, request: gke.ListClustersRequest) -> gke.ListClustersResponse:
        match = _PARENT.match(request.parent)
        if match is None:
            raise Refused(faults.field_invalid("parent", "must be projects/*/locations/*"))
        prefix = request.parent.removesuffix("/-") + "/"
        found = [cluster for path, cluster in self.clusters.items() if path.startswith(prefix)]
        return gke.ListClustersResponse(clusters=found, missing_zones=self.silent_zones)

    def delete_cluster(self, request: gke.DeleteClusterRequest) -> Operation:
        cluster = self._cluster(request.name, old_fields=(request.project_id, request.zone, request.cluster_id))
        self._refuse_if_busy(request.name)
        cluster.status = STOPPING
        return self._begin("DELETE_CLUSTER", request.name)

    def update_cluster(self, request: gke.UpdateClusterRequest) -> Operation:
        self._changeable(request.name)
        return self._begin("UPDATE_CLUSTER", request.name)

    def get_operation(self, request: gke.GetOperationRequest) -> Operation:
        job = self.jobs.get(request.name.rpartition("/")[2])
        if job is None or not request.name.startswith(job.cluster.partition("/clusters/")[0]):
            raise Refused(faults.not_found(request.name))
        if job.look():
            carry_out(job, self.clusters)
        return job.operation

    def list_operations(self, request: gke.ListOperationsRequest) -> gke.ListOperationsResponse:
        prefix = request.parent.removesuffix("/-") + "/"
        found = [job.operation for job in self.jobs.values() if job.cluster.startswith(prefix)]
        return gke.ListOperationsResponse(operations=found)

    def get_server_config(self, request: gke.GetServerConfigRequest) -> gke.ServerConfig:
        _location(request.name, old_fields=(request.project_id, request.zone))
        return gke.ServerConfig(
            default_cluster_version=VERSIONS[0], valid_master_versions=VERSIONS, valid_node_versions=VERSIONS
        )

    def create_node_pool(self, request: gke.CreateNodePoolRequest) -> Operation:
        cluster = self._changeable(request.parent)
        if any(pool.name == request.node_pool.name for pool in cluster.node_pools):
            raise Refused(faults.already_exists(f"{short(request.parent)}/nodePools/{request.node_pool.name}"))
        pool = added_pool(request.node_pool, cluster)
        cluster.node_pools.append(pool)
        return self._begin("CREATE_NODE_POOL", request.parent, pool=pool.name)

    def get_node_pool(self, request: gke.GetNodePoolRequest) -> NodePool:
        path, _, name = request.name.partition("/nodePools/")
        return self._pool(path, name)

    def list_node_pools(self, request: gke.ListNodePoolsRequest) -> gke.ListNodePoolsResponse:
        return gke.ListNodePoolsResponse(node_pools=self._cluster(request.parent).node_pools)

    def set_node_pool_size(self, request: gke.SetNodePoolSizeRequest) -> Operation:
        change = NodePool(initial_node_count=request.node_count)
        return self._change_pool("SET_NODE_POOL_SIZE", request.name, change)

    def set_node_pool_autoscaling(self, request: gke.SetNodePoolAutoscalingRequest) -> Operation:
        scaling = request.autoscaling
        if scaling.enabled and scaling.total_max_node_count and scaling.max_node_count:
            raise Refused(faults.field_invalid("autoscaling", "per-zone and total limits exclude each other"))
        return self._change_pool("UPDATE_CLUSTER", request.name, NodePool(autoscaling=scaling))

    def delete_node_pool(self, request: gke.DeleteNodePoolRequest) -> Operation:
        path, _, name = request.name.partition("/nodePools/")
        self._changeable(path)
        self._pool(path, name).status = POOL_STOPPING
        return self._begin("DELETE_NODE_POOL", path, pool=name)

    def _change_pool(self, kind: str, resource: str, change: NodePool) -> Operation:
        path, _, name = resource.partition("/nodePools/")
        self._changeable(path)
        self._pool(path, name)
        return self._begin(kind, path, pool=name, change=change)

    def _begin(self, kind: str, path: str, *, pool: str = "", change: NodePool | None = None) -> Operation:
        operation = new_operation(len(self.jobs) + 1, kind=kind, cluster=path, pool=pool)
        planned = self.failures.get(kind, [])
        failure = planned.pop(0) if planned else None
        job = Job(operation=operation, cluster=path, pool=pool, looks=self.looks, failure=failure, change=change)
        self.jobs[operation.name] = job
        return operation

    def _cluster(self, path: str, *, old_fields: tuple[str, ...] = ()) -> Cluster:
        parent, _, _ = path.partition("/clusters/")
        _location(parent, old_fields=old_fields)
        if path not in self.clusters:
            raise Refused(faults.not_found(short(path)))
        return self.clusters[path]

    def _pool(self, path: str, name: str) -> NodePool:
        for pool in self._cluster(path).node_pools:
            if pool.name == name:
                return pool
        raise Refused(faults.not_found(f"{short(path)}/nodePools/{name}"))

    def _changeable(self, path: str) -> Cluster:
        cluster = self._cluster(path)
        self._refuse_if_busy(path)
        if cluster.status in {RUNNING, DEGRADED}:
            cluster.status = RECONCILING
        return cluster

    def _refuse_if_busy(self, path: str) -> None:
        for job in self.jobs.values():
            if job.cluster == path and not job.is_over:
                raise Refused(faults.busy(job.operation.name))

    def _validate(self, asked: Cluster, location: str) -> None:
        checks: list[tuple[bool, Callable[[], Status]]] = [
            (not _NAME.match(asked.name), lambda: faults.field_invalid("Cluster.name", "must match [a-z][a-z0-9-]*")),
            (not is_location(location), lambda: faults.location_unknown(location)),
            (asked.network not in NETWORKS, lambda: faults.network_missing(asked.network)),
            (
                not _is_offered(asked.initial_cluster_version),
                lambda: faults.version_unsupported(asked.initial_cluster_version),
            ),
            (
                bool(asked.node_pools) and bool(asked.initial_node_count),
                lambda: faults.field_invalid("Cluster.initial_node_count", "excludes node_pools"),
            ),
            (
                not asked.node_pools and not asked.initial_node_count and not asked.autopilot.enabled,
                lambda: faults.field_invalid("Cluster.initial_node_count", "must be greater than zero"),
            ),
        ]
        for is_wrong, make in checks:
            if is_wrong:
                raise Refused(make())


def _location(parent: str, *, old_fields: tuple[str, ...]) -> str:
    """The deprecated fields of zones refuse regions: a client of today sends resource names alone."""
    match = _PARENT.match(parent)
    if match is None or any(old_fields):
        raise Refused(faults.field_invalid("parent", "must be projects/*/locations/*, and the fields of old unset"))
    location = match["location"]
    if not is_location(location):
        raise Refused(faults.location_unknown(location))
    return location


def _is_offered(version: str) -> bool:
    return version in ("", "latest", "-") or any(known.startswith(version) for known in VERSIONS)
