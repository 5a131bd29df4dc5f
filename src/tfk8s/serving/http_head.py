"""Connections whose answers begin in time: a time-out of a socket starts anew at each byte, and a head has many."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse


class _HeadInTime(HTTPConnection):
    """Ends the connection once the head of an answer takes longer than the whole of it may."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        is_late = threading.Event()
        limit_s = self.timeout if isinstance(self.timeout, (int, float)) else None
        timer = threading.Timer(limit_s or threading.TIMEOUT_MAX, self._end, (is_late,))
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()
        except (OSError, http.client.HTTPException, HTTPError) as error:
            if is_late.is_set():
                raise _late() from error
            raise
        finally:
            timer.cancel()
        if is_late.is_set():  # half a head may look like a whole one
            answer.close()
            raise _late()
        return answer

    def _end(self, is_late: threading.Event) -> None:
        is_late.set()
        with contextlib.suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


def _late() -> TimeoutError:
    return TimeoutError("the head of the answer took too long")


class _TlsHeadInTime(_HeadInTime, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _HeadInTime


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsHeadInTime


class TimelyAdapter(HTTPAdapter):
    """An adapter of requests with such connections."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See requests."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
