from __future__ import annotations

import json

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.registry import Habits, RegistryInMemory, Seen, basic, digest_of, error
from tests.unit.image.pushing import LoginsOf, login
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, LostError
from tfk8s.image.client import RegistryClient, Request

DATA = b"x" * 2000
SCOPES = ("repository:a:pull",)


def _client(
    registry: RegistryInMemory, *, clock: FakeClock | None = None, is_plain_http: bool = False
) -> RegistryClient:
    logins = LoginsOf({registry.host: login("u", "p")})
    return RegistryClient(
        registry.host, wire=registry, logins=logins, clock=clock or FakeClock(), is_plain_http=is_plain_http
    )


def _get(registry: RegistryInMemory, *, method: str = "GET") -> Request:
    digest = registry.put_blob("a", DATA)
    return Request(method=method, target=f"/v2/a/blobs/{digest}", scopes=SCOPES)


def test_a_login_is_shown_after_the_registry_asked_and_from_then_on() -> None:
    registry = RegistryInMemory(token=basic("u", "p"))
    client, request = _client(registry), _get(registry)

    assert [client.send(request).status for _ in range(2)] == [200, 200]
    assert ["authorization" in seen.headers for seen in registry.seen] == [False, True, True]


def test_a_login_that_is_refused_is_tried_once() -> None:
    registry = RegistryInMemory(token="another")  # noqa: S106  it opens nothing
    client = _client(registry)

    assert client.send(_get(registry)).status == 401
    assert len(registry.seen) == 2


def test_another_host_is_shown_no_login() -> None:
    registry = RegistryInMemory(token=basic("u", "p"), habits=Habits(storage="storage.test"))

    answer = _client(registry).send(_get(registry))

    assert answer.body == DATA
    assert [seen.path.split("/")[1] for seen in registry.seen] == ["v2", "v2", "store"]
    assert "authorization" not in registry.seen[-1].headers


def test_a_redirect_to_plain_http_is_not_followed() -> None:
    registry = RegistryInMemory()
    registry.answers.append(("GET", "", Answer(status=307, headers={"location": "http://storage.test/x"})))

    with pytest.raises(RegistryError, match=r"leads to 'storage\.test' without HTTPS"):
        _client(registry).send(_get(registry))

    assert len(registry.seen) == 1


def test_redirects_in_a_circle_come_to_an_end() -> None:
    registry = RegistryInMemory()
    registry.answers.extend([("GET", "", Answer(status=302, headers={"location": "/v2/"}))] * 20)

    with pytest.raises(RegistryError, match="leads in circles"):
        _client(registry).send(_get(registry))


def test_what_changes_something_is_not_redirected() -> None:
    registry = RegistryInMemory()
    registry.answers.append(("PUT", "", Answer(status=307, headers={"location": "https://other.test/"})))

    assert _client(registry).send(Request(method="PUT", target="/v2/a", scopes=(), body=b"x")).status == 307


def test_a_registry_behind_a_proxy_that_says_http_means_its_own_https() -> None:
    client = _client(RegistryInMemory())

    assert (
        client.absolute("http://registry.test/x?y=1", base="https://registry.test/v2/") == "https://registry.test/x?y=1"
    )
    assert client.absolute("x", base="https://registry.test/v2/a/") == "https://registry.test/v2/a/x"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_trouble_is_waited_for(status: int) -> None:
    registry, clock = RegistryInMemory(), FakeClock()
    registry.answers.extend([("GET", "", Answer(status=status, headers={}))] * 3)

    assert _client(registry, clock=clock).send(_get(registry)).status == 200
    assert clock.monotonic_s() == 0.5 + 1 + 2


def test_the_registry_says_how_long_to_wait() -> None:
    registry, clock = RegistryInMemory(), FakeClock()
    registry.answers.append(("GET", "", Answer(status=429, headers={"retry-after": "17"})))

    _client(registry, clock=clock).send(_get(registry))

    assert clock.monotonic_s() == 17


def test_nobody_waits_an_hour_because_a_registry_says_so() -> None:
    registry, clock = RegistryInMemory(), FakeClock()
    registry.answers.append(("GET", "", Answer(status=429, headers={"retry-after": "3600"})))

    assert _client(registry, clock=clock).send(_get(registry)).status == 429
    assert clock.monotonic_s() == 0


