"""Reads the captures: the command, and the requests to the Container API that it made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tfk8s.manifest import JsonObject

_FOLDER = Path(__file__).resolve().parent / "captures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request: the path without its query, the body or None."""

    method: str
    path: str
    body: JsonObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One command.

    Attributes:
        name: of the file, without its ending.
        sent: the requests about clusters and node pools, each once; what asks for the service's state and for
            operations is left out, because it depends on the answers.
        stderr: what gcloud said, of those commands that were refused; else "".
    """

    name: str
    command: str
    sent: tuple[Sent, ...]
    stderr: str = ""


def captures() -> dict[str, Capture]:
    """All captures by name."""
    return {path.stem: _read(path) for path in sorted(_FOLDER.glob("*.json"))}


def _read(path: Path) -> Capture:
    value = json.loads(path.read_text("utf-8"))
    requests = [
        Sent(method=request["method"], path=request["path"].partition("?")[0], body=request["body"])
        for request in value["requests"]
    ]
    sent = tuple(
        request for request in requests if "/operations/" not in request.path and "/services/" not in request.path
    )
    return Capture(name=path.stem, command=value["command"], sent=sent, stderr=value.get("stderr", ""))
