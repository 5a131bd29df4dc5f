"""What a registry says of an image: there, absent, refused, or no answer, and nothing of it fails."""

from __future__ import annotations

import pytest

from tests.fakes.registry import RegistryInMemory, digest_of, error
from tests.unit.image.pushing import BASE, Pushing, index, put_base
from tfk8s.errors import PreconditionError
from tfk8s.image.answer import Answer, LostError
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState


def look_up(registry: RegistryInMemory, image: str = BASE) -> ImageAnswer:
    return Pushing(registry).store.look_up(image)


def test_an_image_that_is_there_has_its_digest_and_the_platform_of_its_config(registry: RegistryInMemory) -> None:
    found = look_up(registry)

    assert (found.image, found.state, found.platforms) == (BASE, ImageState.PRESENT, ("linux/amd64",))
    assert found.digests == (digest_of(registry.manifests["base", "1"]),)
    assert not registry.requests("(?!GET|HEAD).*")


def test_an_index_has_the_digests_and_platforms_of_its_images(registry: RegistryInMemory) -> None:
    arm, ours = put_base(registry, architecture="arm64", tag="arm"), registry.manifests["base", "1"]
    both = index((arm, "linux/arm64"), (ours, "linux/amd64"), (b"{}", "unknown/unknown"))
    registry.put_manifest("base", both, tag="1")

    found = look_up(registry)

    assert found.platforms == ("linux/amd64", "linux/arm64")
    assert {digest_of(both), digest_of(arm), digest_of(ours)} <= {*found.digests}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (error(404, "MANIFEST_UNKNOWN"), ImageState.ABSENT),
        (error(404, "NAME_UNKNOWN"), ImageState.ABSENT),
        (error(401, "UNAUTHORIZED"), ImageState.DENIED),
        (error(403, "DENIED"), ImageState.DENIED),
        (error(500, "UNKNOWN"), ImageState.UNANSWERED),
        (Answer(status=200, headers={}, body=b"<html>"), ImageState.UNANSWERED),
        (Answer(status=200, headers={}, body=b"[" * 100_000), ImageState.UNANSWERED),
        (PreconditionError("the certificate of registry.test is not trusted"), ImageState.UNANSWERED),
    ],
)
def test_what_is_no_image_is_told_apart(
    registry: RegistryInMemory, answer: Answer | Exception, state: ImageState
) -> None:
    registry.answers.append(("GET", "/v2/base/manifests/", answer))

    found = look_up(registry)

    assert found.state is state
    assert found.words


def test_a_registry_that_cannot_be_reached_is_no_failure(registry: RegistryInMemory) -> None:
    registry.answers.extend([("GET", "/v2/base/", LostError("no route"))] * 5)

    found = look_up(registry)

    assert found.state is ImageState.UNANSWERED
    assert "cannot be reached: no route" in found.words


def test_a_token_server_that_refuses_is_a_denial(registry: RegistryInMemory) -> None:
    registry.token, registry.token_answer = "Bearer t", lambda _: Answer(status=403, headers={})

    assert look_up(registry).state is ImageState.DENIED


def test_a_name_that_no_image_has_is_no_failure(registry: RegistryInMemory) -> None:
    assert look_up(registry, "Registry.test/UPPER").state is ImageState.UNANSWERED


def test_a_config_that_cannot_be_read_leaves_the_platform_unknown(registry: RegistryInMemory) -> None:
    registry.answers.append(("GET", "/v2/base/blobs/", error(404, "BLOB_UNKNOWN")))

    found = look_up(registry)

    assert (found.state, found.platforms) == (ImageState.PRESENT, ())
