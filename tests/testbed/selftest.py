"""Breaks the testbed in every way a killed run or a rebooted machine does, and measures how `up` puts it right.

Packages way only, and it takes the cluster away from whoever uses it: for people, not for the test suite.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.testbed import engine
from tests.testbed.process import live_pid, run, succeeds, wait_until
from tests.testbed.progress import SetupError, say
from tests.testbed.way import Way

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.cluster import Testbed


def run_all(testbed: Testbed) -> tuple[str, ...]:
    """Break and repair; return one line of result for each case.

    Raises:
        SetupError: A case was not repaired; what came before it is in the progress lines.
    """
    if testbed.way is not Way.PACKAGES:
        raise SetupError("the self-test breaks the Docker daemon, so it runs on the testbed's own alone")
    breakages: tuple[tuple[str, Callable[[Testbed], None]], ...] = (
        ("cluster up already", _nothing),
        ("the fence's rules flushed", _flush_fence),
        ("node container killed", _kill_node),
        ("dockerd killed", _kill_daemon),
        ("dockerd and the node killed", _kill_everything),
        ("`up` killed while it creates the cluster", _kill_up),
        ("everything taken down", _down),
    )
    testbed.up()
    return tuple(_measure(testbed, name, breakage) for name, breakage in breakages)


def _measure(testbed: Testbed, name: str, breakage: Callable[[Testbed], None]) -> str:
    breakage(testbed)
    start = time.monotonic()
    testbed.up()
    seconds = time.monotonic() - start
    if not testbed.is_ready():
        raise SetupError(f"after {name!r} `up` says that it is done, and the cluster is not ready")
    line = f"{name:<42} {seconds:6.1f} s"
    say(line)
    return line


def _nothing(testbed: Testbed) -> None:
    del testbed


def _flush_fence(testbed: Testbed) -> None:
    del testbed
    run(["iptables", "-w", "10", "-F", "DOCKER-USER"], timeout_s=15)


def _kill_node(testbed: Testbed) -> None:
    run(["docker", "kill", *testbed.node_names()], timeout_s=30)


def _kill_daemon(testbed: Testbed) -> None:
    del testbed
    _kill(engine.DAEMON_PID, mark="dockerd")


def _kill_everything(testbed: Testbed) -> None:
    """What a power cut does: daemons and nodes are gone in the middle of their work."""
    nodes = run(["docker", "inspect", "--format", "{{.State.Pid}}", *testbed.node_names()], timeout_s=30)
    _kill(engine.DAEMON_PID, mark="dockerd")  # the kernel kills its containerd with it
    for pid in nodes.split():
        os.kill(int(pid), signal.SIGKILL)


def _kill(pid_file: Path, *, mark: str) -> None:
    pid = live_pid(pid_file, mark=mark)
    if pid is None:
        raise SetupError(f"{pid_file} names no living {mark}")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: live_pid(pid_file, mark=mark) is None, timeout_s=10, what=f"the end of {mark}")


def _kill_up(testbed: Testbed) -> None:
    _kill_node(testbed)
    command = [sys.executable, "-m", "tests.testbed", "up"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as up:
        try:
            wait_until(lambda: _is_starting(testbed), timeout_s=120, what="the new node container")
        finally:
            up.kill()


def _is_starting(testbed: Testbed) -> bool:
    return any(
        succeeds(["docker", "exec", name, "test", "-e", "/kind/kubeadm.conf"], timeout_s=10)
        for name in testbed.node_names()
    )


def _down(testbed: Testbed) -> None:
    before = engine.SAVED_SYSCTLS.read_text()
    testbed.down()
    if engine.answers():
        raise SetupError("after `down` the Docker daemon still answers")
    after = run(["sysctl", *engine.CHANGED_SYSCTLS], timeout_s=10)
    if after.split() != before.split():
        raise SetupError(f"after `down` the kernel's settings are {after!r}, not {before!r}")
