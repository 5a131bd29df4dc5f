"""Documents that are tied to images: in registries that list them, and in those that do not."""

from __future__ import annotations

import json

import pytest

from tests.fakes.registry import RegistryInMemory, digest_of, error
from tests.unit.image.pushing import TARGET, Pushing
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer
from tfk8s.ports import Attachment, ModelImage

SPDX, OTHER = "application/spdx+json", "application/vnd.cyclonedx+json"
CREATED = {"org.opencontainers.image.created": "1970-01-01T00:00:00Z"}


@pytest.fixture(params=[True, False], ids=["listed by the registry", "listed under a tag"])
def pushed(request: pytest.FixtureRequest, registry: RegistryInMemory, pushing: Pushing, image: ModelImage) -> str:
    registry.habits.lists_referrers = request.param
    pushing.deliver(image)
    return f"{TARGET.rpartition(':')[0]}@{image.digest}"


def _document(content: bytes = b'{"a": 1}', *, artifact_type: str = SPDX) -> Attachment:
    return Attachment(artifact_type=artifact_type, content=content, annotations=CREATED)


def test_a_document_is_found_again_by_the_image_and_its_type(pushed: str, pushing: Pushing) -> None:
    pushing.store.attach(pushed, _document())
    pushing.store.attach(pushed, _document(b"<x/>", artifact_type=OTHER))

    assert pushing.store.attached(pushed, artifact_type=SPDX) == (_document(),)
    assert pushing.store.attached(TARGET, artifact_type=OTHER) == (_document(b"<x/>", artifact_type=OTHER),)
    assert pushing.store.attached(pushed, artifact_type="application/other") == ()


def test_the_manifest_names_its_subject_as_the_specification_has_it(
    pushed: str, pushing: Pushing, registry: RegistryInMemory, image: ModelImage
) -> None:
    digest = pushing.store.attach(pushed, _document())

    manifest = json.loads(registry.manifests["model", digest])
    assert manifest["subject"] == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": image.digest,
        "size": len(image.manifest),
    }
    assert (manifest["artifactType"], manifest["annotations"]) == (SPDX, CREATED)
    assert manifest["config"]["digest"] == digest_of(b"{}")


def test_the_same_document_is_tied_once(pushed: str, pushing: Pushing, registry: RegistryInMemory) -> None:
    first = pushing.store.attach(pushed, _document())
    sent = registry.sent_bytes()

    again = pushing.store.attach(pushed, _document())

    assert (again, registry.sent_bytes()) == (first, sent)
    assert len(pushing.store.attached(pushed, artifact_type=SPDX)) == 1


def test_several_documents_of_a_type_stay_beside_each_other(pushed: str, pushing: Pushing) -> None:
    one = pushing.store.attach(pushed, _document(b"1"))
    two = pushing.store.attach(pushed, _document(b"2"))

    contents = {one: b"1", two: b"2"}
    found = [document.content for document in pushing.store.attached(pushed, artifact_type=SPDX)]
    assert found == [contents[digest] for digest in sorted(contents)]


def test_nothing_is_tied_to_an_image_that_is_not_there(pushing: Pushing) -> None:
    with pytest.raises(RegistryError, match="does not exist") as caught:
        pushing.store.attach("registry.test/model:none", _document())

    assert "tfk8s image push" in (caught.value.hint or "")


def test_a_registry_that_refuses_is_told_as_elsewhere(
    pushed: str, pushing: Pushing, registry: RegistryInMemory
) -> None:
    registry.answers.append(("PUT", "/manifests/sha256:", error(403, "DENIED")))
    with pytest.raises(RegistryError, match=r"does not let you push to registry\.test/model"):
        pushing.store.attach(pushed, _document())

    registry.answers.append(("GET", "/referrers/", error(403, "DENIED")))
    with pytest.raises(RegistryError, match=r"does not let you pull from registry\.test/model"):
        pushing.store.attached(pushed, artifact_type=SPDX)


def test_a_page_in_the_place_of_the_list_is_no_list(pushed: str, pushing: Pushing, registry: RegistryInMemory) -> None:
    registry.habits.lists_referrers = False
    pushing.store.attach(pushed, _document())
    registry.answers.append(("GET", "/referrers/", Answer(status=200, headers={"content-type": "text/html"})))

    assert pushing.store.attached(pushed, artifact_type=SPDX) == (_document(),)


def test_bytes_that_are_not_the_documents_are_refused(
    pushed: str, pushing: Pushing, registry: RegistryInMemory
) -> None:
    pushing.store.attach(pushed, _document(b"true"))
    registry.blobs["model", digest_of(b"true")] = b"lies"

    with pytest.raises(RegistryError, match="gave other bytes"):
        pushing.store.attached(pushed, artifact_type=SPDX)
