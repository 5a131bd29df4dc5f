"""Runs `python -m tfk8s` many times from one process that has imported it: to import takes longer than most commands.

A message on the socket that is stdin starts a command: JSON with `arguments`, `environment`, `folder` and its `number`,
and with it the file descriptors of its stdin, stdout and stderr. Messages back: `{"started": PID, "number": N}`, and
`{"ended": PID, "code": N}` with N below 0 for a signal.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
from typing import Any, Final

import tfk8s

_PR_SET_PDEATHSIG: Final = 1
_MESSAGE_BYTES: Final = 1 << 20
_LIBRARIES: Final = ("kubernetes.dynamic", "google.cloud.container_v1", "grpc", "requests", "rich.progress", "yaml")
"""What commands import themselves, when they need it."""


def main() -> None:
    """Start what is asked for until the socket is closed; in a fork, be the command."""
    ours = (found.name for found in pkgutil.walk_packages(tfk8s.__path__, "tfk8s."))
    for name in (*_LIBRARIES, *ours):
        if not name.endswith("__main__"):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end us
    asked = _serve(socket.socket(fileno=os.dup(0)))
    if asked is not None:
        _become(*asked)


def _serve(asking: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Answer until the socket is closed; in a fork, return what it is to be."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([asking.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _tell_ends(asking)
        if asking.fileno() not in ready:
            continue
        message, streams, _, _ = socket.recv_fds(asking, _MESSAGE_BYTES, 3)
        if not message:
            return None
        request = json.loads(message)
        pid = os.fork()
        if not pid:
            for each in (asking.detach(), woken, wake):
                os.close(each)
            return request, streams
        for stream in streams:
            os.close(stream)
        _tell(asking, {"started": pid, "number": request["number"]})


def _tell_ends(asking: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(asking, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(asking: socket.socket, message: dict[str, int]) -> None:
    asking.send(json.dumps(message).encode())


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Be a command as one that was started by itself; it dies with the process that was forked, at the latest."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  they end with the process
    sys.stdout = open(1, "w", 1 if is_unbuffered else -1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv[1:] = request["arguments"]
    runpy.run_module("tfk8s", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
