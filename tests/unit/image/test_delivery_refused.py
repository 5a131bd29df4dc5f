"""A push that cannot succeed is one clear error, and gives no name to what is not whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.registry import Habits, RegistryInMemory, error
from tests.unit.image.pushing import (
    LAYER_BYTES,
    Pushing,
    is_named,
    model,
    put_base,
)
from tfk8s.errors import InputError, RegistryError, Tfk8sError
from tfk8s.image.answer import Answer
from tfk8s.ports import ModelImage


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "words"),
    [
        ("POST", "/uploads/", 403, "DENIED", "does not let you push to registry.test/model"),
        ("PATCH", "/uploads/", 403, "DENIED", "does not let you push to registry.test/model"),
        ("PATCH", "/uploads/", 413, "SIZE_INVALID", "received another number of bytes"),
        ("POST", "/uploads/", 404, "NAME_UNKNOWN", "the repository registry.test/model does not exist"),
        ("PUT", "/uploads/", 400, "DIGEST_INVALID", "received other bytes than the digest names"),
        ("PUT", "/manifests/", 400, "MANIFEST_INVALID", "does not take the image's manifest"),
        ("PUT", "/manifests/", 400, "TAG_INVALID", "does not take the tag v1"),
        ("PUT", "/manifests/", 404, "MANIFEST_BLOB_UNKNOWN", "misses a part of the image"),
        ("HEAD", "/model/blobs/", 403, "", "does not let you push to registry.test/model"),
        ("POST", "/uploads/", 500, "", "refused the upload of sha256:"),
    ],
)
def test_a_refusal_is_one_clear_error_and_names_nothing(
    registry: RegistryInMemory,
    pushing: Pushing,
    tmp_path: Path,
    method: str,
    path: str,
    status: int,
    code: str,
    words: str,
) -> None:
    base = pushing.base()
    image = pushing.built(model(tmp_path), base=base)
    registry.habits = Habits(mounts=False)
    # A mount that is refused is asked for once; the upload meets the second refusal.
    registry.answers.extend([(method, path, error(status, code))] * 2)

    with pytest.raises(RegistryError) as caught:
        pushing.deliver(image, base=base)

    assert words in caught.value.message
    assert caught.value.hint
    assert not is_named(registry)


def test_a_manifest_that_is_stored_as_another_is_noticed(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    other = "sha256:" + "b" * 64
    registry.answers.append(("PUT", "/manifests/", Answer(status=201, headers={"docker-content-digest": other})))

    with pytest.raises(RegistryError, match=f"was stored as {other}"):
        pushing.deliver(image)


def test_a_model_that_changes_while_it_is_pushed_is_not_named(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, tmp_path: Path
) -> None:
    base = pushing.base()
    (tmp_path / "model" / "1" / "saved_model.pb").write_bytes(b"x" * LAYER_BYTES)

    with pytest.raises(InputError, match="changed while it was read"):
        pushing.deliver(image, base=base)

    assert not is_named(registry)


def test_a_push_that_container_registry_refuses_names_artifact_registry(tmp_path: Path) -> None:
    registry = RegistryInMemory(host="gcr.io")
    put_base(registry, repository="p/base")
    pushing = Pushing(registry)
    base = pushing.base("gcr.io/p/base:1")
    image = pushing.built(model(tmp_path), base=base, reference="gcr.io/p/x:1")
    registry.answers.extend([("POST", "", error(403, "DENIED"))] * 2)

    with pytest.raises(Tfk8sError) as caught:
        pushing.deliver(image, base=base)

    assert caught.value.exit_code == 9
    assert "Artifact Registry" in caught.value.message


def test_a_base_whose_layers_are_nowhere_is_one_clear_error(
    registry: RegistryInMemory, pushing: Pushing, tmp_path: Path
) -> None:
    base = replace(pushing.base(), reference="other.test/base:1", blobs=())
    image = pushing.built(model(tmp_path), base=base)

    with pytest.raises(RegistryError, match=r"of the base image other\.test/base:1 is not at hand"):
        pushing.deliver(image, base=base)

    assert not is_named(registry)
