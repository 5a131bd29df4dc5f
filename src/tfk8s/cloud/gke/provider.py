"""Clusters of Google Kubernetes Engine in one project and location."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.clock import Clock
from tfk8s.cloud.gke.access import endpoint_of, is_private, private_warning
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.creation import Creation
from tfk8s.cloud.gke.deletion import Deletion
from tfk8s.cloud.gke.difference import differences
from tfk8s.cloud.gke.errand import EVERY, Errand
from tfk8s.cloud.gke.foresight import creates, runs
from tfk8s.cloud.gke.journal import Journal
from tfk8s.cloud.gke.operation_errors import condition_texts
from tfk8s.cloud.gke.operations import Operations
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.pool_changes import PoolChanges
from tfk8s.cloud.gke.pools import node_pools
from tfk8s.cloud.gke.request import create_cluster_request, create_node_pool_request, is_owned, owned, request_json
from tfk8s.cloud.gke.summary import state_of, summary_of
from tfk8s.errors import CloudError, InputError
from tfk8s.manifest import JsonObject
from tfk8s.ports import (
    ClusterAccess,
    ClusterPreview,
    ClusterRequest,
    ClusterState,
    EnsuredCluster,
    EnsureOutcome,
    Note,
    Reporter,
    SilentReporter,
    Warn,
)
from tfk8s.ports.managed import ClusterDetail, ClusterSummary, PoolChange
from tfk8s.spec import GkeCluster

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster

_LOG = logging.getLogger(__name__)


class GkeProvider:
    """Implements `tfk8s.ports.managed.ManagedClusters`."""

    def __init__(
        self, api: GkeApi, *, project: str, location: str, clock: Clock, state: Path, token: Callable[[], str]
    ) -> None:
        """Take the API, the project and location that names are in, and what a cluster is shown as a login."""
        self._api, self._project, self._location = api, project, location
        self._clock, self._state, self._token = clock, state, token

    def preview(self, request: ClusterRequest) -> ClusterPreview:
        """Compare what is there with what is wanted."""
        wanted = _gke(request)
        found = self._look(request.name)
        if found is None:
            return ClusterPreview(state=ClusterState.ABSENT, creates=creates(wanted), runs=runs(wanted))
        return ClusterPreview(state=state_of(found), runs=runs(wanted), differences=differences(wanted, found))

    def describe(self, name: str) -> ClusterState:
        """STOPPED stands for a cluster that is being made, being deleted or broken."""
        return state_of(self._look(name))

    def is_ours(self, name: str) -> bool:
        """Whether the cluster carries this tool's label."""
        found = self._look(name)
        return found is not None and is_owned(found)

    def access(self, name: str) -> ClusterAccess:
        """By address, authority and token; commands about the spec's cluster go there whatever the kubeconfig says."""
        place = self._place(name)
        found = self._look(name)
        if found is None:
            raise CloudError(f"there is no {place}", hint="make it with `tfk8s up` or `tfk8s cluster create`")
        return self._access(found, place)

    def ensure(self, request: ClusterRequest, *, reporter: Reporter) -> EnsuredCluster:
        """Create the cluster, attach to its creation, or show how it differs from what is wanted."""
        wanted = _gke(request)
        place = self._place(request.name)
        creation = Creation(
            request=create_cluster_request(owned(wanted)),
            errand=Errand(verb="create", place=place),
            api=self._api,
            operations=self._operations(reporter),
            journal=Journal(self._state, place=place),
            clock=self._clock,
            reporter=reporter,
        )
        found = creation.run()
        if not creation.is_made:
            _tell_differences(wanted, found, place=place, reporter=reporter)
        _tell_trouble(found, place=place, reporter=reporter)
        outcome = EnsureOutcome.CREATED if creation.is_made else EnsureOutcome.UNCHANGED
        return EnsuredCluster(access=self._access(found, place), outcome=outcome)

    def delete(self, name: str, *, reporter: Reporter | None = None) -> bool:
        """Delete the cluster with its node pools; what is remembered of it too."""
        reporter = reporter or SilentReporter()
        place = self._place(name)
        deletion = Deletion(self._api, self._operations(reporter), clock=self._clock, reporter=reporter)
        existed = deletion.run(Errand(verb="delete", place=place))
        Journal(self._state, place=place).forget()
        return existed

    def list(self) -> tuple[ClusterSummary, ...]:
        """Every cluster of the project."""
        found, missing = self._api.clusters(self._place(EVERY))
        if missing:
            _LOG.warning("no answer from %s; clusters there are not listed", ", ".join(missing))
        return tuple(sorted(map(summary_of, found), key=lambda line: (line.location, line.name)))

    def detail(self, request: ClusterRequest) -> ClusterDetail | None:
        """The cluster with its pools, what works on it, and where it differs."""
        wanted, place = _gke(request), self._place(request.name)
        found = self._look(request.name)
        if found is None:
            return None
        working = self._operations(SilentReporter()).running(Errand(verb="look at", place=place))
        return ClusterDetail(
            summary=summary_of(found),
            endpoint=found.endpoint,
            pools=node_pools(found),
            operation=working.name if working is not None else "",
            conditions=condition_texts(found),
            differences=differences(wanted, found),
        )

    def create_request(self, request: ClusterRequest) -> JsonObject:
        """What `ensure` sends for a cluster that is not there."""
        return request_json(create_cluster_request(owned(_gke(request))))

    def add_pool(self, request: ClusterRequest, *, pool: str, reporter: Reporter) -> None:
        """Make a pool of the spec's `nodePools`; does nothing when it is there."""
        wanted = _gke(request)
        described = next((settings for settings in wanted.node_pools if settings.name == pool), None)
        if described is None:
            known = ", ".join(settings.name for settings in wanted.node_pools) or "none"
            raise InputError(f"the spec describes no node pool {pool}", hint=f"cluster.nodePools has: {known}")
        asked = create_node_pool_request(owned(wanted), described)
        errand = Errand(verb=f"add the node pool {pool} to", place=self._place(request.name))
        self._pool_changes(reporter).add(asked, errand=errand)

    def change_pool(self, request: ClusterRequest, change: PoolChange, *, reporter: Reporter) -> None:
        """Set bounds and size of a pool."""
        errand = Errand(verb=f"change the node pool {change.pool} of", place=self._place(_gke(request).name))
        self._pool_changes(reporter).change(change, errand=errand)

    def _pool_changes(self, reporter: Reporter) -> PoolChanges:
        return PoolChanges(self._api, self._operations(reporter), clock=self._clock, reporter=reporter)

    def _operations(self, reporter: Reporter) -> Operations:
        return Operations(self._api, clock=self._clock, reporter=reporter)

    def _look(self, name: str) -> Cluster | None:
        place = self._place(name)
        return self._api.cluster(place, errand=Errand(verb="look at", place=place))

    def _access(self, found: Cluster, place: Place) -> ClusterAccess:
        endpoint = endpoint_of(found, place=place, token=self._token)
        return ClusterAccess(context=place.context, kubeconfig=None, is_current=True, endpoint=endpoint)

    def _place(self, name: str) -> Place:
        return Place(project=self._project, location=self._location, name=name)


def _gke(request: ClusterRequest) -> GkeCluster:
    if not isinstance(request.cluster, GkeCluster):
        raise InputError(f"{request.name} is no cluster of GKE", hint="write `provider: gke` in the spec's cluster")
    return request.cluster


def _tell_differences(wanted: GkeCluster, found: Cluster, *, place: Place, reporter: Reporter) -> None:
    unlike = differences(wanted, found)
    if not unlike:
        reporter.emit(Note(message=f"the {place} exists and is as the spec says"))
        return
    reporter.emit(Note(message=f"the {place} exists, but is not as the spec says; it is left as it is"))
    for difference in unlike:
        text = f"{difference.field} is {difference.found}, not {difference.wanted}"
        reporter.emit(Warn(message=text, hint=difference.remedy))


def _tell_trouble(found: Cluster, *, place: Place, reporter: Reporter) -> None:
    lines: builtins.list[str] = [*condition_texts(found)]
    if found.status.name == "DEGRADED":
        told = "; ".join(lines) or "GKE does not say why"
        reporter.emit(
            Warn(message=f"the {place} is DEGRADED: {told}", hint="GKE wants something done before it is whole")
        )
    if is_private(found):
        reporter.emit(private_warning(found, place=place))
