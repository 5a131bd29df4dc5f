"""What each kind of failed request means, and what to do about it; the kinds are those of `Errors`."""

from __future__ import annotations

from typing import Final

from tfk8s.load.outcome import NO_FREE_CONNECTION

_MEANINGS: Final = {
    NO_FREE_CONNECTION: "every connection was still waiting for an answer, so the service is slower than the rate; "
    "or raise --connections",
    "timeout": "no answer within --timeout: the request waited in a queue, or the pod hangs",
    "connect timeout": "no connection within --timeout: a full queue of connections, or a firewall that swallows them",
    "connection refused": "nobody listened: no ready pod behind the Service, or the server ended",
    "connection reset": "the other side broke the connection: a server that ended, or a proxy at its limit",
    "connection closed": "the other side ended the connection in place of an answer: a pod that went, or a proxy's "
    "limit on the age of connections",
    "TLS": "no trusted connection: look at the certificate, or give --ca-file",
    "HTTP 200 without a prediction": "something else than a model server answered, such as a login page",
    "HTTP 400": "the server refused the request: compare it with the signature",
    "HTTP 401": "something in front of the server wants credentials: give --api-key-file or --token-file",
    "HTTP 403": "something in front of the server wants credentials, or refuses this client",
    "HTTP 404": "the model or version is not served, or a front does not lead to it",
    "HTTP 413": "the body is larger than a front lets through",
    "HTTP 429": "a front or the server limits the rate",
    "HTTP 500": "the graph failed while it ran; see the server's log",
    "HTTP 502": "a front got no answer of the server: a pod that went, or a server that ended",
    "HTTP 503": "a front has no ready pod, or the server has not loaded the model",
    "HTTP 504": "a front gave up waiting for the server",
    "CANCELLED": "the call was given up on the way",
    "DEADLINE_EXCEEDED": "the server, or a proxy, gave up before --timeout",
    "INTERNAL": "the graph failed while it ran, or a proxy does not speak gRPC",
    "INVALID_ARGUMENT": "the server refused the request: compare it with the signature",
    "NOT_FOUND": "the model or version is not served",
    "PERMISSION_DENIED": "something in front of the server refuses this client",
    "RESOURCE_EXHAUSTED": "a limit of the server: its batching queue is full, or the message is too large",
    "UNAUTHENTICATED": "something in front of the server wants credentials: give --api-key-file or --token-file",
    "UNAVAILABLE": "no connection to a server: no ready pod, one that ended, or a queue that is full",
    "UNIMPLEMENTED": "what answers has no such call: is it the gRPC port of a model server?",
}
_REDIRECT: Final = (
    "a redirect, which is not followed: a load goes to no other host; give the address that answers itself"
)


def explain(kind: str) -> str:
    """What a kind of failure means, in one sentence; empty for one that says it itself."""
    if kind.startswith("HTTP 3"):
        return _REDIRECT
    return _MEANINGS.get(kind, "")
