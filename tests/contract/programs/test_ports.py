"""Ports that programs bind later: nobody else is given one meanwhile."""

from __future__ import annotations

import socket
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests import ports

ROOT = Path(__file__).parents[3]
CHOOSING = "import sys; from tests import ports; print(ports.free_port(), flush=True); sys.stdin.read()"


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port that is chosen next; whoever sets the same place again is given the same choice."""
    port = ports.free_port()
    monkeypatch.setattr(ports, "_places", count(port + 1 - ports._FIRST))
    return ports._FIRST + (port + 1 - ports._FIRST) % ports._HOW_MANY


def test_no_port_is_given_twice_and_none_is_one_that_the_kernel_gives(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ports.free_port()
    monkeypatch.setattr(ports, "_places", count(first - ports._FIRST))

    others = [ports.free_port() for _ in range(50)]

    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len({given, *others}) == 51
    assert all(20_000 <= port < min(30_000, lowest) for port in others)


def test_a_port_that_somebody_listens_at_is_passed_over(first: int) -> None:
    with socket.create_server((ports.LOOPBACK, first)):
        assert ports.free_port() != first


def test_a_port_that_another_process_chose_is_passed_over_until_that_has_ended(
    first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = first - ports._FIRST
    code = CHOOSING.replace("; print", f"; from itertools import count; ports._places = count({place}); print")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        ours = ports.free_port()
        other.communicate()
    monkeypatch.setattr(ports, "_places", count(theirs - ports._FIRST))

    assert ours != theirs
    assert ports.free_port() == theirs
