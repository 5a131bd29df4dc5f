"""A server that answers every prediction at once, for measuring clients: `python -m tests.bench.fast_server rest|grpc`.

It prints its port once it listens, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent import futures

import grpc

BODY = b'{"predictions": [[2.5]]}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class _Answering(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            _, _, rest = head.partition(b"content-length:")
            whole = end + 4 + int(rest.split(b"\r\n", 1)[0] or 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._transport.write(_ANSWER)


async def _rest() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    _tell(server.sockets[0].getsockname()[1])
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _grpc() -> None:
    method = grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")
    handler = grpc.method_handlers_generic_handler("tensorflow.serving.PredictionService", {"Predict": method})
    with futures.ThreadPoolExecutor(max_workers=8) as pool:
        server = grpc.server(pool, handlers=[handler])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        _tell(port)
        sys.stdin.read()
        server.stop(None).wait(timeout=5)


def _tell(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "grpc":
        _grpc()
    else:
        asyncio.run(_rest())
