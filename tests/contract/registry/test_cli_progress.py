"""What a user sees while `tfk8s image push` works, what it needs, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from tests.contract.registry.desk import LIMIT_S, Desk
from tests.fakes.traffic import Fault

pytestmark = pytest.mark.contract


def test_ctrl_c_ends_with_130_names_nothing_and_the_next_run_goes_on(desk: Desk) -> None:
    desk.write_model(size_bytes=80 << 20)
    hold = desk.registry.traffic.hold(after_bytes=20 << 20)
    running = desk.start("image", "push", "--tag", "v1")
    try:
        assert hold.reached.wait(LIMIT_S)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=LIMIT_S)
    finally:
        running.kill()
        hold.release.set()

    assert running.returncode == 130
    assert "interrupted; run the same command again to go on" in stderr
    assert list(desk.registry.data.rglob("tags/v1")) == []
    desk.registry.traffic.forget()
    again = desk.run("image", "push", "--tag", "v1", "-o", "json").answer()
    desk.registry.crane("validate", "--remote", f"{desk.repository}:v1")
    assert desk.registry.traffic.blob_bytes() < 80 << 20
    assert again["sentBytes"] == desk.registry.traffic.blob_bytes()


def test_in_a_pipe_progress_is_plain_lines_and_stdout_the_product(desk: Desk) -> None:
    desk.write_model(size_bytes=40 << 20)

    pushed = desk.run("image", "push", FORCE_COLOR="", NO_COLOR="1")

    lines = pushed.stderr.splitlines()
    assert "push ..." in lines
    assert "  push: 40 of 40 MiB" in lines
    assert "\x1b" not in pushed.stderr
    assert pushed.stdout.count("\n") == 1


def test_progress_as_json_is_an_object_a_line(desk: Desk) -> None:
    pushed = desk.run("image", "push", "--progress", "json", "-o", "json")

    events = [json.loads(line) for line in pushed.stderr.splitlines()]
    assert [event["step"] for event in events if event["event"] == "StepDone"] == ["check", "build", "push"]
    assert json.loads(pushed.stdout)["digest"].startswith("sha256:")


def test_on_a_terminal_a_bar_shows_the_rate(desk: Desk) -> None:
    import pty

    desk.write_model(size_bytes=96 << 20)
    # the first pause is long enough for a rate, and the second ends when it is shown
    traffic = desk.registry.traffic
    pauses = [traffic.hold(after_bytes=8 << 20), traffic.hold(after_bytes=10, method="PUT", path="/manifests/")]
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "tfk8s", "image", "push"],
        cwd=desk.folder,
        env={**desk.environment_with({}), "TERM": "xterm", "COLUMNS": "160"},
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    shown: list[bytes] = []
    threading.Thread(target=_go_on, args=(pauses, shown), daemon=True).start()
    _read(leader, shown)

    assert running.wait(LIMIT_S) == 0
    assert all(pause.reached.is_set() for pause in pauses)
    assert _has_rate(shown)


def _has_rate(shown: list[bytes]) -> bool:
    text = b"".join(shown).decode(errors="replace")
    return "MiB/s" in text and "█" in text


def _go_on(pauses: Sequence[Fault], shown: list[bytes]) -> None:
    first, second = pauses
    first.reached.wait(LIMIT_S)
    time.sleep(0.7)
    first.release.set()
    second.reached.wait(LIMIT_S)
    end = time.monotonic() + LIMIT_S / 2
    while not _has_rate(shown) and time.monotonic() < end:
        time.sleep(0.05)
    second.release.set()


def _read(terminal: int, shown: list[bytes]) -> None:
    """Keep what a program shows until it ends."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown.append(part)
    os.close(terminal)


_MEASURED = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_a_push_needs_no_more_than_64_mib_whatever_the_size_of_the_model(google: Desk) -> None:
    peaks = []
    for size_mib in (1, 150):
        google.write_model(size_bytes=size_mib << 20)
        command = [sys.executable, "-c", _MEASURED, *google.command(("image", "push"))]
        done = subprocess.run(
            command, cwd=google.folder, env=google.environment_with({}), capture_output=True, text=True, timeout=LIMIT_S
        )
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout))

    assert peaks[1] < 64
    assert peaks[1] - peaks[0] < 8
