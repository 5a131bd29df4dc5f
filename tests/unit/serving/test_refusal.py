"""Error answers: code, whose words, and the hint."""

from __future__ import annotations

import pytest

from tfk8s.ports import ServerCode
from tfk8s.serving.iap_answer import is_of_iap
from tfk8s.serving.refusal import HttpAnswer, refusal


def answer(status: int, *, body: bytes = b"<html>nginx</html>", elapsed_s: float = 0.1) -> HttpAnswer:
    return HttpAnswer(status=status, body=body, elapsed_s=elapsed_s)


def test_the_servers_own_words_are_shown_and_marked_as_its_own() -> None:
    error = refusal(answer(400, body=b'{"error": "Tensor x: expected 3"}'), asked="the prediction")

    assert error.message.endswith(": Tensor x: expected 3")
    assert (error.answer, error.code, error.from_model_server) == (
        "Tensor x: expected 3",
        ServerCode.INVALID_ARGUMENT,
        True,
    )
    assert "signature" in str(error.hint)


@pytest.mark.parametrize(
    ("status", "elapsed_s", "words"),
    [
        (413, 0.1, "body limit of an ingress"),
        (504, 30.1, "backend timeout"),
        (502, 30.1, "backend timeout"),
        (502, 0.1, "health check"),
        (503, 0.1, "health check"),
        (404, 0.1, "not TensorFlow Serving"),
        (301, 0.1, "https://"),
        (413, 0.1, "expose.maxRequestSize"),
        (504, 30.1, "serving.requestTimeoutSeconds"),
    ],
)
def test_a_gateways_error_names_what_to_change_there(status: int, elapsed_s: float, words: str) -> None:
    """K21.4."""
    error = refusal(answer(status, elapsed_s=elapsed_s), asked="the prediction")

    assert words in str(error.hint)
    assert not error.from_model_server
    assert f"HTTP {status}" in error.message
    assert "in front of the model server" in error.message


@pytest.mark.parametrize(
    ("status", "headers", "is_its_own"),
    [
        (401, {"X-Goog-IAP-Generated-Response": "true"}, True),
        (302, {"Location": "https://accounts.google.com/o/oauth2/v2/auth?client_id=a"}, True),
        (302, {"Location": "https://accounts.google.com.example.com/"}, False),
        (301, {"Location": "https://a.example.com/"}, False),
        (401, {"X-Goog-IAP-Generated-Response": "false"}, False),
        (200, {}, False),
    ],
)
def test_answers_of_identity_aware_proxy_are_known_by_their_mark(
    status: int, headers: dict[str, str], is_its_own: bool
) -> None:
    assert is_of_iap(status, headers) is is_its_own


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (302, ServerCode.UNAUTHENTICATED, "--token-file"),
        (401, ServerCode.UNAUTHENTICATED, "--token-file"),
        (403, ServerCode.PERMISSION_DENIED, "roles/iap.httpsResourceAccessor"),
        (502, ServerCode.BAD_GATEWAY, "health check"),
    ],
)
def test_identity_aware_proxy_is_named_with_what_it_wants(status: int, code: ServerCode, words: str) -> None:
    error = refusal(HttpAnswer(status=status, body=b"", elapsed_s=0.1, of_iap=True), asked="the prediction")

    assert error.code is code
    assert words in str(error.hint)
    assert "refused by Identity-Aware Proxy in front of the model server" in error.message


def test_the_servers_own_deadline_names_its_flag_not_the_load_balancer() -> None:
    error = refusal(answer(504, body=b'{"error": "Timed out"}', elapsed_s=30.0), asked="the prediction")

    assert "--rest_api_timeout_in_ms" in str(error.hint)
    assert error.code is ServerCode.DEADLINE_EXCEEDED


def test_an_unheard_of_status_is_still_an_answer() -> None:
    assert refusal(answer(418, body=b""), asked="the prediction").code is ServerCode.UNKNOWN


def test_a_long_page_is_cut() -> None:
    assert len(refusal(answer(500, body=b"x" * 100_000), asked="the prediction").message) < 2_200


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"error":' * 100_000])
def test_an_answer_that_is_nested_without_end_is_somebody_elses(body: bytes) -> None:
    error = refusal(answer(500, body=body), asked="the prediction")

    assert not error.from_model_server
    assert len(error.message) < 3000
