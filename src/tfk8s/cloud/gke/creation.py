"""Makes a cluster exist. What is there is looked at before anything is sent, and again when an answer is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.clock import Clock
from tfk8s.cloud.gke.api import PAUSES_S, GkeApi
from tfk8s.cloud.gke.errand import (
    AGAIN,
    Errand,
    InvalidRequestError,
    NameTakenError,
    NoAnswerError,
    OperationFailedError,
)
from tfk8s.cloud.gke.journal import Journal
from tfk8s.cloud.gke.operation_errors import broken_cluster
from tfk8s.cloud.gke.operations import Operations
from tfk8s.errors import CloudError, PreconditionError
from tfk8s.ports import Note, Reporter, Warn

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster, CreateClusterRequest, Operation

_MOST_LOOKS = 12
"""More than a cluster's states (deleted, absent, created, running) and the requests without an answer are together."""


@dataclass(slots=True, kw_only=True)
class Creation:
    """The way of one cluster from whatever it is to a running one.

    Attributes:
        is_made: whether an operation made it, of this run or of an earlier one that was interrupted.
        unanswered: how often the request was sent without an answer.
    """

    request: CreateClusterRequest
    errand: Errand
    api: GkeApi
    operations: Operations
    journal: Journal
    clock: Clock
    reporter: Reporter
    is_made: bool = False
    unanswered: int = 0

    def run(self) -> Cluster:
        """Return the running cluster.

        Raises:
            CloudError: it cannot be made, or is broken.
            PreconditionError: the project or the login is not ready.
            WaitTimeoutError: GKE still works on it.
        """
        self._finish_remembered()
        for _ in range(_MOST_LOOKS):
            found = self.api.cluster(self.errand.place, errand=self.errand)
            if found is not None and self._is_usable(found):
                self.journal.forget()
                return found
            self._step(found)
        raise CloudError(f"{self.errand}: somebody else keeps making and deleting it", hint=AGAIN)

    def _finish_remembered(self) -> None:
        """Attach to the operation of an earlier run; when it failed meanwhile, that is this run's result too."""
        name = self.journal.operation()
        if not name:
            return
        self.reporter.emit(Note(message=f"an earlier run began to make the {self.errand.place}; going on with it"))
        self._finish(name)

    def _is_usable(self, found: Cluster) -> bool:
        if found.status.name == "ERROR":
            self.journal.forget()
            raise broken_cluster(found, errand=self.errand)
        return found.status.name in {"RUNNING", "RECONCILING", "DEGRADED"}

    def _step(self, found: Cluster | None) -> None:
        """Take the cluster one state further."""
        if found is None:
            operation = self.operations.running(self.errand, kind="CREATE_CLUSTER") or self._begin()
            if operation is not None:
                self._follow(operation)
            return
        kind = "DELETE_CLUSTER" if found.status.name == "STOPPING" else "CREATE_CLUSTER"
        operation = self.operations.running(self.errand, kind=kind)
        if operation is None:
            self.operations.until_changed(found, errand=self.errand)
        elif kind == "CREATE_CLUSTER":
            self._follow(operation)
        else:
            self.reporter.emit(Note(message=f"the {self.errand.place} is being deleted; waiting until it is gone"))
            self.operations.finish(operation.name, errand=Errand(verb="delete", place=self.errand.place))

    def _follow(self, operation: Operation) -> None:
        try:
            self.journal.remember(operation.name)
        except PreconditionError as error:  # the work is under way, and the next run can ask GKE for it
            self.reporter.emit(Warn(message=error.message, hint=error.hint))
        self._finish(operation.name)

    def _finish(self, operation: str) -> None:
        """Only the operation's own end is remembered no more; a lost connection or login leaves it to the next run."""
        try:
            self.operations.finish(operation, errand=self.errand)
        except OperationFailedError:
            self.journal.forget()
            raise
        self.is_made = True

    def _begin(self) -> Operation | None:
        """Send the request; None when what is there must be looked at again: it is there, or that is not known."""
        self.journal.prepare()
        try:
            return self._send()
        except NameTakenError:
            return None
        except NoAnswerError as error:
            if self.unanswered == len(PAUSES_S):
                raise
            self.reporter.emit(Note(message=f"{error.message}; looking whether it was begun all the same"))
            self.clock.sleep(PAUSES_S[self.unanswered])
            self.unanswered += 1
            return None

    def _send(self) -> Operation:
        try:
            return self.api.create_cluster(self.request, errand=self.errand)
        except InvalidRequestError as error:
            self._blame_version(error)
            raise

    def _blame_version(self, error: InvalidRequestError) -> None:
        """A version that the location does not offer is told from other mistakes by what the location offers."""
        wanted = self.request.cluster.initial_cluster_version
        if wanted in ("", "latest", "-"):
            return
        offered = self.api.server_config(errand=self.errand).valid_master_versions
        if any(version == wanted or version.startswith((f"{wanted}.", f"{wanted}-")) for version in offered):
            return
        raise InvalidRequestError(
            f"{self.errand}: {self.errand.place.location} does not offer version {wanted} of Kubernetes",
            hint="leave out cluster.version for the location's default, or set it to one that the details list",
            details=(error.message.rpartition(": ")[2], f"offered: {', '.join(offered)}"),
        ) from error
