from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.serving.http_answer import HttpAnswerReader, NotHttpError

_BODY = b'{"predictions": [2.5]}'
_WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n" + _BODY
_CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n" + _BODY[:5] + b"\r\n11;name=value\r\n" + _BODY[5:] + b"\r\n0\r\n\r\n"
)
_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n"


def read(*parts: bytes) -> HttpAnswerReader:
    reader = HttpAnswerReader()
    for part in parts:
        reader.feed(part)
    return reader


@pytest.mark.parametrize("answer", [_WITH_LENGTH, _CHUNKED, _INTERIM + _WITH_LENGTH])
@given(data=st.data())
def test_an_answer_is_read_alike_however_it_is_cut_into_parts(answer: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(min_value=0, max_value=len(answer)), max_size=8)))
    parts = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True)]

    reader = HttpAnswerReader()
    for part in parts:
        assert not reader.is_complete or not part
        reader.feed(part)

    assert (reader.status, reader.is_complete, reader.is_last) == (200, True, False)
    assert reader.start.startswith(b'{"pre')


@pytest.mark.parametrize("answer", [_WITH_LENGTH, _CHUNKED])
def test_an_answer_is_not_whole_before_its_last_byte(answer: bytes) -> None:
    for length in range(len(answer)):
        assert not read(answer[:length]).is_complete


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\n\r\n", _BODY)

    assert (reader.is_complete, reader.is_last) == (False, True)
    assert reader.end()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n" + _BODY[:9], _CHUNKED[:-1]])
def test_an_answer_that_is_cut_off_is_not_whole(answer: bytes) -> None:
    assert not read(answer).end()


@pytest.mark.parametrize(
    ("head", "is_last"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
    ],
)
def test_the_head_tells_whether_the_connection_goes_on(head: bytes, is_last: bool) -> None:
    reader = read(head)

    assert (reader.is_complete, reader.is_last) == (True, is_last)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5" * 70_000,
    ],
)
def test_what_is_no_answer_of_http_is_refused(answer: bytes) -> None:
    with pytest.raises(NotHttpError):
        read(answer)


def test_a_thousand_interim_answers_are_passed_over() -> None:
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + _WITH_LENGTH).is_complete


@given(answer=st.binary(max_size=200))
def test_no_bytes_fail_otherwise(answer: bytes) -> None:
    with contextlib.suppress(NotHttpError):
        read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + answer).end()


def test_a_large_body_is_not_kept() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", b"a" * 10_000_000)

    assert reader.is_complete
    assert len(reader.start) == 256


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\n",
    ],
)
def test_a_number_of_thousands_of_digits_is_no_number(answer: bytes) -> None:
    with pytest.raises(NotHttpError):
        read(answer)
