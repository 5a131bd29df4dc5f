"""An Event of either API as one value: what happened to which object, how often, and when.

`v1` and `events.k8s.io/v1` show the same stored objects under other names. Who writes by the old API fills count,
firstTimestamp and lastTimestamp; who writes by the new one fills eventTime, and series once it happens again, and
leaves the old times null:
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final, NamedTuple

from tfk8s.manifest.fields import integer_at, object_at, text_at, time_at
from tfk8s.manifest.objects import JsonObject, ObjectRef

CORE_API: Final = "v1"
EVENTS_API: Final = "events.k8s.io/v1"

NEVER: Final = datetime.fromtimestamp(0, timezone.utc)
"""Stands for the time of an event that says none."""


class EventRecord(NamedTuple):
    """One event.

    Attributes:
        uid: of the event; the same for all times that it is repeated.
        about: the object.
        is_warning: whether its type is Warning.
        reason: one word.
        message: in the words of who reports it.
        reporter: the component.
        first: when it happened first.
        last: when it happened last.
        times: how often, 1 at least.
    """

    uid: str
    about: ObjectRef
    is_warning: bool
    reason: str
    message: str
    reporter: str
    first: datetime
    last: datetime
    times: int


def last_seen(body: JsonObject) -> datetime | None:
    """When an event of either API happened last; None when it does not say."""
    ends = (
        time_at(body, "series", "lastObservedTime"),
        time_at(body, "lastTimestamp"),
        time_at(body, "deprecatedLastTimestamp"),
        time_at(body, "eventTime"),
    )
    return max((end for end in ends if end is not None), default=time_at(body, "metadata", "creationTimestamp"))


def read_event(body: JsonObject) -> EventRecord:
    """The event that an object of either API is."""
    about = object_at(body, "involvedObject") or object_at(body, "regarding")
    made, once = time_at(body, "metadata", "creationTimestamp"), time_at(body, "eventTime")
    first = time_at(body, "firstTimestamp") or time_at(body, "deprecatedFirstTimestamp") or once or made
    last = last_seen(body)
    counts = (integer_at(body, "series", "count"), integer_at(body, "count"), integer_at(body, "deprecatedCount"))
    return EventRecord(
        uid=text_at(body, "metadata", "uid") or text_at(body, "metadata", "name"),
        about=ObjectRef(
            api_version=text_at(about, "apiVersion"),
            kind=text_at(about, "kind"),
            namespace=text_at(about, "namespace"),
            name=text_at(about, "name"),
        ),
        is_warning=text_at(body, "type") == "Warning",
        reason=text_at(body, "reason"),
        message=text_at(body, "message") or text_at(body, "note"),
        reporter=_reporter(body),
        first=first or last or NEVER,
        last=last or first or NEVER,
        times=max((*counts, 1)),
    )


def _reporter(body: JsonObject) -> str:
    return (
        text_at(body, "reportingComponent")
        or text_at(body, "reportingController")
        or text_at(body, "source", "component")
        or text_at(body, "deprecatedSource", "component")
    )
