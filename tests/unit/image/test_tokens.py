from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fakes.clock import FakeClock
from tests.unit.image.pushing import LoginsOf, login
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer
from tfk8s.image.tokens import Authenticator, TokenRequest
from tfk8s.ports import Login

PULL = ("repository:a:pull",)
PUSH = ("repository:a:pull,push",)
REALM = "https://tokens.test/token?account=x"


class TokenServer:
    """Gives tokens t1, t2 ... and keeps what it was asked."""

    def __init__(self, *, answer: Answer | None = None, **fields: object) -> None:
        self.asked: list[TokenRequest] = []
        self.fields, self.answer = fields, answer

    def __call__(self, request: TokenRequest) -> Answer:
        self.asked.append(request)
        document = {"token": f"t{len(self.asked)}", **self.fields}
        return self.answer or Answer(status=200, headers={}, body=json.dumps(document).encode())

    def query(self, index: int = -1) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.asked[index].url).query)


def _challenge(text: str) -> Answer:
    return Answer(status=401, headers={"www-authenticate": text})


BEARER = _challenge(f'Bearer realm="{REALM}",service="a.test",scope="repository:a:pull"')


def _authenticator(server: TokenServer, known: Login | None = None, *, clock: FakeClock | None = None) -> Authenticator:
    logins = LoginsOf({"a.test": known} if known else {})
    return Authenticator("a.test", logins=logins, ask=server, clock=clock or FakeClock())


def test_nothing_is_shown_before_the_registry_asks() -> None:
    server = TokenServer()

    assert _authenticator(server, login("u", "p")).header(PULL) is None
    assert server.asked == []


def test_a_password_is_shown_to_the_token_server_and_a_token_to_the_registry() -> None:
    server = TokenServer()
    auth = _authenticator(server, login("u", "p"))

    assert auth.learn(BEARER, scopes=PULL, is_private=True)

    assert auth.header(PULL) == "Bearer t1"
    assert server.asked[0].headers == {"authorization": "Basic " + base64.b64encode(b"u:p").decode()}
    assert server.query() == {"account": ["x"], "service": ["a.test"], "scope": ["repository:a:pull"]}
    assert auth.tried == "the test's login"


def test_without_a_login_the_token_is_anonymous() -> None:
    server = TokenServer()
    auth = _authenticator(server)
    auth.learn(BEARER, scopes=PULL, is_private=True)

    assert auth.header(PULL) == "Bearer t1"
    assert server.asked[0].headers == {}
    assert auth.tried == "no login"


def test_an_identity_token_is_posted_and_never_part_of_an_address() -> None:
    server = TokenServer(token="", access_token="of-refresh")  # noqa: S106  it opens nothing
    auth = _authenticator(server, login("", "", identity_token="refresh"))  # noqa: S106
    auth.learn(BEARER, scopes=PULL, is_private=True)

    assert auth.header(PUSH) == "Bearer of-refresh"
    assert server.asked[0].url == REALM
    assert parse_qs((server.asked[0].form or b"").decode()) == {
        "grant_type": ["refresh_token"],
        "service": ["a.test"],
        "client_id": ["tfk8s"],
        "scope": ["repository:a:pull,push"],
        "refresh_token": ["refresh"],
    }


def test_one_token_serves_all_requests_with_the_same_scopes() -> None:
    server = TokenServer()
    auth = _authenticator(server)
    auth.learn(BEARER, scopes=PULL, is_private=True)

    assert {auth.header(PULL) for _ in range(3)} == {"Bearer t1"}
    assert auth.header(PUSH) == "Bearer t2"
    assert auth.header(PULL) == "Bearer t1"
    assert len(server.asked) == 2


def test_a_token_is_renewed_before_it_runs_out() -> None:
    clock, server = FakeClock(), TokenServer(expires_in=300)
    auth = _authenticator(server, clock=clock)
    auth.learn(BEARER, scopes=PULL, is_private=True)
    auth.header(PULL)

    clock.sleep(290)
    assert auth.header(PULL) == "Bearer t1"
    clock.sleep(6)
    assert auth.header(PULL) == "Bearer t2"