def test_trouble_that_does_not_pass_is_told_in_the_end() -> None:
    registry = RegistryInMemory()
    registry.answers.extend([("GET", "", Answer(status=503, headers={}))] * 100)

    assert _client(registry).send(_get(registry)).status == 503
    assert len(registry.seen) == 5


@pytest.mark.parametrize("status", [400, 404, 409, 500, 501])
def test_an_answer_that_would_be_the_same_again_is_not_asked_for_again(status: int) -> None:
    registry = RegistryInMemory()
    registry.answers.append(("GET", "", Answer(status=status, headers={})))

    assert _client(registry).send(_get(registry)).status == status


def test_a_connection_that_breaks_is_made_again() -> None:
    registry = RegistryInMemory(lose_next_answer_of="GET")

    assert _client(registry).send(_get(registry)).status == 200


def test_a_registry_that_never_answers_is_named_with_the_reason() -> None:
    registry = RegistryInMemory()
    registry.answers.extend([("GET", "", LostError("connection refused"))] * 100)

    with pytest.raises(RegistryError, match=r"registry\.test cannot be reached: connection refused"):
        _client(registry).send(_get(registry))

    assert len(registry.seen) == 5


def test_on_this_computer_a_registry_may_do_without_https() -> None:
    registry = RegistryInMemory(host="127.0.0.1:5000", is_plain=True, token=basic("u", "p"))
    client, request = _client(registry), _get(registry)

    assert [client.send(request).status for _ in range(2)] == [200, 200]
    assert client.url("/v2/") == "http://127.0.0.1:5000/v2/"


def test_on_this_computer_a_registry_may_speak_https_too() -> None:
    registry = RegistryInMemory(host="localhost:5000", token=basic("u", "p"))
    client, request = _client(registry), _get(registry)

    assert [client.send(request).status for _ in range(2)] == [200, 200]
    assert client.url("/v2/") == "https://localhost:5000/v2/"


@pytest.mark.parametrize("clear", [LostError("reset"), Answer(status=308, headers={"location": "https://x.test"})])
def test_a_server_that_does_not_answer_in_the_clear_is_asked_over_tls(clear: Answer | Exception) -> None:
    registry = RegistryInMemory(host="localhost:5000")
    registry.answers.append(("GET", "/v2/", clear))

    assert _client(registry).url("/v2/") == "https://localhost:5000/v2/"
    assert not registry.answers


def test_elsewhere_a_registry_speaks_http_only_when_the_user_allows_it() -> None:
    registry = RegistryInMemory(is_plain=True)

    assert _client(registry).url("/v2/").startswith("https:")
    assert _client(registry, is_plain_http=True).send(_get(registry)).status == 200


def test_no_login_goes_over_http_even_when_the_user_allows_it() -> None:
    registry = RegistryInMemory(is_plain=True, token=basic("u", "p"))

    with pytest.raises(RegistryError, match="not encrypted"):
        _client(registry, is_plain_http=True).send(_get(registry))

    assert all("authorization" not in seen.headers for seen in registry.seen)


def test_a_registry_that_repeats_the_login_is_not_believed() -> None:
    registry = RegistryInMemory(token=basic("u", "p"))
    client, request = _client(registry), _get(registry)
    client.send(request)
    secret = basic("u", "p").split()[1]
    registry.answers.append(("GET", "", Answer(status=400, headers={}, body=json.dumps({"you sent": secret}).encode())))

    assert secret.encode() not in client.send(request).body


def test_a_token_server_in_passing_trouble_is_asked_again() -> None:
    answers = [Answer(status=503, headers={}), Answer(status=200, headers={}, body=b'{"token": "t"}')]

    def tokens(_: Seen) -> Answer:
        return answers.pop(0)

    registry = RegistryInMemory(token="Bearer t", token_answer=tokens)  # noqa: S106

    assert _client(registry).send(_get(registry)).status == 200


def test_the_fake_registry_checks_digests() -> None:
    registry = RegistryInMemory()
    client = _client(registry)
    begun = client.send(Request(method="POST", target="/v2/a/blobs/uploads/", scopes=()))
    target = f"{begun.headers['location']}&digest={digest_of(b'other')}"

    assert (
        client.send(Request(method="PUT", target=target, scopes=(), body=b"this")).codes
        == error(400, "DIGEST_INVALID").codes
    )
