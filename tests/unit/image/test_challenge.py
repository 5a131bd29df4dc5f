from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.image.challenge import Challenge, parse_challenges, pull_scope, push_scope, union


def test_the_parts_of_a_bearer_challenge_are_read() -> None:
    header = 'Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull,push"'

    assert parse_challenges(header) == (
        Challenge(
            scheme="bearer",
            parameters={
                "realm": "https://auth.test/token",
                "service": "registry.test",
                "scope": "repository:a/b:pull,push",
            },
        ),
    )


def test_two_challenges_in_one_header_stay_apart() -> None:
    found = parse_challenges('Basic realm="a, \\"b\\"", BEARER Realm=x ,error="insufficient_scope"')

    assert [challenge.scheme for challenge in found] == ["basic", "bearer"]
    assert found[0].parameters == {"realm": 'a, "b"'}
    assert found[1].parameters == {"realm": "x", "error": "insufficient_scope"}


def test_a_header_that_says_nothing_offers_nothing() -> None:
    assert parse_challenges("") == ()
    assert parse_challenges('realm="x"') == ()


@given(st.text(max_size=80))
def test_any_header_can_be_read(text: str) -> None:
    assert all(challenge.scheme for challenge in parse_challenges(text))


def test_scopes_are_joined_by_resource() -> None:
    assert union([pull_scope("b"), push_scope("a"), pull_scope("a"), "registry:catalog:*"]) == (
        "registry:catalog:*",
        "repository:a:pull,push",
        "repository:b:pull",
    )