def test_a_token_without_a_life_lives_a_minute() -> None:
    clock, server = FakeClock(), TokenServer()
    auth = _authenticator(server, clock=clock)
    auth.learn(BEARER, scopes=PULL, is_private=True)
    auth.header(PULL)

    clock.sleep(60)

    assert auth.header(PULL) == "Bearer t2"


def test_a_token_that_is_refused_is_replaced_and_what_was_asked_for_is_added() -> None:
    server = TokenServer()
    auth = _authenticator(server)
    auth.learn(BEARER, scopes=PULL, is_private=True)
    auth.header(PULL)

    auth.learn(
        _challenge(f'Bearer realm="{REALM}",scope="repository:a:delete other:x:y"'), scopes=PULL, is_private=True
    )

    assert auth.header(PULL) == "Bearer t2"
    assert server.query()["scope"] == ["other:x:y", "repository:a:delete,pull"]


def test_a_registry_without_a_token_server_is_shown_the_password_once() -> None:
    auth = _authenticator(TokenServer(), login("u", "p"))

    assert auth.learn(_challenge('Basic realm="x"'), scopes=PULL, is_private=True)
    assert auth.header(PUSH) == "Basic " + base64.b64encode(b"u:p").decode()
    assert not auth.learn(_challenge('Basic realm="x"'), scopes=PULL, is_private=True)


def test_there_is_nothing_to_try_without_a_login_or_a_known_way() -> None:
    auth = _authenticator(TokenServer())

    assert not auth.learn(_challenge("Basic realm=x"), scopes=PULL, is_private=True)
    assert not auth.learn(_challenge("Negotiate"), scopes=PULL, is_private=True)
    assert not auth.learn(_challenge(""), scopes=PULL, is_private=True)


@pytest.mark.parametrize("challenge", ["Basic realm=x", f'Bearer realm="{REALM}"'])
def test_no_login_is_shown_where_others_can_read_it(challenge: str) -> None:
    server = TokenServer()
    auth = _authenticator(server, login("u", "p"))

    with pytest.raises(RegistryError, match="not encrypted"):
        auth.learn(_challenge(challenge), scopes=PULL, is_private=False)

    assert auth.header(PULL) is None
    assert server.asked == []


@pytest.mark.parametrize("realm", ["http://tokens.test/token", "ftp://x", "//tokens.test", "http://127.0.0.1.x.test/"])
def test_no_login_is_shown_to_a_token_server_without_https(realm: str) -> None:
    server = TokenServer()
    auth = _authenticator(server, login("u", "p"))
    auth.learn(_challenge(f'Bearer realm="{realm}"'), scopes=PULL, is_private=True)

    with pytest.raises(RegistryError, match="without HTTPS"):
        auth.header(PULL)

    assert server.asked == []


def test_a_token_server_on_this_computer_needs_no_https() -> None:
    auth = _authenticator(TokenServer())
    auth.learn(_challenge('Bearer realm="http://127.0.0.1:5001/token"'), scopes=PULL, is_private=True)

    assert auth.header(PULL) == "Bearer t1"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=401, headers={}, body=b'{"details": "hunter2"}'),
        Answer(status=200, headers={}, body=b"hunter2"),
        Answer(status=200, headers={}, body=b'{"token": "hunter2\\r\\nX: y"}'),
        Answer(status=200, headers={}, body=b'{"token": "hunter2\\u00e9"}'),
        Answer(status=200, headers={}, body=b"[]"),
    ],
)
def test_a_token_server_that_gives_no_token_is_named_and_not_quoted(answer: Answer) -> None:
    auth = _authenticator(TokenServer(answer=answer), login("u", "hunter2"))
    auth.learn(BEARER, scopes=PULL, is_private=True)

    with pytest.raises(RegistryError, match=r"the token server tokens\.test") as caught:
        auth.header(PULL)

    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.details}"


def test_secrets_are_not_in_the_text_of_a_request() -> None:
    request = TokenRequest(url="u", headers={"authorization": "hunter2"}, form=b"hunter2")

    assert "hunter2" not in repr(request)
