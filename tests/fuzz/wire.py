"""Servers that are no more than what they answer: below requests in place of a socket, and in place of a channel."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool


class _Socket:
    """Says all of an answer and then ends."""

    def __init__(self, answer: bytes) -> None:
        self._answer = io.BytesIO(answer)

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BufferedReader:
        del mode, buffering
        return io.BufferedReader(self._answer)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _nothing


def _nothing(*args: object, **options: object) -> None:
    del args, options


def answer_with(session: requests.Session, answers: Iterator[bytes]) -> None:
    """Let each connection of a session get the next answer, and an empty one after the last."""

    class Connection(HTTPConnection):
        def connect(self) -> None:
            self.sock = _Socket(next(answers, b""))

        @property
        def is_connected(self) -> bool:
            return False  # so that the next question gets the next answer

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": Pool}
    session.mount("http://", adapter)


class _RefusedError(grpc.RpcError):
    """What the library raises for an answer that it cannot read."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.INTERNAL

    def details(self) -> str:
        return "Exception deserializing response!"


class Channel:
    """In the place of a channel of gRPC: every call gets the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def unary_unary(self, method: str, *, request_serializer: Any, response_deserializer: Any) -> Callable[..., Any]:
        """See grpc.Channel."""
        del method

        def call(request: Any, **options: Any) -> Any:
            del options
            request_serializer(request)
            try:
                return response_deserializer(self._answer)
            except Exception as error:
                raise _RefusedError from error

        return call

    def close(self) -> None:
        """See grpc.Channel."""
