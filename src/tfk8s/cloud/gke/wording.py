"""What GKE says in words alone. Used only where an answer has no structured field for it, and nowhere else.

Seen in public reports of real answers, of 2018 to 2026; GKE sends quota shortages and missing networks as plain
PERMISSION_DENIED and INVALID_ARGUMENT with nothing but a RequestInfo beside the sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REQUEST_SHORT = re.compile(
    r"""resource:?\s+"(?P<quota>[\w-]+)"[:.]\s+(?:the\s+)?request\s+requires\s+'(?P<asked>[\d.]+)'"""
    r"""\s+and\s+is\s+short\s+'(?P<short>[\d.]+)'\.\s+(?:project\s+has\s+a\s+quota\s+of|the\s+regional\s+quota\s+is)"""
    r"""\s+'(?P<limit>[\d.]+)'\s+with\s+'(?P<available>[\d.]+)'\s+available""",
    re.IGNORECASE,
)
_LIMIT_REACHED = re.compile(r"Quota\s+'(?P<quota>[\w-]+)'\s+exceeded\.\s+Limit:\s+(?P<limit>[\d.]+\d)", re.IGNORECASE)
_PERMISSION = re.compile(r"""(?:Required|Permission)\s+["'](?P<permission>[a-z]+\.[\w.]+)["']""", re.IGNORECASE)
_NETWORK = re.compile(
    r'no network named "(?P<named>[\w-]+)"|network "(?P<missing>[\w-]+)" does not exist', re.IGNORECASE
)
_OPERATION = re.compile(r"\boperation (?P<name>operation-[\w-]+)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(?P<code>[A-Z]+(?:_[A-Z]+)+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A quota that does not suffice; what was not said is "".

    Attributes:
        quota: its name, as the quota page lists it.
        asked: what the request needs.
        limit: what the project may have in all.
        available: what is left of it.
        short: how much is missing.
    """

    quota: str
    asked: str = ""
    limit: str = ""
    available: str = ""
    short: str = ""

    def __str__(self) -> str:
        """One line that gives every figure that is known."""
        known = [
            f"{self.asked} needed" if self.asked else "",
            f"{self.available} available" if self.available else "",
            f"limit {self.limit}" if self.limit else "",
        ]
        figures = ", ".join(filter(None, known))
        return f"{self.quota}: {figures}" if figures else self.quota


def shortages(text: str) -> tuple[Shortage, ...]:
    """Every quota that a sentence calls short, each once."""
    found = {}
    for match in _REQUEST_SHORT.finditer(text):
        figures = {key: _plain(match[key]) for key in ("asked", "limit", "available", "short")}
        found[match["quota"]] = Shortage(quota=match["quota"], **figures)
    for match in _LIMIT_REACHED.finditer(text):
        found.setdefault(match["quota"], Shortage(quota=match["quota"], limit=_plain(match["limit"])))
    return tuple(found.values())


def missing_permission(text: str) -> str:
    """The permission that a sentence asks for, or ""."""
    match = _PERMISSION.search(text)
    return match["permission"] if match else ""


def missing_network(text: str) -> str:
    """The network that a sentence misses, or ""."""
    match = _NETWORK.search(text)
    return (match["named"] or match["missing"]) if match else ""


def named_operation(text: str) -> str:
    """The operation that a sentence names, or ""."""
    match = _OPERATION.search(text)
    return match["name"].rstrip(".") if match else ""


def bracketed_codes(text: str) -> frozenset[str]:
    """Codes of Compute Engine that GKE quotes in brackets, as `[GCE_STOCKOUT]`."""
    return frozenset(match["code"] for match in _BRACKETED.finditer(text))


def _plain(number: str) -> str:
    """`12.0` as 12."""
    return number.removesuffix(".0")
