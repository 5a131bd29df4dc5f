"""What a registry answers to a request without a login (RFC 9110, distribution's token specification)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar's token, not a secret
_ITEM = re.compile(
    rf'[\s,]*(?:(?P<key>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))|(?P<scheme>{_TOKEN}))'
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One way to log in that the registry offers.

    Attributes:
        scheme: lower case: `bearer` or `basic`.
        parameters: by lower-case name; for bearer `realm`, `service` and `scope`.
    """

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a WWW-Authenticate header, or several that were joined with commas; what cannot be read is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for item in _ITEM.finditer(header):
        if item["scheme"]:
            found.append((item["scheme"].lower(), {}))
        elif found:
            quoted = item["quoted"]
            value = item["plain"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
            found[-1][1].setdefault(item["key"].lower(), value)
    return tuple(Challenge(scheme=scheme, parameters=parameters) for scheme, parameters in found)


def pull_scope(repository: str) -> str:
    """What reading a repository needs."""
    return f"repository:{repository}:pull"


def push_scope(repository: str) -> str:
    """What writing to a repository needs."""
    return f"repository:{repository}:pull,push"


def union(scopes: Iterable[str]) -> tuple[str, ...]:
    """Join scopes: each resource once, with all its actions, in a fixed order."""
    actions: dict[str, set[str]] = {}
    for scope in scopes:
        resource, _, wanted = scope.rpartition(":")
        actions.setdefault(resource, set()).update(wanted.split(","))
    return tuple(f"{resource}:{','.join(sorted(actions[resource]))}" for resource in sorted(actions))
