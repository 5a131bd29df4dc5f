"""Log lines on stderr in the shape of the real server's."""

from __future__ import annotations

import datetime
import os
import sys
import threading

_LOCK = threading.Lock()
_LEVELS = {"I": 0, "W": 1, "E": 2, "F": 3}


def info(place: str, message: str) -> None:
    """Logs what happened; `place` is the source file that says so in the real server."""
    _write("I", place, message)


def warning(place: str, message: str) -> None:
    """Logs what may be a mistake."""
    _write("W", place, message)


def error(place: str, message: str) -> None:
    """Logs what failed."""
    _write("E", place, message)


def _write(severity: str, place: str, message: str) -> None:
    if _LEVELS[severity] < int(os.environ.get("TF_CPP_MIN_LOG_LEVEL") or 0):
        return
    now = datetime.datetime.now(tz=datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    with _LOCK:
        sys.stderr.write(f"{now}: {severity} tensorflow_serving/{place}] {message}\n")
        sys.stderr.flush()
