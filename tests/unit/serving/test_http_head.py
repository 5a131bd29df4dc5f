"""A head that comes too late ends its connection for good."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import HTTPResponse

from tfk8s.serving.http_head import TimelyAdapter

LIMIT_S = 0.05


@pytest.fixture
def pool() -> Iterator[HTTPConnectionPool]:
    adapter = TimelyAdapter()
    yield adapter.poolmanager.connection_from_host("127.0.0.1", port=9, scheme="http")
    adapter.close()


def test_half_a_head_that_looks_like_a_whole_one_is_closed_with_its_socket(
    pool: HTTPConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = HTTPResponse(body=io.BytesIO(b"half"), preload_content=False)

    def late(_: HTTPConnection) -> HTTPResponse:
        time.sleep(4 * LIMIT_S)
        return half

    monkeypatch.setattr(HTTPConnection, "getresponse", late)
    connection = pool.ConnectionCls("127.0.0.1", port=9, timeout=LIMIT_S)

    with pytest.raises(TimeoutError, match="the head of the answer took too long"):
        connection.getresponse()

    assert half.closed
