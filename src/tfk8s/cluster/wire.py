"""Requests to one API server: retried where that is safe, bounded in time, logged without a body."""

from __future__ import annotations

import json
import logging
import time
from typing import Any, cast

from tfk8s.clock import Clock
from tfk8s.cluster.connection import Connection
from tfk8s.cluster.retry import with_retries
from tfk8s.cluster.translation import translated
from tfk8s.manifest import JsonObject

logger = logging.getLogger(__name__)

TIMEOUT_S = (5.0, 30.0)
"""To connect, and between two parts of an answer."""


class Wire:
    """The official client's requests, without its discovery: see kinds.py."""

    def __init__(self, connection: Connection, *, clock: Clock) -> None:
        """Wrap a client; nothing is sent yet."""
        from kubernetes.dynamic import DynamicClient

        self._identity = connection.identity
        self._clock = clock
        self._client = DynamicClient(connection.client, discoverer=_no_discovery)

    def request(self, method: str, path: str, *, strict: bool = False, **parameters: Any) -> bytes:
        """One request with retries: all of ours are idempotent. A new list each time: the client appends to it."""
        wanted = list(parameters.pop("query_params", ())) + ([("fieldValidation", "Strict")] if strict else [])

        def once() -> bytes:
            return cast("bytes", self.answer(method, path, query_params=list(wanted), **parameters).data)

        started = time.monotonic()
        data = with_retries(once, clock=self._clock)
        logger.debug("%s %s: %.0f ms", method, path, 1000 * (time.monotonic() - started))
        return data

    def answer(self, method: str, path: str, *, timeout_s: tuple[float, float] = TIMEOUT_S, **parameters: Any) -> Any:
        """The answer to one request, of which nothing was read yet."""
        return self._client.request(method, path, serialize=False, _request_timeout=timeout_s, **parameters)

    def json(self, what: str, method: str, path: str, **parameters: Any) -> JsonObject:
        """The object that one request is answered with; `what` says what was being done.

        Raises:
            Tfk8sError: of the family that fits.
        """
        with translated(what, identity=self._identity):
            return parsed(self.request(method, path, **parameters))

    def optional(self, what: str, path: str) -> JsonObject | None:
        """What is at the path, or None; `what` as for `json`.

        Raises:
            Tfk8sError: of the family that fits.
        """
        from kubernetes.client.exceptions import ApiException

        with translated(what, identity=self._identity):
            try:
                return parsed(self.request("get", path))
            except ApiException as error:
                if error.status == 404:
                    return None
                raise


def parsed(data: bytes) -> JsonObject:
    """An answer as plain data."""
    return cast("JsonObject", json.loads(data))


def _no_discovery(client: object, cache_file: object) -> None:
    """Stands in for the client's discovery; see kinds.py."""
    del client, cache_file
