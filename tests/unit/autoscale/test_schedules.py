"""Floors by the time of day."""

from __future__ import annotations

import pytest

from tfk8s.autoscale.schedules import A_MONDAY_S, floors_of, read_schedule
from tfk8s.errors import InputError

HOUR_S = 3600.0


def floors(start: str, end: str, *, zone: str = "Etc/UTC", hours: int = 24, begins_s: float = 0.0) -> list[int]:
    """What holds at each full hour after the beginning."""
    schedule = read_schedule({"start": start, "end": end, "timezone": zone, "desiredReplicas": "4"})
    return [int(floor) for floor in floors_of(schedule, begins_s=begins_s, step_s=HOUR_S, count=hours)]


def test_a_floor_holds_from_its_start_to_its_end() -> None:
    found = floors("30 8 * * *", "30 10 * * *", hours=12)

    # hours 9 and 10
    assert found == [0] * 8 + [4, 4] + [0, 0]


def test_a_floor_may_span_midnight() -> None:
    assert floors("0 22 * * *", "0 2 * * *") == [4] + [0] * 20 + [4, 4, 4]


def test_a_trace_without_dates_begins_on_a_monday() -> None:
    found = floors("0 12 * * mon-fri", "0 14 * * 1-5", hours=7 * 24)

    assert [index // 24 for index, floor in enumerate(found) if floor] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert floors("0 12 * * mon-fri", "0 14 * * 1-5", hours=7 * 24, begins_s=A_MONDAY_S) == found


def test_times_are_those_of_the_zone() -> None:
    summer_s = 1_783_900_800.0  # 2026-07-13, 0:00 UTC

    assert floors("0 8 * * *", "0 9 * * *", zone="Europe/Berlin", begins_s=summer_s, hours=9)[5] == 4
    assert floors("0 8 * * *", "0 9 * * *", zone="Europe/Berlin", hours=9)[6] == 4


def test_steps_lists_and_either_day_are_understood() -> None:
    assert floors("0 */6 * * *", "0 3-23/6 * * *", hours=12) == [4, 4, 0, 0, 0, 4, 4, 4, 0, 0, 0, 4]
    # the fifth is a Monday: a day of the month or a weekday is enough where both are named
    assert any(floors("0 1 7 * mon", "0 2 7 * mon", hours=3))


@pytest.mark.parametrize(
    ("start", "zone", "message"),
    [
        ("0 8 * *", "Etc/UTC", "has 4 fields, not five"),
        ("61 8 * * *", "Etc/UTC", "'61 8 .*' is no time"),
        ("x 8 * * *", "Etc/UTC", "is no time"),
        ("*/0 8 * * *", "Etc/UTC", "is no time"),
        ("0 8 * * *", "Mars/Base", "time zone Mars/Base"),
    ],
)
def test_what_is_no_schedule_is_refused(start: str, zone: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        floors(start, "0 9 * * *", zone=zone)
