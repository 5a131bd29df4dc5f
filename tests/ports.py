"""Ports for programs that bind them themselves, a while after they were chosen.

A port that the kernel chose may be somebody else's by then: it gives those of its range to each socket that asks for
any, and every connection does. These lie below its range, and each stays with the process that chose it.
"""

from __future__ import annotations

import os
import socket
from itertools import count
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_FIRST: Final = 20_000
_HOW_MANY: Final = 10_000  # 30000 to 32767 are NodePorts, and the kernel's begin after them
_places: Final = count(os.getpid() * 101)  # other processes begin elsewhere


def free_port(address: str = LOOPBACK) -> int:
    """Return a port that nobody has, and that nobody else is given while this process lives."""
    for _ in range(_HOW_MANY):
        port = _FIRST + next(_places) % _HOW_MANY
        if _is_free(address, port) and _claim(port):
            return port
    raise OSError(f"no port is free from {_FIRST} on")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _claim(port: int) -> bool:
    """Take a name that only one process can have, and that goes with the process."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0tfk8s-tests-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # open until the end
    return True
