"""Encodes questions for a load, and makes the sender that an endpoint needs; each loads its library alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import assert_never

from tfk8s.ports import Endpoint, PredictRequest, Transport
from tfk8s.ports.load import LoadLimits, LoadRequest, LoadSender


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadClients:
    """The real `ports.LoadSenders`.

    Attributes:
        ca_file: PEM certificates to trust in place of the usual ones, for https.
    """

    ca_file: Path | None = None

    def encode(self, request: PredictRequest, *, transport: Transport) -> LoadRequest:
        """See ports.LoadSenders."""
        match transport:
            case "rest":
                from tfk8s.serving import rest_form
                from tfk8s.serving.instances import check_body

                check_body(request.body, signature=request.signature)
                path = rest_form.model_path(request.model, request.target) + ":predict"
                text = json.dumps(rest_form.predict_body(request), separators=(",", ":"))
                return LoadRequest(transport=transport, path=path, body=text.encode("utf-8"))
            case "grpc":
                from tfk8s.serving.grpc_client import PREDICT_METHOD
                from tfk8s.serving.predict_message import predict_message

                body = predict_message(request).SerializeToString(deterministic=True)
                return LoadRequest(transport=transport, path=PREDICT_METHOD, body=body)
            case _:
                assert_never(transport)

    @contextmanager
    def connect(self, endpoint: Endpoint, *, limits: LoadLimits | None = None) -> Iterator[LoadSender]:
        """See ports.LoadSenders."""
        limits = limits or LoadLimits()
        match endpoint.transport:
            case "rest":
                from tfk8s.serving.load_rest import RestSender

                rest = RestSender(endpoint, limits=limits, ca_file=self.ca_file)
                try:
                    yield rest
                finally:
                    rest.close()
            case "grpc":
                from tfk8s.serving.load_grpc import GrpcSender

                grpc = GrpcSender(endpoint, limits=limits, ca_file=self.ca_file)
                try:
                    yield grpc
                finally:
                    grpc.close()
            case _:
                assert_never(endpoint.transport)
