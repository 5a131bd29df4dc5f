"""What was seen of one object before anything is planned: the live body, and the server's answer to a dry run."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias, Union

from tfk8s.manifest import JsonObject, ObjectRef


class RefusalReason(enum.Enum):
    """Why the server would not take an object, from the `reason` of its Status."""

    CONFLICT = "conflict"
    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NO_NAMESPACE = "no namespace"
    UNKNOWN_FIELD = "unknown field"
    OTHER = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One entry of `details.causes` of a Status: the field in the server's spelling, and its words."""

    field: str
    message: str

    def __str__(self) -> str:
        """As a line of evidence."""
        return f"{self.field}: {self.message}" if self.field else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The server understood the dry run and said no; `remedy` is the way on, "" where the causes say it."""

    reason: RefusalReason
    message: str
    causes: tuple[Cause, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """The object as it would be stored."""

    body: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """No dry run was made, and why: the namespace of the object does not exist yet."""

    why: str


Prediction: TypeAlias = Union[Predicted, Refused]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One object before the change.

    Attributes:
        live: None when it is absent, which is not the same as forbidden.
        makers: the tools that made it by hand, when it is to be taken over whole.
    """

    ref: ObjectRef
    live: JsonObject | None
    prediction: Predicted | Refused | NotAsked
    makers: tuple[str, ...] = ()
