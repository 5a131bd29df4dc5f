"""A server on loopback that takes many requests at once, and keeps when each came and on which connection."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PREDICTION = b'{"predictions": [2.5]}'


def answer(body: bytes = PREDICTION, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


@dataclass(frozen=True, kw_only=True)
class Came:
    """One request: when it was whole, on which connection, its head and its body."""

    at_s: float
    connection: int
    head: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Act:
    """What the server does with a request: the bytes that it sends after a time, then whether it closes or resets."""

    answer: bytes = field(default_factory=answer)
    after_s: float = 0.0
    closes: bool = False
    resets: bool = False


@dataclass(kw_only=True)
class LoadServer:
    """`act` is asked for each request, with its number from 0."""

    act: Callable[[int], Act]
    port: int = 0
    came: list[Came] = field(default_factory=list)
    accepted: int = 0
    open: list[asyncio.StreamWriter] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, self.accepted = self.accepted, self.accepted + 1
        self.open.append(writer)
        try:
            while await self._one(reader, writer, connection):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # asyncio's streams complain of a task that ends as cancelled
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-l"))
        body = await reader.readexactly(length)
        number = len(self.came)
        self.came.append(Came(at_s=time.perf_counter(), connection=connection, head=head, body=body))
        act = self.act(number)
        if act.after_s:
            await asyncio.sleep(act.after_s)
        if act.resets:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return False
        writer.write(act.answer)
        await writer.drain()
        return not act.closes

    def close_connections(self) -> None:
        """End all that are open, as a server does with those that were idle for too long; they are over then."""
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(self.close_all(), self.loop).result(timeout=60)

    async def close_all(self) -> None:
        for writer in self.open:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self.open), return_exceptions=True)


@contextmanager
def load_server(
    act: Callable[[int], Act] = lambda _: Act(), *, context: ssl.SSLContext | None = None
) -> Iterator[LoadServer]:
    """Runs one in a thread of its own."""
    made = LoadServer(act=act)
    started, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        made.loop = asyncio.get_running_loop()
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context, limit=1 << 24)
        made.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        await asyncio.sleep(0.05)  # what was accepted a moment ago begins to be served: a closed server drops it
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.wait_for(made.close_all(), timeout=30)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert started.wait(60)
        yield made
    finally:
        assert made.loop is not None
        made.loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=60)
        assert not thread.is_alive(), "the server goes on"
