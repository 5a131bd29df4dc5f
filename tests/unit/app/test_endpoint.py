"""What a user writes as --url."""

from __future__ import annotations

import pytest

from tfk8s.app.endpoint import endpoint_of
from tfk8s.errors import InputError
from tfk8s.ports import Transport


@pytest.mark.parametrize(
    ("url", "transport", "shown"),
    [
        ("http://127.0.0.1:8501", "rest", "http://127.0.0.1:8501"),
        ("http://127.0.0.1:8501/", "rest", "http://127.0.0.1:8501"),
        ("127.0.0.1:9000", "rest", "http://127.0.0.1:9000"),
        ("models.example", "rest", "http://models.example:8501"),
        ("http://models.example", "rest", "http://models.example:80"),
        ("https://models.example/tf/", "rest", "https://models.example:443/tf"),
        ("http://[::1]:8501", "rest", "http://[::1]:8501"),
        ("127.0.0.1:8500", "grpc", "http://127.0.0.1:8500"),
        ("models.example", "grpc", "http://models.example:8500"),
        ("https://models.example", "grpc", "https://models.example:443"),
    ],
)
def test_an_address_in_its_usual_forms_is_understood(url: str, transport: Transport, shown: str) -> None:
    endpoint = endpoint_of(url, transport=transport)

    assert endpoint.url == shown
    assert endpoint.transport == transport


@pytest.mark.parametrize(
    ("url", "transport", "words"),
    [
        ("", "rest", "no address"),
        ("http://", "rest", "no address"),
        ("ftp://host", "rest", "no address"),
        ("http://host:port", "rest", "no address"),
        ("http://host:99999", "rest", "no address"),
        ("http://[::1", "rest", "no address"),
        ("http://host/?a=b", "rest", "no address"),
        ("http://host:8501/v1/models/m:predict", "rest", "into the API"),
        ("http://host:8501/v1", "rest", "into the API"),
        ("host:8500/prefix", "grpc", "has a path"),
    ],
)
def test_anything_else_is_refused_with_an_example(url: str, transport: Transport, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        endpoint_of(url, transport=transport)

    assert "such as" in str(caught.value.hint)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        endpoint_of("http://me:secret@host:8501", transport="rest")

    assert "secret" not in caught.value.message
