from __future__ import annotations

import pytest

from tests.fakes.registry import error
from tfk8s.errors import RegistryError
from tfk8s.image.reference import parse_reference
from tfk8s.image.refusal import Asked, refusal

GOOGLE = "us-central1-docker.pkg.dev/p/r/x:1"


def _refused(
    status: int, code: str, *, image: str = "a.test/team/x:1", access: str = "push", tried: str = ""
) -> RegistryError:
    asked = Asked(
        what="the upload",
        image=parse_reference(image),
        access="push" if access == "push" else "pull",
        tried=tried,
    )
    return refusal(error(status, code), asked=asked)


def test_a_denied_push_names_repository_role_and_how_to_create_it() -> None:
    found = _refused(403, "DENIED", image=GOOGLE, tried="the file key.json")

    assert found.exit_code == 9
    assert found.message == (
        "us-central1-docker.pkg.dev does not let you push to us-central1-docker.pkg.dev/p/r/x; tried: the file key.json"
    )
    assert found.hint is not None
    assert "roles/artifactregistry.writer" in found.hint
    assert "--create-repository" in found.hint
    assert (
        "gcloud artifacts repositories create r --repository-format=docker --location=us-central1 --project=p"
        in found.hint
    )


def test_a_denied_push_elsewhere_names_both_causes_too() -> None:
    found = _refused(403, "", image="a.test/team/x:1")

    assert "a.test/team/x" in found.message
    assert found.hint is not None
    assert "roles/artifactregistry.writer" in found.hint
    assert "--create-repository" in found.hint


def test_a_denied_pull_asks_for_another_role() -> None:
    found = _refused(403, "DENIED", image=GOOGLE, access="pull")

    assert found.hint is not None
    assert "roles/artifactregistry.reader" in found.hint
    assert "create" not in found.hint


def test_a_login_that_is_not_accepted_names_host_and_source() -> None:
    found = _refused(401, "UNAUTHORIZED", tried="~/.docker/config.json")

    assert found.exit_code == 9
    assert found.message == "a.test does not accept the login for the upload; tried: ~/.docker/config.json"
    assert found.hint == "log in with docker login a.test, and look whether the login is still good"
    assert "tried: no login" in _refused(401, "").message
    google = _refused(401, "", image=GOOGLE)
    assert google.hint is not None
    assert "gcloud auth application-default login" in google.hint


def test_a_closed_registry_is_explained() -> None:
    found = _refused(403, "DENIED", image="gcr.io/p/x:1")

    assert found.exit_code == 9
    assert "Artifact Registry" in found.message


def test_a_missing_repository_names_what_creates_it() -> None:
    found = _refused(404, "NAME_UNKNOWN", image=GOOGLE)

    assert found.message == "the upload failed: the repository us-central1-docker.pkg.dev/p/r/x does not exist"
    assert found.hint is not None
    assert "--create-repository" in found.hint


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "DIGEST_INVALID", "other bytes"),
        (400, "SIZE_INVALID", "another number of bytes"),
        (400, "NAME_INVALID", "does not take the repository name team/x"),
        (400, "TAG_INVALID", "does not take the tag 1"),
        (400, "MANIFEST_INVALID", "does not take the image's manifest"),
        (404, "MANIFEST_UNKNOWN", "a.test/team/x:1 does not exist"),
        (404, "BLOB_UNKNOWN", "is missing in the registry"),
        (404, "BLOB_UPLOAD_UNKNOWN", "forgot the upload"),
        (405, "UNSUPPORTED", "does not support the upload"),
        (429, "TOOMANYREQUESTS", "takes no more requests"),
        (400, "SOMETHING_NEW", "refused the upload with HTTP 400"),
        (502, "", "refused the upload with HTTP 502"),
    ],
)
def test_each_code_of_the_specification_has_its_words(status: int, code: str, words: str) -> None:
    found = _refused(status, code)

    assert words in found.message
    assert found.hint
    assert found.details[0].startswith(f"the registry answered HTTP {status}")


def test_what_the_registry_says_is_shown_below() -> None:
    assert "about DENIED" in _refused(403, "DENIED").details
