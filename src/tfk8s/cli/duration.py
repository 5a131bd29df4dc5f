"""Times on the command line."""

from __future__ import annotations

import re

import click

_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?\Z")


def duration(_ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Seconds of `5m`, `90s`, `1h30m` or a bare number of seconds; at least one."""
    if value is None:
        return None
    match = _DURATION.match(f"{value}s" if value.isdecimal() else value)
    hours, minutes, rest = (int(match[unit] or 0) if match is not None else 0 for unit in ("h", "m", "s"))
    seconds = 3600 * hours + 60 * minutes + rest
    if seconds < 1:
        raise click.BadParameter(f"{value!r} is no duration: write 5m, 90s or 1h30m", param=param)
    return float(seconds)
