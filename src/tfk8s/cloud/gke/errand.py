"""What was being done for which cluster when something failed, and the failures that a caller acts on."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.project_refusals import CONSOLE
from tfk8s.errors import CloudError

AGAIN = "run the same command again; it goes on from what is there"
EVERY = "-"


class NoAnswerError(CloudError):
    """Whether the call was carried out is not known: look before it is sent again."""


class NameTakenError(CloudError):
    """There is a cluster or node pool of this name already."""


class InvalidRequestError(CloudError):
    """GKE refused what was asked for as such; asking again changes nothing."""


class OperationFailedError(CloudError):
    """GKE worked on it and is done, without success."""


class BusyError(CloudError):
    """Another operation works on the cluster; wait for it."""

    def __init__(self, message: str, *, operation: str, details: tuple[str, ...] = ()) -> None:
        """Remember the operation's name, which may be ""."""
        super().__init__(message, hint=f"wait until it is over, then {AGAIN.partition(';')[0]}", details=details)
        self.operation = operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What was being done.

    Attributes:
        verb: the start of a sentence, as "create".
        place: the cluster; one named "-" stands for all of a project.
    """

    verb: str
    place: Place

    def __str__(self) -> str:
        """The start of a message."""
        every = f"clusters of the project {self.place.project}"
        return f"cannot {self.verb} the {every if self.place.name == EVERY else self.place}"


def console(place: Place) -> str:
    """The page of the cluster in Google's console."""
    if place.name == EVERY:
        return f"{CONSOLE}/kubernetes/list/overview?project={place.project}"
    return f"{CONSOLE}/kubernetes/clusters/details/{place.location}/{place.name}?project={place.project}"
