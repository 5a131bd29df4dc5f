"""The registries, their proxy and their token server are what the tests of the client take them for."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.traffic import UPLOADS
from tests.registry.images import base_archive, push_base
from tests.registry.running import ACCESS_TOKEN, ARTIFACT_REGISTRY, Kind, RunningRegistry
from tests.testbed.progress import SetupError
from tfk8s.ports.registry import Login

pytestmark = pytest.mark.contract

PIECE = 50_000


def test_crane_pushes_to_each_kind_of_registry_and_finds_the_image_valid(
    any_registry: RunningRegistry, tmp_path: Path
) -> None:
    image = any_registry.image("base")
    any_registry.crane("push", base_archive(tmp_path), image)

    any_registry.crane("validate", "--remote", image)

    manifest = json.loads(any_registry.crane("manifest", image))
    sizes = sum(entry["size"] for entry in (*manifest["layers"], manifest["config"]))
    assert any_registry.traffic.blob_bytes() == sizes
    assert any_registry.proxy is None or any_registry.proxy.refused() == ()


@pytest.mark.parametrize("kind", [Kind.BASIC, Kind.TOKEN, Kind.ARTIFACT_REGISTRY], ids=lambda kind: kind.value)
def test_nobody_gets_in_without_the_right_login(
    kind: Kind, start_registry: Callable[[Kind], RunningRegistry], tmp_path: Path
) -> None:
    registry = start_registry(kind)
    archive = base_archive(tmp_path)

    for login in (None, Login(username="tester", secret="wrong")):  # noqa: S106  it opens nothing
        with pytest.raises(SetupError, match=r"(?i)unauthorized|authentication"):
            replace(registry, login=login).crane("push", archive, registry.image("base"))

    assert registry.traffic.blob_bytes() == 0


def test_a_client_that_does_not_know_the_authority_does_not_get_as_far_as_a_request(
    tls_registry: RunningRegistry,
) -> None:
    with pytest.raises(SetupError, match="certificate signed by unknown authority"):
        replace(tls_registry, ca_file=None).crane("catalog", tls_registry.host)

    assert tls_registry.traffic.exchanges() == ()
    assert tls_registry.traffic.failed_handshakes > 0


def test_the_proxy_leads_to_no_other_host_than_the_registry(artifact_registry: RunningRegistry) -> None:
    with pytest.raises(SetupError, match="Forbidden"):
        artifact_registry.crane("digest", "europe-docker.pkg.dev/project/repository/base:1")

    assert artifact_registry.proxy is not None
    assert set(artifact_registry.proxy.refused()) == {"europe-docker.pkg.dev:443"}


def test_every_login_of_artifact_registry_gets_a_token_for_what_is_allowed(token_registry: RunningRegistry) -> None:
    tokens = token_registry.tokens
    assert tokens is not None
    tokens.allow_json_key('{"type": "service_account"}')
    tokens.deny("push", repositories="project/closed/.*")
    logins = [
        ("oauth2accesstoken", ACCESS_TOKEN),
        ("_json_key", '{"type": "service_account"}'),
        ("_json_key_base64", "eyJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCJ9"),
    ]

    for name, secret in logins:
        replaced = replace(token_registry, login=Login(username=name, secret=secret))
        replaced.crane("catalog", token_registry.host)

    assert [call.account for call in tokens.calls] == [name for name, _ in logins]
    assert {call.status for call in tokens.calls} == {200}


def test_what_is_denied_is_refused_by_the_registry(token_registry: RunningRegistry, tmp_path: Path) -> None:
    assert token_registry.tokens is not None
    token_registry.tokens.deny("push")

    with pytest.raises(SetupError, match=r"UNAUTHORIZED|denied|insufficient"):
        token_registry.crane("push", base_archive(tmp_path), token_registry.image("base"))

    assert token_registry.traffic.blob_bytes() == 0
    assert all(not granted.endswith("push") for call in token_registry.tokens.calls for granted in call.granted)


def test_an_old_token_is_not_taken_any_more(token_registry: RunningRegistry) -> None:
    assert token_registry.tokens is not None
    token_registry.tokens.lifetime_s = 0

    with pytest.raises(SetupError, match=r"(?i)unauthorized|authentication"):
        token_registry.crane("catalog", token_registry.host)

    assert token_registry.traffic.exchanges("GET", path="/v2/_catalog")[-1].status == 401


def test_a_cut_leaves_the_registry_with_what_came_before_it(registry: RunningRegistry) -> None:
    upload = _start_upload(registry)
    registry.traffic.cut(after_bytes=PIECE, method="PATCH")

    with pytest.raises(OSError, match=r"reset|closed|aborted|without response"):
        _ask(upload, method="PATCH", body=bytes(4 * PIECE))

    status, headers = _ask(upload)
    assert (status, headers["Range"]) == (204, f"0-{PIECE - 1}")
    assert registry.traffic.blob_bytes() == PIECE
    assert registry.traffic.exchanges("PATCH")[0].status == 0


def test_a_fault_answers_as_often_as_it_is_told_and_then_the_registry_does(registry: RunningRegistry) -> None:
    registry.traffic.answer(503, path="/v2/$", times=2, headers={"Retry-After": "7"}, body=b"busy")

    answers = [_ask(f"{registry.url}/v2/") for _ in range(3)]

    assert [status for status, _ in answers] == [503, 503, 200]
    assert answers[0][1]["Retry-After"] == "7"
    assert [each.was_forwarded for each in registry.traffic.exchanges()] == [False, False, True]


def test_an_answer_that_is_lost_was_given(registry: RunningRegistry) -> None:
    registry.traffic.lose_answer(method="POST", path=UPLOADS)

    with pytest.raises(OSError, match=r"reset|closed|aborted|without response"):
        _start_upload(registry)

    assert list(registry.data.rglob("startedat"))


def test_crane_gives_a_base_image_by_its_digest(registry: RunningRegistry, tmp_path: Path) -> None:
    name = push_base(registry, tmp_path)

    assert registry.traffic.exchanges() == ()
    config = json.loads(registry.crane("config", name))
    assert (config["os"], config["architecture"]) == ("linux", "amd64")


def test_the_name_of_artifact_registry_is_no_address_of_this_machine(artifact_registry: RunningRegistry) -> None:
    artifact_registry.crane("catalog", ARTIFACT_REGISTRY)

    hosts = {each.host for each in artifact_registry.traffic.exchanges()}
    assert hosts == {ARTIFACT_REGISTRY}
    assert artifact_registry.traffic.exchanges(path="^/v2/token")


def _start_upload(registry: RunningRegistry) -> str:
    status, headers = _ask(f"{registry.url}/v2/project/repository/base/blobs/uploads/", method="POST", body=b"")
    assert status == 202
    return str(headers["Location"])


def _ask(url: str, *, method: str = "GET", body: bytes | None = None) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310  a registry on loopback
    request.add_header("Content-Type", "application/octet-stream")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as response:
            response.read()
            return response.status, dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers)
