from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tests.fakes.registry import error
from tfk8s.image.answer import Answer

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0-99", 100), ("bytes=0-99", 100), ("0-0", 0), ("", None), ("5-9", None), ("0-x", None), ("0-", None)],
)
def test_a_registry_says_how_much_of_an_upload_it_has(text: str, expected: int | None) -> None:
    assert Answer(status=204, headers={"range": text}).received_bytes == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 2026 00:00:05 GMT", 5.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-3", None),
    ],
)
def test_a_registry_says_how_long_to_wait(text: str, expected: float | None) -> None:
    assert Answer(status=429, headers={"retry-after": text}).retry_after_s(now=NOW) == expected


def test_codes_and_messages_of_an_error_are_told_apart() -> None:
    answer = error(403, "DENIED")

    assert answer.codes == {"DENIED"}
    assert answer.messages == ("about DENIED",)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"errors": 1}', b'{"errors": [1, {"code": 2}]}', b"[" * 100_000]
)
def test_an_error_of_another_shape_has_no_codes(body: bytes) -> None:
    assert Answer(status=500, headers={}, body=body).codes == frozenset()


def test_a_message_cannot_write_to_the_terminal() -> None:
    answer = Answer(status=500, headers={}, body=b'{"errors": [{"message": "a\\u001b[31mb\\nc"}]}')

    assert answer.messages == ("a[31mbc",)
