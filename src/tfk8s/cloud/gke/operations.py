"""Long operations: found again by what they work on, followed to their end, judged by their error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.clock import Clock, ticks
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.errand import Errand, OperationFailedError
from tfk8s.cloud.gke.evidence import of_operation
from tfk8s.cloud.gke.operation_errors import operation_error
from tfk8s.cloud.gke.progress import Doing, doing
from tfk8s.errors import WaitTimeoutError
from tfk8s.ports import Note, Progress, Reporter, Waiting

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster, Operation

TIMEOUT_S = 3600.0
"""GKE itself gives up on nodes that do not start after 35 minutes."""
INTERVAL_S = 2.0


class Operations:
    """Follows the operations of one cluster."""

    def __init__(self, api: GkeApi, *, clock: Clock, reporter: Reporter) -> None:
        """Take what is polled, and where progress goes."""
        self._api, self._clock, self._reporter = api, clock, reporter

    def running(self, errand: Errand, *, kind: str = "", pool: str = "") -> Operation | None:
        """An operation on the cluster, or on its node pool, that is not over.

        Args:
            errand: names the cluster.
            kind: name of its type (CREATE_CLUSTER ...), or "" for any; then those on node pools count too.
            pool: name of a node pool.
        """
        for operation in self._api.running_operations(errand=errand):
            link = operation.target_link
            on_pool = not kind and "/nodePools/" in link
            target = link.partition("/nodePools/")[0] if on_pool else link
            is_kind = not kind or operation.operation_type.name == kind
            if is_kind and errand.place.is_target_of(target, pool=pool):
                return operation
        return None

    def finish(self, name: str, *, errand: Errand) -> None:
        """Return when the operation is over and succeeded, or when GKE has forgotten it.

        Raises:
            OperationFailedError: it is over without success.
            WaitTimeoutError: it is not over in time.
        """
        self._reporter.emit(Note(message=f"{errand.place}: operation {name}; a later run attaches to it"))
        told: Doing | None = None
        for _ in ticks(self._clock, timeout_s=TIMEOUT_S, interval_s=INTERVAL_S):
            operation = self._api.operation(name, errand=errand)
            if operation is None or _is_over(operation, errand=errand):
                return
            told = self._tell(doing(operation), told, errand=errand)
        raise _too_late(errand, f"operation {name}", reasons=told.reasons if told else ())

    def give_way(self, errand: Errand, *, operation: str = "") -> bool:
        """Return when nothing works on the cluster: GKE does one thing at a time. How that ends is only told.

        Returns:
            Whether something did.

        Raises:
            WaitTimeoutError: it is not over in time.
        """
        if not operation:
            found = self.running(errand)
            if found is None:
                return False
            operation = found.name
        self._reporter.emit(Note(message=f"the {errand.place} is being worked on; going on after that"))
        try:
            self.finish(operation, errand=errand)
        except OperationFailedError as error:
            self._reporter.emit(Note(message=f"operation {operation} failed: {error.message}"))
        return True

    def until_changed(self, cluster: Cluster, *, errand: Errand) -> None:
        """Return when the cluster's status is another one, or it is gone."""
        status = cluster.status.name
        reasons = (f"it is {status}",)
        self._reporter.emit(Waiting(what=str(errand.place), reasons=reasons))
        for _ in ticks(self._clock, timeout_s=TIMEOUT_S, interval_s=INTERVAL_S):
            found = self._api.cluster(errand.place, errand=errand)
            if found is None or found.status.name != status:
                return
        raise _too_late(errand, f"status {status}", reasons=reasons)

    def _tell(self, now: Doing, before: Doing | None, *, errand: Errand) -> Doing:
        what = f"cluster {errand.place.name}"
        if before is None or now.reasons != before.reasons:
            self._reporter.emit(Waiting(what=what, reasons=now.reasons))
        if now.total and (before is None or now.done != before.done):
            self._reporter.emit(Progress(what=what, done=now.done, total=now.total, unit=now.unit))
        return now


def _is_over(operation: Operation, *, errand: Errand) -> bool:
    from google.cloud.container_v1 import Operation

    if operation.status != Operation.Status.DONE:
        return False
    evidence = of_operation(operation)
    if evidence is not None:
        raise operation_error(evidence, errand=errand, operation=operation.name)
    return True


def _too_late(errand: Errand, what: str, *, reasons: tuple[str, ...]) -> WaitTimeoutError:
    missing = f": {'; '.join(reasons)}" if reasons else ""
    return WaitTimeoutError(
        f"{errand} within {TIMEOUT_S / 60:.0f} minutes ({what}){missing}",
        hint="run the same command again to go on waiting; `tfk8s cluster status` shows what GKE is doing",
    )
