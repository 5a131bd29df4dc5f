from __future__ import annotations

import json

import pytest
from websocket import WebSocketBadStatusException

from tfk8s.cluster.handshake import refused_handshake
from tfk8s.errors import PreconditionError, Tfk8sError
from tfk8s.manifest import ObjectRef
from tfk8s.ports import ForbiddenError

POD = ObjectRef(api_version="v1", kind="Pod", namespace="prod", name="resnet-1")


def refused(code: int, *, body: bytes = b"") -> Tfk8sError:
    error = WebSocketBadStatusException("Handshake status %d %s", code, resp_body=body)
    return refused_handshake("no port-forward to port 8501 of Pod/resnet-1", POD, error)


@pytest.mark.parametrize(
    ("code", "family"),
    [(403, ForbiddenError), (401, PreconditionError), (404, PreconditionError), (500, PreconditionError)],
)
def test_each_answer_has_its_family(code: int, family: type[Tfk8sError]) -> None:
    assert type(refused(code)) is family


def test_the_servers_own_words_are_told() -> None:
    body = json.dumps({"message": 'User "ada" cannot create resource "pods/portforward"'}).encode()

    assert 'User "ada" cannot create' in refused(403, body=body).message


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": 3}', b"\xff"])
def test_a_body_that_is_no_status_is_not_shown(body: bytes) -> None:
    assert refused(500, body=body).message.endswith("(HTTP status 500): no reason given")
