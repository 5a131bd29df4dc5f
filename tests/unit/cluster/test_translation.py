from __future__ import annotations

import json
import ssl

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError, SSLError

from tfk8s.cluster.translation import answer_of, refusal, translated
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError, Tfk8sError
from tfk8s.plan import RefusalReason
from tfk8s.ports import ClusterIdentity, ClusterUnreachableError, ForbiddenError

IDENTITY = ClusterIdentity(context="prod", server="https://192.0.2.1")
SECRET = "c2VjcmV0LXRva2Vu"  # noqa: S105 - stands for one


def answer(code: int, *, body: object = None, **status: object) -> ApiException:
    error = ApiException(status=code, reason="R", body=json.dumps(status) if body is None else str(body))
    error.headers = {"Authorization": SECRET}
    return error


def become(error: BaseException) -> Tfk8sError:
    with pytest.raises(Tfk8sError) as caught, translated("reading Pod/p", identity=IDENTITY):
        raise error
    assert SECRET not in f"{caught.value}{caught.value.details}{caught.value.hint}"
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "family"),
    [
        (401, {"message": "Unauthorized"}, PreconditionError),
        (403, {"message": "forbidden"}, ForbiddenError),
        (404, {"message": "not found", "details": {"kind": "widgets"}}, PreconditionError),
        (409, {"message": "conflict"}, ClusterRejectedError),
        (422, {"message": "invalid"}, ClusterRejectedError),
        (400, {"message": "bad"}, ClusterRejectedError),
        (400, {"message": 'strict decoding error: unknown field "spec.x"'}, InputError),
        (500, {"message": "failed to create typed patch object (a; v1): .spec.x: field not declared"}, InputError),
        (500, {"message": "etcd has no leader"}, ClusterUnreachableError),
        (503, {"message": "shutting down"}, ClusterUnreachableError),
        (429, {}, ClusterUnreachableError),
    ],
)
def test_each_answer_has_its_family(code: int, status: dict[str, object], family: type[Tfk8sError]) -> None:
    assert type(become(answer(code, **status))) is family


@pytest.mark.parametrize(
    "error",
    [
        ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")),
        ReadTimeoutError(None, "/", "timed out"),  # type: ignore[arg-type]
        MaxRetryError(None, "/", NewConnectionError(None, "refused")),  # type: ignore[arg-type]
        ConnectionRefusedError(111, "refused"),
        TimeoutError("slow"),
    ],
)
def test_a_connection_that_fails_is_unreachable(error: Exception) -> None:
    failure = become(error)

    assert isinstance(failure, ClusterUnreachableError)
    assert "prod" in failure.message


@pytest.mark.parametrize(
    "error",
    [
        SSLError("certificate verify failed"),
        MaxRetryError(None, "/", SSLError("certificate verify failed")),  # type: ignore[arg-type]
        ssl.SSLCertVerificationError("hostname mismatch"),
        ApiException(status=0, reason="SSLError\ncertificate verify failed"),
    ],
)
def test_a_certificate_that_is_not_trusted_is_no_matter_of_waiting(error: Exception) -> None:
    failure = become(error)

    assert type(failure) is PreconditionError
    assert "certificate" in failure.message


def test_a_body_that_is_no_status_is_not_shown() -> None:
    failure = become(answer(403, body=f"<html>{SECRET}</html>"))

    assert "HTTP status 403" in failure.message


def test_a_long_message_is_cut() -> None:
    failure = become(answer(422, message="x" * 5000))

    assert len(failure.message) < 700


def test_causes_carry_field_and_words() -> None:
    status = {
        "message": "Apply failed with 1 conflict",
        "details": {"causes": [{"field": ".spec.replicas", "message": 'conflict with "helm"'}]},
    }

    refused = refusal(answer_of(answer(409, **status)))
    failure = become(answer(409, **status))

    assert refused is not None
    assert refused.reason is RefusalReason.CONFLICT
    assert failure.details == ('.spec.replicas: conflict with "helm"',)


def test_a_missing_namespace_is_told_from_a_missing_object() -> None:
    place = refusal(answer_of(answer(404, message='namespaces "x" not found', details={"kind": "namespaces"})))
    thing = refusal(answer_of(answer(404, message='pods "x" not found', details={"kind": "pods"})))

    assert place is not None
    assert place.reason is RefusalReason.NO_NAMESPACE
    assert thing is None
