"""`tfk8s image sbom` and `image push --sbom`: what is written, tied and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.app.image_worlds import REPOSITORY, ImageParts, request_in
from tfk8s.app.image_push import as_json, push_image
from tfk8s.app.image_request import ImageRequest
from tfk8s.app.image_sbom import CREATED, SbomForm, SbomWish, attached_sbom, make_sbom, wished_sbom
from tfk8s.errors import InputError, RegistryError
from tfk8s.ports import Attachment

SPDX = "application/spdx+json"


@pytest.fixture
def parts() -> ImageParts:
    return ImageParts()


@pytest.fixture
def request_(tmp_path: Path) -> ImageRequest:
    return request_in(tmp_path)


def _attached(parts: ImageParts, image: str, *, form: SbomForm = "spdx") -> bytes:
    return attached_sbom(image, form=form, attachments=parts.registry, reporter=parts.told)


@pytest.mark.parametrize(("form", "field"), [("spdx", "spdxVersion"), ("cyclonedx", "specVersion")])
def test_the_bill_that_is_pushed_is_the_one_that_is_written_and_read_back(
    parts: ImageParts, request_: ImageRequest, form: SbomForm, field: str
) -> None:
    wish = SbomWish(form=form)
    written = make_sbom(request_, wish=wish, world=parts.world())

    pushed = push_image(request_, create_repository=False, world=parts.world(), sbom=wish)

    assert _attached(parts, pushed.built.pinned_reference, form=form) == written
    assert field in json.loads(written)
    assert as_json(pushed)["sbom"] == pushed.sbom is not None
    assert parts.steps()[-2:] == ["push", "sbom"]


def test_nothing_is_tied_that_was_not_asked_for(parts: ImageParts, request_: ImageRequest) -> None:
    pushed = push_image(request_, create_repository=False, world=parts.world())

    assert (as_json(pushed)["sbom"], parts.registry.attachments) == (None, {})
    with pytest.raises(RegistryError, match="no bill of materials of the form spdx is attached") as caught:
        _attached(parts, pushed.built.pinned_reference)
    assert caught.value.hint == "attach it: tfk8s image push --sbom spdx"


def test_a_bill_that_cannot_be_tied_fails_the_push_after_the_image_is_there(
    parts: ImageParts, request_: ImageRequest
) -> None:
    def refuse(call: str) -> None:
        if call == "attach":
            raise RegistryError("attach denied", hint="ask")

    parts.registry.before = refuse

    with pytest.raises(RegistryError, match="attach denied") as caught:
        push_image(request_, create_repository=False, world=parts.world(), sbom=SbomWish())

    assert "push (" in caught.value.details[-1]


def test_of_several_bills_the_latest_is_shown_and_said_to_be(parts: ImageParts) -> None:
    one = Attachment(artifact_type=SPDX, content=b'"a"', annotations={CREATED: "2026-01-02T00:00:00Z"})
    older = replace(one, content=b'"b"', annotations={CREATED: "2025-01-02T00:00:00Z"})
    parts.registry.attachments[REPOSITORY] = [one, older, replace(older, content=b'"c"', annotations={})]

    assert _attached(parts, REPOSITORY) == b'"a"'
    assert [warning.message for warning in parts.warnings()] == [
        f"3 bills of the form spdx are attached to {REPOSITORY}; this is the latest"
    ]


def test_what_is_no_bill_or_no_image_is_refused(parts: ImageParts) -> None:
    parts.registry.attachments[REPOSITORY] = [Attachment(artifact_type=SPDX, content=b"\x1b[2J")]

    with pytest.raises(RegistryError, match="is no JSON"):
        _attached(parts, REPOSITORY)
    with pytest.raises(InputError, match="is no image reference"):
        _attached(parts, "No Image")


def test_the_moment_is_that_of_the_source_or_the_beginning_of_1970() -> None:
    at = wished_sbom("spdx", licence=None, environ={"SOURCE_DATE_EPOCH": "1700000000"})
    without = wished_sbom("spdx", licence="MIT", environ={"SOURCE_DATE_EPOCH": ""})

    assert (at.created, without.created) == ("2023-11-14T22:13:20Z", "1970-01-01T00:00:00Z")
    assert without.licence == "MIT"


@pytest.mark.parametrize("epoch", ["yesterday", "9" * 40, "1.5"])
def test_a_moment_that_is_none_is_refused(epoch: str) -> None:
    with pytest.raises(InputError, match="no number of seconds since 1970"):
        wished_sbom("spdx", licence=None, environ={"SOURCE_DATE_EPOCH": epoch})
