"""Sends requests over gRPC when they are due: this thread sends, those of grpcio take the answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import grpc

from tfk8s.load.outcome import NO_FREE_CONNECTION, Outcome
from tfk8s.ports import Endpoint, ServerUnreachableError
from tfk8s.ports.load import LoadLimits, LoadRequest
from tfk8s.serving.grpc_channel import metadata_of, open_channel
from tfk8s.serving.load_record import Record, no_collection

_OPTIONS: Final = (
    # Channels to the same place share one connection otherwise.
    ("grpc.use_local_subchannel_pool", 1),
    # A name with several addresses, as a headless Service's: each channel asks all of them in turn.
    ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
)
_LONGEST_WAIT_S: Final = 1.0
_NEARLY: Final = 0.98
"""The client's own deadline ends a call a little before or after our clock says so."""


class GrpcSender:
    """`ports.LoadSender` over gRPC.

    Attributes:
        limits: What it may take.
    """

    def __init__(self, endpoint: Endpoint, *, limits: LoadLimits, ca_file: Path | None = None) -> None:
        """Nothing is sent before the first call."""
        self.limits = limits
        self._endpoint = endpoint
        self._ca_file = ca_file
        self._channels: list[_Channel] = []

    def close(self) -> None:
        """End all channels, and the calls on them."""
        for channel in self._channels:
            channel.close()
        self._channels.clear()

    def send(self, requests: Sequence[LoadRequest], *, schedule: Sequence[float]) -> Sequence[Outcome]:
        """See ports.LoadSender."""
        if not self._channels:
            self._channels = [self._open() for _ in range(max(1, min(self.limits.channels, self.limits.connections)))]
            for channel in self._channels:
                channel.require_ready(self._endpoint, within_s=self.limits.connect_s)
        run = _Run(self, requests, schedule=schedule)
        with no_collection():
            run.serve()
        return run.record.outcomes()

    def channel(self, number: int) -> _Channel:
        """The channel of a request; a new one in the place of one that is too old."""
        place = number % len(self._channels)
        channel, renew_s = self._channels[place], self.limits.renew_s
        if renew_s is None or time.perf_counter() - channel.opened_s < renew_s:
            return channel
        self._channels[place] = self._open()
        channel.retire()
        return self._channels[place]

    def _open(self) -> _Channel:
        channel = open_channel(self._endpoint, ca_file=self._ca_file, options=_OPTIONS)
        return _Channel(channel, metadata=metadata_of(self._endpoint))


class _Channel:
    """One connection, and how many calls are on it."""

    def __init__(self, channel: grpc.Channel, *, metadata: tuple[tuple[str, str], ...]) -> None:
        self.opened_s = time.perf_counter()
        self._metadata = metadata
        self._channel = channel
        self._methods: dict[str, grpc.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        self._lock = threading.Lock()
        self._calls = 0
        self._is_retired = False

    def require_ready(self, endpoint: Endpoint, *, within_s: float) -> None:
        ready = grpc.channel_ready_future(self._channel)
        try:
            ready.result(timeout=within_s)
        except grpc.FutureTimeoutError as error:
            raise ServerUnreachableError(
                f"the model server at {endpoint.authority} ({endpoint.how}) cannot be reached: "
                f"no connection within {within_s:g} s",
                hint="check that it runs and that this is its gRPC port (8500 unless changed)",
            ) from error
        finally:
            ready.cancel()

    def ask(self, request: LoadRequest, *, timeout_s: float, done: Callable[[grpc.Call], None]) -> None:
        method = self._methods.get(request.path)
        if method is None:
            method = self._channel.unary_unary(request.path, request_serializer=bytes, response_deserializer=bytes)
            self._methods[request.path] = method
        with self._lock:
            self._calls += 1

        def end(_: grpc.Future[bytes]) -> None:
            done(call)
            with self._lock:
                self._calls -= 1
                is_over = self._is_retired and not self._calls
            if is_over:
                self.close()

        call = method.future(request.body, timeout=timeout_s, metadata=self._metadata)
        call.add_done_callback(end)

    def retire(self) -> None:
        with self._lock:
            self._is_retired = True
            is_over = not self._calls
        if is_over:
            self.close()

    def close(self) -> None:
        self._channel.close()


class _Run:
    """One schedule on the channels of a sender."""

    def __init__(self, sender: GrpcSender, requests: Sequence[LoadRequest], *, schedule: Sequence[float]) -> None:
        self._sender = sender
        self._requests = requests
        self._lock = threading.Lock()  # answers come in other threads
        self._changed = threading.Event()
        self._on_way = 0
        self.record = Record(schedule)

    def serve(self) -> None:
        record = self.record
        while (until_s := record.until_due_s(record.now_s())) is not None:
            if until_s > 0:
                time.sleep(min(until_s, _LONGEST_WAIT_S))
            else:
                self._send()
        while record.left:
            self._changed.wait(_LONGEST_WAIT_S)
            self._changed.clear()

    def _send(self) -> None:
        with self._lock:
            if self._on_way >= self._sender.limits.connections:
                self.record.pass_over(NO_FREE_CONNECTION)
                return
            self._on_way += 1
            number = self.record.take(self.record.now_s())

        def done(call: grpc.Call) -> None:
            self._done(number, call)

        request = self._requests[number % len(self._requests)]
        self._sender.channel(number).ask(request, timeout_s=self._sender.limits.answer_s, done=done)

    def _done(self, number: int, call: grpc.Call) -> None:
        now_s = self.record.now_s()
        code = call.code()
        failure = "" if code is grpc.StatusCode.OK else code.name
        took_s = now_s - self.record.sent_s(number)
        if code is grpc.StatusCode.DEADLINE_EXCEEDED and took_s >= self._sender.limits.answer_s * _NEARLY:
            failure = "timeout"
        with self._lock:
            self._on_way -= 1
            self.record.finish(number, at_s=now_s, failure=failure)
            if not self.record.left:
                self._changed.set()
