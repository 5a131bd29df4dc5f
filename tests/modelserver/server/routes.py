"""Which REST call a method and path mean. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from tests.modelserver.server.errors import invalid_argument

_SELECTOR: Final = r"(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?"
_INFERENCE: Final = re.compile(rf"/v1/models/([^/:]+){_SELECTOR}:(classify|regress|predict)", re.IGNORECASE)
_STATUS: Final = re.compile(rf"/v1/models(?:/([^/:]+))?{_SELECTOR}(?:/(metadata))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Which servable a request is for."""

    name: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One REST call; `call` is `predict`, `classify`, `regress`, `metadata` or `status`."""

    spec: Spec
    call: str


def is_api(path: str) -> bool:
    """Whether the REST API answers this path at all; the rest is 404."""
    return path.lower().startswith("/v1/")


def find(method: str, path: str) -> Route:
    """The call that a path below `/v1/` means.

    Raises:
        ServingError: INVALID_ARGUMENT, when it means none.
    """
    if method == "POST" and (found := _INFERENCE.fullmatch(path)):
        return Route(spec=_spec(found), call=found[4])
    if method == "GET" and (found := _STATUS.fullmatch(path)):
        spec = _spec(found)
        if not spec.name:
            raise invalid_argument("Missing model name in request.")
        return Route(spec=spec, call="metadata" if found[4] else "status")
    raise invalid_argument(f"Malformed request: {method} {path}")


def _spec(found: re.Match[str]) -> Spec:
    version = int(found[2]) if found[2] else None
    if version is not None and version >= 2**63:
        raise invalid_argument(f"Failed to convert version: {found[2]} to numeric.")
    return Spec(name=unquote(found[1] or ""), version=version, label=unquote(found[3]) if found[3] else None)
