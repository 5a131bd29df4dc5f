"""Adds node pools to a cluster that exists, and resizes them; like everything here, it may be killed and run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tfk8s.clock import Clock
from tfk8s.cloud.gke.api import PAUSES_S, GkeApi
from tfk8s.cloud.gke.errand import AGAIN, BusyError, Errand, NameTakenError, NoAnswerError
from tfk8s.cloud.gke.operation_errors import broken_pool
from tfk8s.cloud.gke.operations import Operations
from tfk8s.cloud.gke.request import set_autoscaling_request, set_size_request
from tfk8s.errors import CloudError, InputError
from tfk8s.ports import Note, Reporter
from tfk8s.ports.managed import PoolChange

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster, CreateNodePoolRequest, NodePool, Operation


class PoolChanges:
    """What is done to the node pools of one cluster."""

    def __init__(self, api: GkeApi, operations: Operations, *, clock: Clock, reporter: Reporter) -> None:
        """Take what is asked, and what waits."""
        self._api, self._operations = api, operations
        self._clock, self._reporter = clock, reporter

    def add(self, request: CreateNodePoolRequest, *, errand: Errand) -> None:
        """Return when the pool is there and runs."""
        name = request.node_pool.name
        for pause_s in PAUSES_S:
            pool = self._pool(name, errand=errand)
            if pool is not None and self._is_there(pool, errand=errand):
                return
            if pool is None:
                if self._try(
                    lambda: self._api.create_node_pool(request, errand=errand), errand=errand, pause_s=pause_s
                ):
                    return
            elif not self._operations.give_way(errand):
                self._clock.sleep(pause_s)
        raise CloudError(f"{errand}: node pool {name} is not there yet, and something else works on it", hint=AGAIN)

    def _is_there(self, pool: NodePool, *, errand: Errand) -> bool:
        if pool.status.name == "ERROR":
            raise broken_pool(pool, errand=errand)
        if pool.status.name in {"PROVISIONING", "STOPPING"}:
            return False
        self._reporter.emit(Note(message=f"node pool {pool.name} of the {errand.place} is there"))
        return True

    def change(self, change: PoolChange, *, errand: Errand) -> None:
        """Return when the pool has the bounds and the size that are asked for.

        Raises:
            InputError: there is no such pool, or nothing is to change, or the bounds are no bounds.
        """
        pool = self._pool(change.pool, errand=errand)
        if pool is None:
            known = ", ".join(found.name for found in self._cluster(errand).node_pools)
            raise InputError(f"the {errand.place} has no node pool {change.pool}", hint=f"it has: {known}")
        if change.min_nodes is not None or change.max_nodes is not None:
            bounds = set_autoscaling_request(errand.place, change, found=pool.autoscaling)
            if bounds.autoscaling == pool.autoscaling:
                self._reporter.emit(Note(message=f"node pool {change.pool} has these bounds"))
            else:
                self._carry_out(lambda: self._api.set_node_pool_autoscaling(bounds, errand=errand), errand=errand)
        if change.nodes is not None:
            size = set_size_request(errand.place, pool=change.pool, nodes=change.nodes)
            self._carry_out(lambda: self._api.set_node_pool_size(size, errand=errand), errand=errand)

    def _carry_out(self, send: Callable[[], Operation], *, errand: Errand) -> None:
        """Setting a number twice does no harm, so a lost answer is followed by another call."""
        for pause_s in PAUSES_S:
            if self._try(send, errand=errand, pause_s=pause_s):
                return
        raise CloudError(f"{errand}: something else works on it again and again", hint=AGAIN)

    def _try(self, send: Callable[[], Operation], *, errand: Errand, pause_s: float) -> bool:
        try:
            operation = send()
        except BusyError as error:
            self._clock.sleep(pause_s)
            self._operations.give_way(errand, operation=error.operation)
        except NameTakenError:
            self._operations.give_way(errand)
        except NoAnswerError as error:
            self._reporter.emit(Note(message=f"{error.message}; looking whether it was begun all the same"))
            self._clock.sleep(pause_s)
            self._operations.give_way(errand)
        else:
            self._operations.finish(operation.name, errand=errand)
            return True
        return False

    def _pool(self, name: str, *, errand: Errand) -> NodePool | None:
        return next((pool for pool in self._cluster(errand).node_pools if pool.name == name), None)

    def _cluster(self, errand: Errand) -> Cluster:
        found = self._api.cluster(errand.place, errand=errand)
        if found is None:
            raise CloudError(f"there is no {errand.place}", hint="make it with `tfk8s up` or `tfk8s cluster create`")
        return found
