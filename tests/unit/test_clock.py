from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.fakes.clock import FakeClock
from tfk8s.clock import SystemClock, rfc3339, ticks


def test_ticks_come_at_once_then_every_interval_and_once_when_the_time_is_up() -> None:
    clock = FakeClock()

    left = list(ticks(clock, timeout_s=10, interval_s=4))

    assert left == [10, 6, 2, 0]
    assert clock.monotonic_s() == 10


def test_ticks_without_time_give_one_look() -> None:
    assert list(ticks(FakeClock(), timeout_s=0, interval_s=1)) == [0]


def test_ticks_do_not_sleep_past_the_deadline_when_work_takes_long() -> None:
    clock = FakeClock()
    seen = []

    for left in ticks(clock, timeout_s=10, interval_s=4):
        seen.append(left)
        clock.sleep(7)

    assert seen == [10, 0]


def test_system_clock_knows_its_time_zone() -> None:
    assert SystemClock().utc_now().tzinfo is not None


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=2))

    assert rfc3339(datetime(2026, 3, 1, 1, 30, 5, 999, tzinfo=east)) == "2026-02-28T23:30:05Z"
