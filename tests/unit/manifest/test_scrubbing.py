from __future__ import annotations

import pytest

from tfk8s.manifest.masking import MASKED
from tfk8s.manifest.scrubbing import scrubbed

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"

SECRETS = [
    ("https://me:hunter2@registry.example/v2/", "hunter2"),
    ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    (f"token was {JWT} today", JWT),
    ("GET /m?X-Goog-Signature=0a1b2c3d&x=1", "0a1b2c3d"),
    ("https://b.example/m?sig=abc%2Bdef", "abc%2Bdef"),
    ('{"password": "hunter2"}', "hunter2"),
    ("--api_key=hunter2", "hunter2"),
    ("AWS_SECRET_ACCESS_KEY: hunter2", "hunter2"),
    ("-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----", "MIIabc"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_looks_like_a_secret_is_taken_out(text: str, secret: str) -> None:
    found = scrubbed(text)

    assert secret not in found
    assert MASKED in found


ORDINARY = [
    "Could not find base path /models/m for servable m with error NOT_FOUND: /models/m not found",
    "https://example.test:8501/v1/models/m",
    "0/3 nodes are available: 3 node(s) had untolerated taint {gpu: yes}",
    "image: r.example/team/resnet@sha256:0123456789abcdef",
    "Retrieving token from GCE failed with NOT_FOUND",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize("piece", ["a", "token", "eyJ", "a://", "a:b", "-", "x.y-"])
def test_a_long_line_is_scrubbed_in_a_moment(piece: str) -> None:
    """A line that makes a rule look again from each of its places would take minutes."""
    assert scrubbed(piece * 20_000)


def test_scrubbed_text_is_not_scrubbed_again() -> None:
    once = scrubbed("password=hunter2 https://a:b@c/d?token=e")

    assert scrubbed(once) == once
