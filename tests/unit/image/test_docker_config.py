from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tfk8s.errors import PreconditionError
from tfk8s.image.credential_helper import HelperLogin
from tfk8s.image.docker_config import ChainedLogins, DockerConfigLogins, docker_config_path


def _packed(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def _helper_login(username: str, secret: str) -> HelperLogin:
    return HelperLogin(username=username, secret=secret)


class Helpers:
    """Runs no helper, and answers for those that are told."""

    def __init__(self, known: dict[tuple[str, str], HelperLogin]) -> None:
        self.known = known
        self.asked: list[tuple[str, str]] = []

    def __call__(self, helper: str, host: str) -> HelperLogin | None:
        self.asked.append((helper, host))
        return self.known.get((helper, host))


def _logins(tmp_path: Path, config: object, *, helpers: Helpers | None = None) -> DockerConfigLogins:
    path = tmp_path / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return DockerConfigLogins(path, run=helpers or Helpers({}))


def test_the_file_is_in_the_home_or_where_docker_config_says() -> None:
    assert docker_config_path({"HOME": "/home/u"}) == Path("/home/u/.docker/config.json")
    assert docker_config_path({"HOME": "/home/u", "DOCKER_CONFIG": "/etc/d"}) == Path("/etc/d/config.json")


def test_a_password_of_the_file_is_found_with_its_source(tmp_path: Path) -> None:
    logins = _logins(tmp_path, {"auths": {"a.test:5000": _packed("user:pass:word")}})

    found = logins.login("a.test:5000")
    assert found is not None
    assert (found.username, found.secret) == ("user", "pass:word")
    assert found.source == str(tmp_path / "config.json")
    assert logins.login("a.test") is None


@pytest.mark.parametrize("key", ["https://a.test", "https://a.test/v1/", "https://a.test/v2/"])
def test_a_key_with_a_scheme_is_the_same_host(tmp_path: Path, key: str) -> None:
    assert _logins(tmp_path, {"auths": {key: _packed("u:p")}}).login("a.test") is not None


def test_docker_hub_has_the_key_that_docker_gives_it(tmp_path: Path) -> None:
    logins = _logins(tmp_path, {"auths": {"https://index.docker.io/v1/": _packed("u:p")}})

    assert logins.login("docker.io") is not None


def test_an_identity_token_is_no_password(tmp_path: Path) -> None:
    entry = {**_packed("00000000-0000-0000-0000-000000000000:"), "identitytoken": "refresh"}

    found = _logins(tmp_path, {"auths": {"a.test": entry}}).login("a.test")

    assert found is not None
    assert (found.identity_token, found.secret) == ("refresh", "")


def test_the_hosts_own_helper_is_asked_before_the_file(tmp_path: Path) -> None:
    helpers = Helpers({("gcloud", "a.test"): _helper_login("oauth2accesstoken", "t")})
    config = {"credHelpers": {"a.test": "gcloud"}, "auths": {"a.test": _packed("u:p")}, "credsStore": "desktop"}

    found = _logins(tmp_path, config, helpers=helpers).login("a.test")

    assert found is not None
    assert (found.username, found.secret) == ("oauth2accesstoken", "t")
    assert found.source == f"the credential helper gcloud of {tmp_path / 'config.json'}"
    assert helpers.asked == [("gcloud", "a.test")]


def test_the_helper_for_all_hosts_is_asked_where_the_file_has_nothing(tmp_path: Path) -> None:
    helpers = Helpers({("desktop", "a.test"): _helper_login("<token>", "refresh")})

    found = _logins(tmp_path, {"auths": {"a.test": {}}, "credsStore": "desktop"}, helpers=helpers).login("a.test")

    assert found is not None
    assert (found.identity_token, found.secret) == ("refresh", "")


def test_without_a_file_there_is_no_login(tmp_path: Path) -> None:
    assert DockerConfigLogins(tmp_path / "none.json").login("a.test") is None


@pytest.mark.parametrize("config", ["[]", "{}", '{"auths": 3, "credHelpers": [], "credsStore": 1}'])
def test_a_file_of_another_shape_has_no_login(tmp_path: Path, config: str) -> None:
    assert _logins(tmp_path, config).login("a.test") is None


def test_a_damaged_file_is_named_and_nothing_of_it_is_shown(tmp_path: Path) -> None:
    with pytest.raises(PreconditionError, match="it is no JSON") as caught:
        _logins(tmp_path, '{"auths": "hunter2"').login("a.test")

    assert "hunter2" not in str(caught.value)


def test_a_damaged_login_is_named_and_nothing_of_it_is_shown(tmp_path: Path) -> None:
    with pytest.raises(PreconditionError, match=r"the login for a\.test .* cannot be read") as caught:
        _logins(tmp_path, {"auths": {"a.test": {"auth": "hunter2!"}}}).login("a.test")

    assert "hunter2" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


def test_the_first_place_with_a_login_wins(tmp_path: Path) -> None:
    first = _logins(tmp_path, {"auths": {"a.test": _packed("first:1")}})
    (tmp_path / "b").mkdir()
    second = _logins(tmp_path / "b", {"auths": {"a.test": _packed("second:2"), "b.test": _packed("second:2")}})
    chained = ChainedLogins(first, second)

    found = [login.username if login else None for login in map(chained.login, ("a.test", "b.test", "c.test"))]

    assert found == ["first", "second", None]


def test_secrets_are_not_in_the_text_of_a_login() -> None:
    assert "hunter2" not in repr(_helper_login("hunter2", "hunter2"))
