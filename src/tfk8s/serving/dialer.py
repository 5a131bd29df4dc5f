"""Whether anybody listens at an address, and ports of this computer where nobody does."""

from __future__ import annotations

import contextlib
import socket

_TIMEOUT_S = 2.0


def free_ports(count: int) -> tuple[int, ...]:
    """Ports of 127.0.0.1 that nobody listens on now; each is another one."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return tuple(int(found.getsockname()[1]) for found in sockets)


class TcpDialer:
    """The real `ports.Dialer`: opens a connection and closes it."""

    def can_connect(self, host: str, port: int) -> bool:
        """See ports.Dialer."""
        try:
            with socket.create_connection((host, port), timeout=_TIMEOUT_S):
                return True
        except (OSError, UnicodeError):
            return False
