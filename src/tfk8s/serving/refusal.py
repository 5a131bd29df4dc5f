"""An answer that is an error: its code, whose words they are, and what to do about it. Nothing here sends anything."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest.json_text import read_json
from tfk8s.ports import ServerCode, ServerRefusedError
from tfk8s.serving.iap_answer import iap_hint, iap_status

BACKEND_TIMEOUT_FROM_S = 20.0
"""A gateway's error after this long is a timeout: GKE cuts at 30 s, nginx at 60 s unless they are told otherwise."""

_LONGEST_ANSWER = 2000
_REDIRECTS = (301, 302, 303, 307, 308)

_CODES = {
    400: ServerCode.INVALID_ARGUMENT,
    401: ServerCode.UNAUTHENTICATED,
    403: ServerCode.PERMISSION_DENIED,
    404: ServerCode.NOT_FOUND,
    413: ServerCode.BODY_TOO_LARGE,
    429: ServerCode.RESOURCE_EXHAUSTED,
    500: ServerCode.INTERNAL,
    501: ServerCode.UNIMPLEMENTED,
    502: ServerCode.BAD_GATEWAY,
    503: ServerCode.UNAVAILABLE,
    504: ServerCode.DEADLINE_EXCEEDED,
}
"""What TensorFlow Serving's REST statuses mean, and those of a gateway; 400 is also a failed precondition."""

_SERVER_HINTS = {
    ServerCode.INVALID_ARGUMENT: "compare the request with the signature: dtypes, shapes and input keys",
    ServerCode.RESOURCE_EXHAUSTED: (
        "send less at once, or retry later; with batching on, max_enqueued_batches limits what waits"
    ),
    ServerCode.FAILED_PRECONDITION: (
        "a label may only move to a version that is AVAILABLE: load the version first, then move the label"
    ),
    ServerCode.UNAVAILABLE: "the model or its label map is not loaded yet; `tfk8s status` shows its state",
    ServerCode.DEADLINE_EXCEEDED: (
        "the server gave up by its own limit; raise --rest_api_timeout_in_ms (30000 by default) or send a smaller batch"
    ),
    ServerCode.INTERNAL: "the graph failed while it ran; the server's log has more: `tfk8s status` names the pods",
    ServerCode.UNAUTHENTICATED: (
        "something in front of the server asks for credentials; the server itself does not: give --api-key-file or "
        "--token-file, one that is neither revoked nor expired"
    ),
    ServerCode.PERMISSION_DENIED: (
        "something in front of the server takes other credentials than these, such as a token for another audience"
    ),
}
_FRONT_HINTS = {
    401: _SERVER_HINTS[ServerCode.UNAUTHENTICATED],
    403: _SERVER_HINTS[ServerCode.PERMISSION_DENIED],
    429: "the front lets no more through in a second (expose.limits.requestsPerSecond in the spec): send less at once",
}
"""By the status of an answer that is not the model server's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back over HTTP, and how long that took.

    Attributes:
        of_iap: whether Google's Identity-Aware Proxy said it.
    """

    status: int
    body: bytes
    elapsed_s: float
    of_iap: bool = False


def refusal(answer: HttpAnswer, *, asked: str) -> ServerRefusedError:
    """Turn an error answer into an exception; `asked` names the request and where it went."""
    code = _CODES.get(iap_status(answer.status) if answer.of_iap else answer.status, ServerCode.UNKNOWN)
    words = _server_words(answer.body)
    said = words if words is not None else _first_lines(answer.body)
    from_model_server = words is not None
    who = "" if from_model_server else f" by {_who(answer)} in front of the model server"
    message = f"{asked} was refused{who} with HTTP {answer.status} after {answer.elapsed_s:.1f} s"
    hint = _SERVER_HINTS.get(code) if from_model_server else _front_hint(answer)
    return ServerRefusedError(
        f"{message}: {said}" if said else message,
        code=code,
        answer=said,
        from_model_server=from_model_server,
        hint=hint,
    )


def hint_of(code: ServerCode) -> str | None:
    """What to do when the model server itself refuses with this code."""
    return _SERVER_HINTS.get(code)


def _who(answer: HttpAnswer) -> str:
    return "Identity-Aware Proxy" if answer.of_iap else "something"


def _front_hint(answer: HttpAnswer) -> str:
    own = iap_hint(answer.status) if answer.of_iap else None
    return own or _gateway_hint(answer.status, elapsed_s=answer.elapsed_s)


def _gateway_hint(status: int, *, elapsed_s: float) -> str:
    if status in _FRONT_HINTS:
        return _FRONT_HINTS[status]
    if status == 413:
        return (
            "the body limit of an ingress: nginx admits 1 MB unless the annotation "
            "nginx.ingress.kubernetes.io/proxy-body-size says more (expose.maxRequestSize in the spec), Envoy Gateway "
            "what expose.limits.requestSize says; a port-forward goes past it"
        )
    if status == 504 or (status in (502, 503) and elapsed_s >= BACKEND_TIMEOUT_FROM_S):
        return (
            "the backend timeout of the load balancer cut the request (30 s on GKE unless a BackendConfig's "
            "timeoutSec says more; it follows serving.requestTimeoutSeconds of the spec); raise it or send a smaller "
            "batch"
        )
    if status in (502, 503):
        return (
            "with ready pods this is the load balancer's health check: its path must answer 200 on the REST port, "
            "which / does not; otherwise no pod is ready, see `tfk8s status`"
        )
    if status in _REDIRECTS:
        return "it sends plain HTTP elsewhere, most likely to HTTPS: ask https:// with the name of the certificate"
    if status == 404:
        return "something answers there, but not TensorFlow Serving's REST port; check host, port and path"
    return "something between here and the model server answered; check host, port and path"


def _server_words(body: bytes) -> str | None:
    """The text of `{"error": ...}`, the form of every error of the model server; None for any other form."""
    try:
        value = read_json(body)
    except ValueError:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, str) else None


def _first_lines(body: bytes) -> str:
    return " ".join(body[:_LONGEST_ANSWER].decode("utf-8", errors="replace").split())
