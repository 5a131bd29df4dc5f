"""Whether anybody listens at an address."""

from __future__ import annotations

import socket

_TIMEOUT_S = 2.0


class TcpDialer:
    """The real `ports.Dialer`: opens a connection and closes it."""

    def can_connect(self, host: str, port: int) -> bool:
        """See ports.Dialer."""
        try:
            with socket.create_connection((host, port), timeout=_TIMEOUT_S):
                return True
        except (OSError, UnicodeError):
            return False
