"""What `tfk8s image push` says when a registry, a login or a name does not let it push."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.registry.desk import NAME, Desk, desk_at
from tests.fakes.connect_proxy import connect_proxy
from tests.fakes.traffic import SENDING
from tests.registry.fixtures import StartRegistry
from tests.registry.running import ARTIFACT_REGISTRY, Kind

pytestmark = pytest.mark.contract


def test_a_push_that_artifact_registry_denies_names_role_and_repository(google: Desk) -> None:
    """K08.2."""
    body = {
        "errors": [{"code": "DENIED", "message": 'Permission "artifactregistry.repositories.uploadArtifacts" denied'}]
    }
    google.registry.traffic.answer(403, method="POST", path="/blobs/uploads/", body=json.dumps(body).encode(), times=9)

    refused = google.run("image", "push")

    assert refused.code == 9
    for text in (f"{ARTIFACT_REGISTRY}/{NAME}", "roles/artifactregistry.writer", "--create-repository"):
        assert text in refused.stderr
    assert refused.stdout == ""


def test_a_login_that_is_not_accepted_names_the_host_and_where_it_came_from(google: Desk) -> None:
    """K08.3."""
    google.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = "ya29.expired-and-secret"  # noqa: S105

    refused = google.run("-vvv", "image", "push")

    assert refused.code == 9
    assert ARTIFACT_REGISTRY in refused.stderr
    assert "variable GOOGLE_OAUTH_ACCESS_TOKEN" in refused.stderr
    assert "ya29.expired-and-secret" not in refused.stdout + refused.stderr


def test_without_any_login_the_hint_says_how_to_get_one(google: Desk) -> None:
    google.environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = ""

    refused = google.run("image", "push")

    assert refused.code == 9
    assert "no login" in refused.stderr
    assert "gcloud auth application-default login" in refused.stderr


def test_gcr_io_is_explained_and_its_refusal_names_artifact_registry(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    """K08.1."""
    desk = desk_at(start_registry(Kind.TLS), tmp_path)
    desk.write_spec(repository="gcr.io/my-project/half")
    body = {"errors": [{"code": "DENIED", "message": "Container Registry is deprecated and shutting down"}]}
    desk.registry.traffic.answer(
        403, method="POST", path="/v2/my-project/half/blobs/uploads/", body=json.dumps(body).encode(), times=9
    )
    address = ("127.0.0.1", int(desk.registry.host.rpartition(":")[2]))
    with connect_proxy({"gcr.io:443": address}) as proxy:
        desk.environment |= {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}

        built = desk.run("image", "build")
        refused = desk.run("image", "push")

    assert built.code == 0
    assert refused.code == 9
    for ran in (built, refused):
        assert ran.stderr.count("closed for writes since 2025-03-18") == 1
        assert "LOCATION-docker.pkg.dev/my-project/REPOSITORY/half" in ran.stderr
    assert "Artifact Registry" in refused.stderr.partition("error:")[2]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--repository", "Upper/Case"), "is no image repository"),
        (("--tag", "a b"), "is no tag"),
        (("--base", "no reference"), "no image reference"),
    ],
)
def test_a_name_that_is_none_is_refused_with_exit_code_3(desk: Desk, arguments: tuple[str, ...], text: str) -> None:
    refused = desk.run("image", "push", *arguments)

    assert (refused.code, refused.stdout) == (3, "")
    assert text in refused.stderr


def test_a_device_or_a_link_out_of_the_model_is_refused_and_nothing_is_pushed(desk: Desk) -> None:
    (desk.folder / "half" / "1" / "assets" / "secret").symlink_to("/etc/hostname")
    linked = desk.run("image", "push")
    (desk.folder / "half" / "1" / "assets" / "secret").unlink()
    os.mkfifo(desk.folder / "half" / "1" / "assets" / "pipe")
    piped = desk.run("image", "push")

    assert (linked.code, piped.code) == (3, 3)
    assert "assets/secret" in linked.stderr
    assert "assets/pipe" in piped.stderr
    assert desk.registry.traffic.exchanges(SENDING) == ()
