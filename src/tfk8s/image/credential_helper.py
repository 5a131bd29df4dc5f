"""Asks one of Docker's credential helpers for a login; secrets pass through its standard output alone."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tfk8s.errors import PreconditionError

if TYPE_CHECKING:
    import subprocess

_TIMEOUT_S: Final = 30.0
_NONE_FOUND: Final = "credentials not found in native keychain"
"""What the protocol of docker-credential-helpers has a helper write when it has no login; it has no code for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperLogin:
    """What a helper answered. Nothing of it is ever printed."""

    username: str = field(repr=False)
    secret: str = field(repr=False)


def run_helper(helper: str, host: str, *, timeout_s: float = _TIMEOUT_S) -> HelperLogin | None:
    """Run `docker-credential-<helper> get` with the host on its standard input; None when it has no login.

    Raises:
        PreconditionError: it is not installed, failed, took too long, or answered something else.
    """
    import shutil

    program = shutil.which(f"docker-credential-{helper}") if "/" not in helper else None
    if program is None:
        raise _broken(helper, host, why="it is not on the PATH")
    done = _run(program, host, timeout_s=timeout_s)
    if isinstance(done, str):  # raised here, because the exception held what the helper wrote so far
        raise _broken(helper, host, why=done)
    if done.returncode != 0:
        if _NONE_FOUND in (done.stdout + done.stderr).decode(errors="replace"):
            return None
        raise _broken(helper, host, why=f"it ended with code {done.returncode}")
    found = _read(done.stdout)
    if found is None:
        raise _broken(helper, host, why="it did not answer with a user name and a secret")
    return found


def _run(program: str, host: str, *, timeout_s: float) -> subprocess.CompletedProcess[bytes] | str:
    """Run it in a process group of its own: it may be a script, and what that started must end with it."""
    import subprocess

    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own helper, found on the PATH, without a shell
            [program, "get"], stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        return f"it cannot be run: {error.strerror}"
    with process:
        try:
            stdout, stderr = process.communicate(host.encode(), timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"it did not answer within {timeout_s:.0f} s"
    return subprocess.CompletedProcess([program], process.returncode, stdout, stderr)


def _read(answer: bytes) -> HelperLogin | None:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    username, secret = document.get("Username"), document.get("Secret")
    if not isinstance(username, str) or not isinstance(secret, str):
        return None
    return HelperLogin(username=username, secret=secret) if secret else None


def _broken(helper: str, host: str, *, why: str) -> PreconditionError:
    return PreconditionError(
        f"the credential helper docker-credential-{helper} gives no login for {host}: {why}",
        hint=f"try it alone (docker-credential-{helper} list), or take {helper} out of Docker's config.json",
    )
