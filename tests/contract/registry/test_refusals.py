"""Each way in which a registry says no is told in the user's words, with the next thing to do, and leaves nothing."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.connect_proxy import connect_proxy
from tests.fakes.traffic import SENDING, UPLOADS
from tests.registry.images import push_base
from tests.registry.pushing import SOURCE, Client, model
from tests.registry.running import GCR, RunningRegistry
from tfk8s.errors import PreconditionError, RegistryError, Tfk8sError
from tfk8s.ports.registry import Login

pytestmark = pytest.mark.contract

DENIED = json.dumps(
    {
        "errors": [
            {
                "code": "DENIED",
                "message": 'Permission "artifactregistry.repositories.uploadArtifacts" denied on resource '
                '"projects/project/locations/us-central1/repositories/repository" (or it may not exist)',
            }
        ]
    }
).encode()
GCR_CLOSED = json.dumps(
    {
        "errors": [
            {
                "code": "DENIED",
                "message": "Container Registry is deprecated and shutting down, please use the auto migration tool",
            }
        ]
    }
).encode()


def test_a_denied_upload_names_the_repository_the_role_and_how_to_create_it(
    artifact_registry: RunningRegistry, tmp_path: Path
) -> None:
    """K08.2."""
    base = push_base(artifact_registry, tmp_path)
    artifact_registry.traffic.answer(403, method="POST", path=UPLOADS, times=9, body=DENIED)

    error = _refused(artifact_registry, tmp_path, base=base)

    assert isinstance(error, RegistryError)
    assert error.exit_code == 9
    text = _told(error)
    assert "us-central1-docker.pkg.dev/project/repository" in text
    assert "roles/artifactregistry.writer" in text
    assert "gcloud artifacts repositories create repository" in text
    assert artifact_registry.traffic.exchanges("PUT", path="/manifests/") == ()


def test_a_login_without_the_right_to_push_is_told_as_such(artifact_registry: RunningRegistry, tmp_path: Path) -> None:
    base = push_base(artifact_registry, tmp_path)
    assert artifact_registry.tokens is not None
    artifact_registry.tokens.deny("push")

    error = _refused(artifact_registry, tmp_path, base=base)

    assert error.exit_code == 9
    text = _told(error)
    assert "us-central1-docker.pkg.dev" in text
    assert SOURCE in text
    assert artifact_registry.traffic.blob_bytes() == 0


def test_a_login_that_is_not_accepted_names_the_host_and_where_the_login_came_from(
    any_registry: RunningRegistry, tmp_path: Path
) -> None:
    if any_registry.login is None:
        any_registry.traffic.answer(401, times=1000, headers={"WWW-Authenticate": 'Basic realm="r"'})
    wrong = replace(any_registry, login=Login(username="tester", secret="wrong-secret-51c"))  # noqa: S106  wrong

    error = _error_of(wrong, wrong.image("base"))

    assert isinstance(error, RegistryError)
    assert error.exit_code == 9
    assert wrong.host in _told(error)
    assert SOURCE in _told(error)
    assert "wrong-secret-51c" not in _told(error)


def test_no_login_at_all_is_told_as_such(basic_registry: RunningRegistry) -> None:
    error = _error_of(replace(basic_registry, login=None), basic_registry.image("base"))

    assert error.exit_code == 9
    assert "no login" in _told(error)
    assert f"docker login {basic_registry.host}" in _told(error)


def test_an_image_that_is_not_there_is_told_by_its_name(any_registry: RunningRegistry) -> None:
    error = _error_of(any_registry, any_registry.image("nothing", "7"))

    assert error.exit_code == 9
    assert "project/repository/nothing" in str(error)
    assert "does not exist" in str(error)


def test_a_certificate_that_is_not_trusted_is_a_matter_of_this_computer(tls_registry: RunningRegistry) -> None:
    error = _error_of(replace(tls_registry, ca_file=None), tls_registry.image("base"))

    assert isinstance(error, PreconditionError)
    assert tls_registry.host in str(error)
    assert "SSL_CERT_FILE" in str(error.hint)
    assert tls_registry.traffic.exchanges() == ()


def test_a_registry_that_is_not_there_is_told_after_a_few_tries(registry: RunningRegistry) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"127.0.0.1:{closed.getsockname()[1]}"

        error = _error_of(registry, f"{nowhere}/project/repository/base:1")

    assert error.exit_code == 9
    assert nowhere in str(error)
    assert "refused" in str(error)


def test_a_manifest_that_is_refused_says_why(registry: RunningRegistry, tmp_path: Path) -> None:
    base = push_base(registry, tmp_path)
    body = json.dumps({"errors": [{"code": "MANIFEST_INVALID", "message": "tag is immutable"}]}).encode()
    registry.traffic.answer(400, method="PUT", path="/manifests/", times=9, body=body)

    error = _refused(registry, tmp_path, base=base)

    assert error.exit_code == 9
    assert "tag is immutable" in _told(error)


def test_a_layer_that_arrives_changed_is_told_as_such(registry: RunningRegistry, tmp_path: Path) -> None:
    base = push_base(registry, tmp_path)
    body = json.dumps({"errors": [{"code": "DIGEST_INVALID", "message": "provided digest did not match"}]}).encode()
    registry.traffic.answer(400, method="PUT", path=UPLOADS, times=9, body=body)

    error = _refused(registry, tmp_path, base=base)

    assert error.exit_code == 9
    assert "digest" in _told(error).lower()
    assert registry.traffic.exchanges("PUT", path="/manifests/") == ()


def test_a_push_to_the_registry_that_was_shut_down_is_explained(
    artifact_registry: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = push_base(artifact_registry, tmp_path)
    closed = replace(artifact_registry, host=GCR)
    client = Client(registries=(artifact_registry, closed))
    image = client.build(model(tmp_path), base=client.base(base), reference="gcr.io/project/half:1")
    address = ("127.0.0.1", artifact_registry.traffic.port)
    artifact_registry.traffic.answer(403, method=SENDING, path=UPLOADS, times=9, body=GCR_CLOSED)

    with connect_proxy({f"{host}:443": address for host in (GCR, artifact_registry.host)}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(RegistryError) as caught:
            client.push(image, base=base)

    assert caught.value.exit_code == 9
    assert "Artifact Registry" in _told(caught.value)


def _refused(registry: RunningRegistry, folder: Path, *, base: str) -> Tfk8sError:
    """Push what cannot be pushed."""
    client = Client(registries=(registry,))
    image = client.build(model(folder), base=client.base(base), reference=registry.image("half"))
    with pytest.raises(Tfk8sError) as caught:
        client.push(image, base=base)
    return caught.value


def _error_of(registry: RunningRegistry, reference: str) -> Tfk8sError:
    """Read what cannot be read."""
    with pytest.raises(Tfk8sError) as caught:
        Client(registries=(registry,)).base(reference)
    return caught.value


def _told(error: Tfk8sError) -> str:
    return "\n".join([str(error), error.hint or "", *error.details])
