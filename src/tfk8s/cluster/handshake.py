"""The answer of the API server to a websocket that it does not open: to a port of a pod, or to a command in one."""

from __future__ import annotations

from websocket import WebSocketBadStatusException  # what the client's streams stand on

from tfk8s.errors import PreconditionError, Tfk8sError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.json_text import parse_json
from tfk8s.ports.cluster import ForbiddenError


def refused_handshake(
    what: str,
    pod: ObjectRef,
    error: WebSocketBadStatusException,
    *,
    otherwise: type[PreconditionError] = PreconditionError,
) -> Tfk8sError:
    """The failure that it is. Of the body only the server's own message is used.

    Args:
        what: what cannot be done.
        pod: what was to be reached.
        error: the answer.
        otherwise: where the answer says nothing of the login or the pod.
    """
    code: object = getattr(error, "status_code", 0)
    said = _message(getattr(error, "resp_body", b""))
    if code == 403:
        return ForbiddenError(f"{what}: {said}", hint="a missing right, or an admission policy; the words say which")
    if code == 401:
        return PreconditionError("the login is not accepted: it is wrong or has expired", hint="log in again")
    if code == 404:
        return PreconditionError(f"{what}: {pod} is gone", hint="run the same command again: it looks for another one")
    return otherwise(f"{what} now (HTTP status {code}): {said}", hint="is the pod running? try again in a minute")


def _message(body: object) -> str:
    try:
        status: object = parse_json(body) if isinstance(body, (bytes, str)) and body else {}
    except ValueError:
        return "no reason given"
    said: object = status.get("message") if isinstance(status, dict) else None
    return said if isinstance(said, str) else "no reason given"
