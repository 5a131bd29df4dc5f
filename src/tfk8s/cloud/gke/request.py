"""What the Container API is asked for, as pure functions: each message equals what gcloud sends for the same wish."""

from __future__ import annotations

import json
from typing import TypeAlias, Union, cast

from google.cloud import container_v1
from google.protobuf import json_format

from tfk8s.cloud.gke.features import (
    addons_config,
    address_policy,
    endpoints_config,
    logging_config,
    monitoring_config,
    network_config,
    private_config,
    release_channel,
)
from tfk8s.cloud.gke.node_pool import autopilot_pool, node_pool, starting_nodes
from tfk8s.cloud.gke.place import Place
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.ports.managed import PoolChange
from tfk8s.spec import GkeCluster
from tfk8s.spec.gke import DEFAULT_POOL
from tfk8s.spec.gke_fields import OWNER_LABEL
from tfk8s.spec.gke_nodes import NodePoolSpec

OWNER = "tfk8s"
"""Value of the owner label."""

Request: TypeAlias = Union[
    container_v1.CreateClusterRequest,
    container_v1.CreateNodePoolRequest,
    container_v1.DeleteClusterRequest,
    container_v1.DeleteNodePoolRequest,
    container_v1.GetClusterRequest,
    container_v1.ListClustersRequest,
    container_v1.SetNodePoolAutoscalingRequest,
    container_v1.SetNodePoolSizeRequest,
]


def place_of(cluster: GkeCluster) -> Place:
    """Where the cluster of a spec is."""
    return Place(project=cluster.project, location=cluster.location, name=cluster.name)


def owned(cluster: GkeCluster) -> GkeCluster:
    """The cluster with the label that says that this tool made it; users cannot set that label themselves."""
    return cluster.model_copy(update={"labels": {**cluster.labels, OWNER_LABEL: OWNER}})


def is_owned(found: container_v1.Cluster) -> bool:
    """Whether this tool made the cluster."""
    return found.resource_labels.get(OWNER_LABEL) == OWNER


def create_cluster_request(cluster: GkeCluster) -> container_v1.CreateClusterRequest:
    """What makes the cluster with all its node pools."""
    message = container_v1.Cluster(
        name=cluster.name,
        node_pools=_pools(cluster),
        locations=sorted(cluster.node_locations),
        initial_cluster_version=cluster.version,
        resource_labels=dict(cluster.labels),
        network=cluster.network,
        subnetwork=cluster.subnetwork,
        release_channel=release_channel(cluster),
        ip_allocation_policy=address_policy(cluster),
        private_cluster_config=private_config(cluster),
        control_plane_endpoints_config=endpoints_config(cluster),
        network_config=network_config(cluster),
        fleet=None if cluster.fleet is None else {"project": cluster.fleet},
        addons_config=addons_config(cluster),
        logging_config=logging_config(cluster),
        monitoring_config=monitoring_config(cluster),
        **({"autopilot": {"enabled": True}} if cluster.autopilot else _choices(cluster)),
    )
    return container_v1.CreateClusterRequest(parent=place_of(cluster).parent, cluster=message)


def _pools(cluster: GkeCluster) -> list[container_v1.NodePool]:
    if cluster.autopilot:
        return [autopilot_pool(cluster, name=DEFAULT_POOL)]
    first = node_pool(cluster, name=DEFAULT_POOL, nodes=starting_nodes(cluster), labels=cluster.labels)
    return [first, *(_further_pool(cluster, pool) for pool in cluster.node_pools)]


def _further_pool(cluster: GkeCluster, pool: NodePoolSpec) -> container_v1.NodePool:
    return node_pool(pool, name=pool.name, nodes=pool.nodes, labels=cluster.labels)


def _choices(cluster: GkeCluster) -> JsonObject:
    """What an Autopilot cluster always has, and any other only when it is asked for."""
    choices: JsonObject = {}
    if cluster.workload_identity:
        choices["workload_identity_config"] = {"workload_pool": workload_pool(cluster)}
    if cluster.shielded_nodes is not None:
        choices["shielded_nodes"] = {"enabled": cluster.shielded_nodes}
    if cluster.vertical_pod_autoscaling is not None:
        choices["vertical_pod_autoscaling"] = {"enabled": cluster.vertical_pod_autoscaling}
    if cluster.image_streaming is not None:
        gcfs: JsonObject = {"enabled": cluster.image_streaming}
        choices["node_pool_defaults"] = {"node_config_defaults": {"gcfs_config": gcfs}}
    return choices


def workload_pool(cluster: GkeCluster) -> str:
    """The pool of identities that each project has."""
    return f"{cluster.project}.svc.id.goog"


def create_node_pool_request(cluster: GkeCluster, pool: NodePoolSpec) -> container_v1.CreateNodePoolRequest:
    """What adds a node pool to a cluster that exists."""
    return container_v1.CreateNodePoolRequest(parent=place_of(cluster).path, node_pool=_further_pool(cluster, pool))


def get_cluster_request(place: Place) -> container_v1.GetClusterRequest:
    """What reads one cluster."""
    return container_v1.GetClusterRequest(name=place.path)


def list_clusters_request(*, project: str, location: str = "-") -> container_v1.ListClustersRequest:
    """What lists the clusters of a location, or of all."""
    return container_v1.ListClustersRequest(parent=f"projects/{project}/locations/{location}")


def delete_cluster_request(place: Place) -> container_v1.DeleteClusterRequest:
    """What deletes a cluster and all its node pools."""
    return container_v1.DeleteClusterRequest(name=place.path)


def delete_node_pool_request(place: Place, *, pool: str) -> container_v1.DeleteNodePoolRequest:
    """What deletes one node pool."""
    return container_v1.DeleteNodePoolRequest(name=place.pool(pool))


def set_size_request(place: Place, *, pool: str, nodes: int) -> container_v1.SetNodePoolSizeRequest:
    """What makes a pool have so many nodes in each of its zones."""
    return container_v1.SetNodePoolSizeRequest(name=place.pool(pool), node_count=nodes)


def set_autoscaling_request(
    place: Place, change: PoolChange, *, found: container_v1.NodePoolAutoscaling
) -> container_v1.SetNodePoolAutoscalingRequest:
    """What changes a pool's bounds per zone; a bound that the change leaves out stays as it is found.

    Raises:
        InputError: the bounds would be without a maximum, the wrong way round, or replace bounds in total by half.
    """
    most = found.max_node_count if change.max_nodes is None else change.max_nodes
    least = found.min_node_count if change.min_nodes is None else change.min_nodes
    if not most:
        told = "has bounds for all zones together" if found.total_max_node_count else "is not autoscaled"
        raise InputError(f"node pool {change.pool} {told}", hint="give the largest number of nodes per zone too")
    if least > most:
        raise InputError(
            f"node pool {change.pool} cannot have at least {least} and at most {most} nodes in each zone",
            hint="give both numbers, the smaller one as the least",
        )
    bounds = container_v1.NodePoolAutoscaling(
        enabled=True, min_node_count=least, max_node_count=most, location_policy=found.location_policy
    )
    return container_v1.SetNodePoolAutoscalingRequest(name=place.pool(change.pool), autoscaling=bounds)


def request_json(request: Request) -> JsonObject:
    """A request as the API's documentation and gcloud's logs spell it; fields that hold their default are left out."""
    return cast("JsonObject", json.loads(json_format.MessageToJson(type(request).pb(request), sort_keys=True)))
