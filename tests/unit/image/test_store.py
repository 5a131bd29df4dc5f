from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.registry import RegistryInMemory, error
from tests.unit.image.pushing import BASE, TARGET, Pushing, encoded, index, model, put_base
from tfk8s.errors import InputError, RegistryError
from tfk8s.image import write_layout
from tfk8s.image.answer import Answer, LostError
from tfk8s.ports import SilentReporter


@pytest.fixture
def pushing(registry: RegistryInMemory, tmp_path: Path) -> Pushing:
    """Who has pushed the model."""
    pushing = Pushing(registry)
    pushing.deliver(pushing.built(model(tmp_path)))
    return pushing


def test_an_image_that_was_pushed_is_held(pushing: Pushing) -> None:
    assert pushing.store.holds(TARGET, base=BASE)
    assert not pushing.store.holds("registry.test/model:other", base=BASE)
    assert not pushing.store.holds("registry.test/other:v1", base=BASE)


def test_an_image_on_a_base_that_moved_is_built_again(registry: RegistryInMemory, pushing: Pushing) -> None:
    moved = put_base(registry).replace(b'"schemaVersion": 2', b'"schemaVersion":  2')
    registry.put_manifest("base", moved, tag="1")

    assert not pushing.store.holds(TARGET, base=BASE)


def test_a_base_in_an_index_is_compared_by_the_image_for_our_platform(
    registry: RegistryInMemory, pushing: Pushing
) -> None:
    registry.put_manifest("base", index((registry.manifests["base", "1"], "linux/amd64")), tag="1")

    assert pushing.store.holds(TARGET, base=BASE)


@pytest.mark.parametrize("trouble", [error(404, "MANIFEST_UNKNOWN"), error(403, "DENIED"), LostError("no route")])
def test_a_base_that_cannot_be_had_any_more_is_no_reason_to_build(
    registry: RegistryInMemory, pushing: Pushing, trouble: Answer | Exception
) -> None:
    registry.answers.extend([("GET", "/v2/base/", trouble)] * 5)

    assert pushing.store.holds(TARGET, base=BASE)


def test_an_image_that_says_nothing_of_its_base_is_built_again(registry: RegistryInMemory, pushing: Pushing) -> None:
    registry.put_manifest("model", encoded({"config": {}, "layers": []}), tag="v1")

    assert not pushing.store.holds(TARGET, base=BASE)


def test_a_registry_that_does_not_let_us_look_is_not_taken_for_empty(
    registry: RegistryInMemory, pushing: Pushing
) -> None:
    registry.answers.append(("GET", "/v2/model/", error(403, "DENIED")))

    with pytest.raises(RegistryError, match="does not let you pull"):
        pushing.store.holds(TARGET, base=BASE)


def test_a_layout_on_this_computer_can_be_the_base(
    registry: RegistryInMemory, pushing: Pushing, tmp_path: Path
) -> None:
    base = pushing.base()
    image = pushing.built(model(tmp_path), base=base, reference="registry.test/base:copy")
    write_layout(image, tmp_path / "layout", base=base, reporter=SilentReporter())
    registry.seen.clear()

    found = pushing.base(f"oci:{tmp_path / 'layout'}:copy")

    assert found.manifest == image.manifest
    assert registry.seen == []
    pushing.deliver(pushing.built(model(tmp_path), base=found, reference="registry.test/model:v3"), base=found)
    assert ("model", "v3") in registry.manifests
    assert pushing.store.holds("registry.test/model:v3", base=f"oci:{tmp_path / 'layout'}:copy")


def test_nothing_is_pushed_under_a_digest(pushing: Pushing, tmp_path: Path) -> None:
    image = pushing.built(model(tmp_path), reference=f"registry.test/model@sha256:{'a' * 64}")

    with pytest.raises(InputError, match="names a digest"):
        pushing.deliver(image)
