"""What tests ask a server over REST."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from tests.modelserver.running import Server


def get(server: Server, path: str) -> requests.Response:
    """GET below `/v1/models/`."""
    return requests.get(f"{server.url}/v1/models/{path}", timeout=60)


def post(server: Server, path: str, body: Any) -> requests.Response:
    """POST below `/v1/models/`; a `str` is sent as it is."""
    data = body if isinstance(body, str) else json.dumps(body)
    return requests.post(f"{server.url}/v1/models/{path}", data=data, timeout=60)


def answer(server: Server, path: str, x: float = 2.0) -> float | None:
    """What a `half_plus` model says to one number, or None when it does not answer."""
    response = post(server, f"{path}:predict", {"instances": [x]})
    return float(response.json()["predictions"][0]) if response.ok else None


def states(server: Server, path: str) -> dict[int, str]:
    """The states of a model's versions."""
    return {int(one["version"]): one["state"] for one in get(server, path).json().get("model_version_status", [])}
