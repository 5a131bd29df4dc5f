"""Events as both APIs show them, of writers by the old one and by the new one."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.event import read_event

ABOUT: JsonObject = {"apiVersion": "v1", "kind": "Pod", "namespace": "serving", "name": "resnet-a"}
MADE: JsonObject = {"uid": "u", "name": "resnet-a.1", "creationTimestamp": "2026-01-01T00:00:00Z"}


def at(minute: int, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 1, 1, 0, minute, second, micro, tzinfo=timezone.utc)


def test_an_event_of_an_old_writer_has_a_count_and_two_times() -> None:
    found = read_event(
        {
            "metadata": {**MADE},
            "involvedObject": {**ABOUT},
            "type": "Warning",
            "reason": "BackOff",
            "message": "Back-off restarting failed container",
            "source": {"component": "kubelet", "host": "node"},
            "firstTimestamp": "2026-01-01T00:01:00Z",
            "lastTimestamp": "2026-01-01T00:05:00Z",
            "count": 7,
            "eventTime": None,
        }
    )

    assert found.about == ObjectRef(api_version="v1", kind="Pod", namespace="serving", name="resnet-a")
    assert (found.first, found.last, found.times) == (at(1), at(5), 7)
    assert (found.is_warning, found.reporter, found.uid) == (True, "kubelet", "u")


def test_an_event_of_a_new_writer_has_no_old_times_and_a_series_once_it_is_repeated() -> None:
    once: JsonObject = {
        "metadata": {**MADE},
        "involvedObject": {**ABOUT},
        "type": "Normal",
        "reason": "Scheduled",
        "message": "assigned",
        "reportingComponent": "default-scheduler",
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": "2026-01-01T00:02:00.123456Z",
    }
    again: JsonObject = {**once, "series": {"count": 3, "lastObservedTime": "2026-01-01T00:03:00.000001Z"}}

    assert (read_event(once).first, read_event(once).last, read_event(once).times) == (
        at(2, micro=123456),
        at(2, micro=123456),
        1,
    )
    assert (read_event(again).first, read_event(again).last, read_event(again).times) == (
        at(2, micro=123456),
        at(3, micro=1),
        3,
    )
    assert read_event(once).reporter == "default-scheduler"


def test_the_new_api_shows_the_same_event_under_other_names() -> None:
    found = read_event(
        {
            "metadata": {**MADE},
            "regarding": {**ABOUT},
            "type": "Warning",
            "reason": "BackOff",
            "note": "Back-off restarting failed container",
            "deprecatedSource": {"component": "kubelet"},
            "deprecatedFirstTimestamp": "2026-01-01T00:01:00Z",
            "deprecatedLastTimestamp": "2026-01-01T00:05:00Z",
            "deprecatedCount": 7,
        }
    )

    assert (found.first, found.last, found.times) == (at(1), at(5), 7)
    assert (found.message, found.reporter) == ("Back-off restarting failed container", "kubelet")


def test_an_event_without_any_time_happened_when_it_was_made() -> None:
    found = read_event({"metadata": {**MADE}, "involvedObject": {**ABOUT}})

    assert (found.first, found.last, found.times) == (at(0), at(0), 1)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=9), children, max_size=3),
    max_leaves=6,
)
_FIELDS = ("metadata", "involvedObject", "regarding", "series", "count", "lastTimestamp", "eventTime", "type")


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON))
def test_anything_is_an_event_with_a_time_and_a_count(body: dict[str, JsonValue]) -> None:
    found = read_event(body)

    assert found.times >= 1
    assert found.last.tzinfo is not None
