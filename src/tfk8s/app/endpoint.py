"""What a user writes as `--url`, as an endpoint."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from tfk8s.errors import InputError
from tfk8s.ports import Endpoint, Transport

_EXAMPLES = {"rest": "http://127.0.0.1:8501", "grpc": "127.0.0.1:8500"}
_SERVER_PORTS = {"rest": 8501, "grpc": 8500}


def endpoint_of(url: str, *, transport: Transport, option: str = "--url") -> Endpoint:
    """Read `http://host:port`, `https://host/prefix` or `host:port`.

    Without a scheme the port defaults to the server's own, with one to the scheme's. `option` is what it was written
    with, for messages.

    Raises:
        InputError: no such form; the text never repeats a user name or password.
    """
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = parts.port
    except ValueError as error:
        raise _refused(f"{option} is no address: {error}", transport) from error
    if parts.username is not None or parts.password is not None:
        raise _refused(f"{option} must not hold a user name or password", transport)
    if parts.scheme not in ("", "http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _refused(f"{option} {url!r} is no address of a model server", transport)
    if transport == "grpc" and parts.path.strip("/"):
        raise _refused(f"{option} {url!r} has a path, which gRPC has no use for", transport)
    if "/v1/" in f"{parts.path}/":
        raise _refused(f"{option} {url!r} goes on into the API", transport)
    return Endpoint(
        transport=transport,
        host=parts.hostname,
        port=port if port is not None else _default_port(parts, transport),
        how=option,
        scheme="https" if parts.scheme == "https" else "http",
        path=parts.path.rstrip("/"),
    )


def _default_port(parts: SplitResult, transport: Transport) -> int:
    if transport == "rest" and parts.scheme:
        return 443 if parts.scheme == "https" else 80
    return 443 if parts.scheme == "https" else _SERVER_PORTS[transport]


def _refused(message: str, transport: Transport) -> InputError:
    return InputError(message, hint=f"give the server's address alone, such as {_EXAMPLES[transport]}")
