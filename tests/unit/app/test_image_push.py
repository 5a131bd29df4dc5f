"""`tfk8s image push`: what is made and sent, what a dry run foresees, and that it can be run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.app.image_worlds import BASE, REPOSITORY, ImageParts, request_in, spec_of, with_model, with_spec
from tests.unit.image.images import base_image
from tfk8s.app.image_build import build_image
from tfk8s.app.image_push import ForeseenPush, as_json, foresee_push, foreseen_json, push_image
from tfk8s.app.image_request import ImageRequest
from tfk8s.errors import CloudError, InputError, PreconditionError, RegistryError
from tfk8s.spec import ImageSpec


@pytest.fixture
def parts() -> ImageParts:
    return ImageParts()


@pytest.fixture
def request_(tmp_path: Path) -> ImageRequest:
    return request_in(tmp_path)


def test_a_push_sends_the_image_and_names_its_digest(parts: ImageParts, request_: ImageRequest) -> None:
    pushed = push_image(request_, create_repository=False, world=parts.world())

    assert parts.registry.tags == {pushed.built.image.reference: pushed.built.image.digest}
    assert parts.steps() == ["check", "build", "push"]
    assert parts.repositories.done == []
    answer = as_json(pushed)
    assert answer["pinned"] == f"{REPOSITORY}@{pushed.built.image.digest}"
    assert answer["sentBytes"] == pushed.built.image.size_bytes
    assert answer["repositoryCreated"] is False


def test_a_second_push_sends_nothing_and_a_new_version_its_own_layer(parts: ImageParts, request_: ImageRequest) -> None:
    push_image(request_, create_repository=False, world=parts.world())

    again = push_image(request_, create_repository=False, world=parts.world())
    more = push_image(with_model(request_, versions="all"), create_repository=False, world=parts.world())

    first = more.built.layers[0]
    assert again.delivery.sent_bytes == 0
    assert (first.version, more.delivery.sent_bytes) == (1, first.size_bytes)


def test_a_missing_repository_is_made_before_anything_is_built(parts: ImageParts, request_: ImageRequest) -> None:
    pushed = push_image(request_, create_repository=True, world=parts.world())

    assert parts.repositories.done == [f"created {REPOSITORY}"]
    assert parts.steps() == ["check", "registry", "build", "push"]
    assert pushed.made_repository


def test_a_repository_that_is_there_is_not_made_again(parts: ImageParts, request_: ImageRequest) -> None:
    parts.repositories.there.add(REPOSITORY)

    pushed = push_image(request_, create_repository=True, world=parts.world())

    assert parts.repositories.done == []
    assert not pushed.made_repository


def test_a_repository_that_cannot_be_made_leaves_nothing_behind(parts: ImageParts, request_: ImageRequest) -> None:
    def denied(call: str) -> None:
        raise CloudError(f"{call} denied", hint="ask")

    parts.repositories.before = denied

    with pytest.raises(CloudError, match="create denied"):
        push_image(request_, create_repository=True, world=parts.world())

    assert parts.registry.asked == []


def test_only_artifact_registrys_repositories_can_be_made(parts: ImageParts, request_: ImageRequest) -> None:
    request = replace(request_, repository="gcr.io/my-project-1/m")

    with pytest.raises(InputError, match=r"gcr.io/my-project-1/m is not in Artifact Registry"):
        push_image(request, create_repository=True, world=parts.world())


def test_a_push_to_gcr_io_is_explained_before_the_registry_is_asked(parts: ImageParts, request_: ImageRequest) -> None:
    """K08.1."""
    told: list[int] = []
    parts.registry.before = lambda _: told.append(len([*parts.warnings()]))

    push_image(replace(request_, repository="gcr.io/my-project-1/m"), create_repository=False, world=parts.world())

    (warning,) = parts.warnings()
    assert "closed for writes since 2025-03-18" in warning.message
    assert "LOCATION-docker.pkg.dev/my-project-1/REPOSITORY/m" in (warning.hint or "")
    assert set(told) == {1}


def test_a_push_without_a_registry_is_refused(parts: ImageParts, request_: ImageRequest) -> None:
    request = with_spec(request_, image=ImageSpec(base=BASE))

    with pytest.raises(PreconditionError, match="to which registry") as caught:
        push_image(request, create_repository=False, world=parts.world())

    assert "--repository LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME" in (caught.value.hint or "")
    assert parts.registry.asked == []


def test_a_refused_push_says_what_was_done_before(parts: ImageParts, request_: ImageRequest) -> None:
    def denied(call: str) -> None:
        raise RegistryError(f"{call} denied", hint="ask")

    parts.registry.before = denied

    with pytest.raises(RegistryError, match="deliver denied") as caught:
        push_image(request_, create_repository=False, world=parts.world())

    assert caught.value.details[-1].startswith("stopped in step 'push'; done before it: check (m can be served); build")


@pytest.mark.parametrize("is_right", [True, False])
def test_a_pin_of_another_image_is_a_warning(parts: ImageParts, request_: ImageRequest, is_right: bool) -> None:
    built, _ = build_image(request_, world=parts.world())
    digest = built.image.digest if is_right else f"sha256:{'a' * 64}"
    request = with_spec(request_, image=spec_of(request_).image.model_copy(update={"digest": digest}))

    push_image(request, create_repository=False, world=parts.world())

    messages = [warning.message for warning in parts.warnings()]
    assert messages == (
        [] if is_right else [f"the spec pins {digest}, and the image that was pushed is {built.image.digest}"]
    )


def test_a_dry_run_tells_the_contents_apart_and_changes_nothing(parts: ImageParts, request_: ImageRequest) -> None:
    parts.registry.bases[BASE] = base_image(layers=3)
    before = foresee_push(request_, create_repository=False, world=parts.world())
    base_layers = [content for content in before.contents if content.kind == "base layer"]
    parts.registry.contents.add(base_layers[1].digest)

    foreseen = foresee_push(request_, create_repository=False, world=parts.world())

    assert [content.state for content in foreseen.contents] == ["send", "there", "send", "send"]
    assert foreseen.sent_bytes == 10 + 10 + foreseen.built.image.size_bytes
    assert not foreseen.has_image
    assert parts.registry.tags == {}
    answer = foreseen_json(foreseen)
    assert answer["sendsBytes"] == foreseen.sent_bytes
    assert answer["present"] is False


def test_layers_of_a_base_in_the_same_registry_need_not_be_sent(parts: ImageParts, request_: ImageRequest) -> None:
    base = f"{REPOSITORY.partition('/')[0]}/my-project-1/serving/base:1"
    parts.registry.bases[base] = replace(base_image(layers=2), reference=base)

    foreseen = foresee_push(replace(request_, base=base), create_repository=False, world=parts.world())

    assert [content.state for content in foreseen.contents] == ["mount", "mount", "send"]
    assert foreseen.sent_bytes == foreseen.built.image.size_bytes


def test_a_dry_run_after_a_push_has_nothing_to_send(parts: ImageParts, request_: ImageRequest) -> None:
    pushed = push_image(request_, create_repository=False, world=parts.world())
    parts.registry.contents |= {content.digest for content in _foreseen(parts, request_).contents}

    foreseen = _foreseen(parts, request_)

    assert (foreseen.has_image, foreseen.sent_bytes) == (True, 0)
    assert foreseen.built.image.digest == pushed.built.image.digest


def test_a_dry_run_says_that_a_repository_would_be_made_and_makes_none(
    parts: ImageParts, request_: ImageRequest
) -> None:
    foreseen = foresee_push(request_, create_repository=True, world=parts.world())

    assert foreseen.makes_repository
    assert {content.state for content in foreseen.contents} == {"send"}
    assert parts.repositories.done == []


def test_a_dry_run_explains_gcr_io(parts: ImageParts, request_: ImageRequest) -> None:
    foresee_push(replace(request_, repository="eu.gcr.io/my-project-1/m"), create_repository=False, world=parts.world())

    assert ["eu.gcr.io" in warning.message for warning in parts.warnings()] == [True]


def _foreseen(parts: ImageParts, request: ImageRequest) -> ForeseenPush:
    return foresee_push(request, create_repository=False, world=parts.world())
