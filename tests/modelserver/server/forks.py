"""Runs the test double many times from one process that has loaded TensorFlow: to load it takes longer than most tests.

A line on stdin starts a server: `{"arguments": [...], "log": FILE}`. Lines on stdout: `{"started": PID}`, and
`{"ended": PID, "code": N}` with N below 0 for a signal.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
from typing import Any, Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Start what is asked for until stdin ends."""
    from tests.modelserver.server import __main__, assembly

    del assembly  # loaded for the servers
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asked = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _tell_ends()
        if 0 not in ready:
            continue
        part = os.read(0, 65536)
        if not part:
            return
        *lines, asked = (asked + part).split(b"\n")
        for line in lines:
            request = json.loads(line)
            pid = os.fork()
            if not pid:
                _become(request, main=__main__.main)
            _tell({"started": pid})


def _tell_ends() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(message: dict[str, int]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _become(request: Any, *, main: Any) -> NoReturn:
    """Be a server as one that was started by itself: its own output, no signal handlers, dead when its parent is."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    output = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv[1:] = request["arguments"]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
