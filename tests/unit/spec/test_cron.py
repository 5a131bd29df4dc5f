"""Times of a schedule, as KEDA reads them."""

from __future__ import annotations

import pytest

from tfk8s.spec.cron import cron_flaw


@pytest.mark.parametrize(
    "text",
    ["0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1,15 JAN-mar ?", "59 23 31 12 sat", "5/10 0 * * 0"],
)
def test_what_cron_takes_is_taken(text: str) -> None:
    assert cron_flaw(text) is None


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "0 fields"),
        ("@daily", "1 fields"),
        ("CRON_TZ=Etc/UTC 0 8 * * *", "6 fields"),
        ("60 8 * * *", "60 is no minute (0 to 59)"),
        ("0 8 0 * *", "0 is no day (1 to 31)"),
        ("0 8 * 13 *", "13 is no month (1 to 12)"),
        ("0 8 * * 7", "7 is no weekday (0 to 6)"),
        ("0 8 * * fri-mon", "fri-mon is no weekday"),
        ("0 8 * foo *", "foo is no month"),
        ("0 18-8 * * *", "18-8 is no hour"),
        ("0 8 * * 1,", " is no weekday"),
        ("*/0 8 * * *", "*/0 is no minute"),
    ],
)
def test_anything_else_is_told_with_its_field(text: str, flaw: str) -> None:
    assert flaw in (cron_flaw(text) or "")
