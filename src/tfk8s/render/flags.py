"""Flags of the model server as container arguments.

The image's entrypoint adds the ports and passes our arguments on behind its own; the server takes the last of a flag
that comes twice, ignores one that it does not know, and reads `--name=value` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tfk8s.render.expansion import verbatim


class Flag(NamedTuple):
    """One flag that we set, and why."""

    name: str
    value: str
    reason: str

    @property
    def argument(self) -> str:
        """The flag as one argument of the container, safe from the kubelet's expansion."""
        return f"--{self.name}={verbatim(self.value)}"


def merge(ours: tuple[Flag, ...], *, users: Mapping[str, str]) -> tuple[Flag, ...]:
    """Put the user's values in place of ours, and the user's other flags behind, each name once."""
    kept = tuple(
        Flag(name=flag.name, value=users[flag.name], reason=f"from the spec, in place of {flag.value}")
        if flag.name in users
        else flag
        for flag in ours
    )
    names = {flag.name for flag in ours}
    added = tuple(
        Flag(name=name, value=value, reason="from the spec")
        for name, value in sorted(users.items())
        if name not in names
    )
    return kept + added
