"""Takes a cluster away, whatever works on it at the moment."""

from __future__ import annotations

from tfk8s.clock import Clock
from tfk8s.cloud.gke.api import PAUSES_S, GkeApi
from tfk8s.cloud.gke.errand import AGAIN, BusyError, Errand, NoAnswerError
from tfk8s.cloud.gke.operations import Operations
from tfk8s.errors import CloudError
from tfk8s.ports import Note, Reporter

_MOST_TRIES = 10


class Deletion:
    """The way of one cluster to its end."""

    def __init__(self, api: GkeApi, operations: Operations, *, clock: Clock, reporter: Reporter) -> None:
        """Take what is asked, and what waits."""
        self._api, self._operations = api, operations
        self._clock, self._reporter = clock, reporter

    def run(self, errand: Errand) -> bool:
        """Return when the cluster is gone; False when there was none.

        Raises:
            CloudError: it could not be deleted.
            WaitTimeoutError: GKE still works on it.
        """
        existed = False
        for tries in range(_MOST_TRIES):
            found = self._api.cluster(errand.place, errand=errand)
            if found is None:
                return existed
            existed = True
            if found.status.name == "STOPPING":
                self._finish_deleting(errand)
                continue
            self._delete(errand, pause_s=PAUSES_S[min(tries, len(PAUSES_S) - 1)])
        raise CloudError(f"{errand}: something else works on it again and again", hint=AGAIN)

    def _finish_deleting(self, errand: Errand) -> None:
        operation = self._operations.running(errand, kind="DELETE_CLUSTER")
        if operation is not None:
            self._operations.finish(operation.name, errand=errand)
        elif (found := self._api.cluster(errand.place, errand=errand)) is not None:
            self._operations.until_changed(found, errand=errand)

    def _delete(self, errand: Errand, *, pause_s: float) -> None:
        try:
            operation = self._api.delete_cluster(errand=errand)
        except BusyError as error:
            self._clock.sleep(pause_s)
            self._operations.give_way(errand, operation=error.operation)
        except NoAnswerError as error:
            self._reporter.emit(Note(message=f"{error.message}; looking whether it was begun all the same"))
            self._clock.sleep(pause_s)
        else:
            if operation is not None:
                self._operations.finish(operation.name, errand=errand)
