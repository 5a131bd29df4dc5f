"""Channels of gRPC to a model server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import grpc

from tfk8s.ports import Endpoint
from tfk8s.serving.loopback import is_loopback

_UNLIMITED = -1
_LONGEST_ANSWER_BYTES = 32 << 20
"""A client's own limit is 4 MB unless it is told otherwise; without one a server could fill this computer's memory."""


def metadata_of(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    """What goes with each call: the credential, where there is one."""
    shown = endpoint.credential
    return ((shown.header, shown.value),) if shown is not None else ()


def open_channel(
    endpoint: Endpoint, *, ca_file: Path | None, options: Sequence[tuple[str, int | str]] = ()
) -> grpc.Channel:
    """A channel, which connects at its first use.

    Args:
        endpoint: With an `address`, connections go there while requests and certificates name its `host`.
        ca_file: PEM certificates to trust in place of the usual ones.
        options: Further ones of the library.
    """
    options = [
        *options,
        ("grpc.max_receive_message_length", _LONGEST_ANSWER_BYTES),
        ("grpc.max_send_message_length", _UNLIMITED),
        # A proxy of the environment cannot reach this computer's loopback.
        ("grpc.enable_http_proxy", int(not is_loopback(endpoint.dialed))),
    ]
    if endpoint.address:
        options.append(("grpc.default_authority", endpoint.authority))
    if endpoint.scheme != "https":
        return grpc.insecure_channel(endpoint.dialed_authority, options=options)
    if endpoint.address:
        options.append(("grpc.ssl_target_name_override", endpoint.host))
    credentials = grpc.ssl_channel_credentials(ca_file.read_bytes() if ca_file is not None else None)
    return grpc.secure_channel(endpoint.dialed_authority, credentials, options=options)
