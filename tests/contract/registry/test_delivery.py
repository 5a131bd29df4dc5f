"""What our client pushes is, for the registry and for crane, the image that it says, and no byte is sent in vain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.traffic import SENDING, UPLOADS
from tests.registry.images import push_base
from tests.registry.pushing import Client, model
from tests.registry.running import Kind, RunningRegistry
from tfk8s.ports import ModelImage

pytestmark = pytest.mark.contract

StartRegistry = Callable[[Kind], RunningRegistry]


def test_a_pushed_image_is_valid_and_has_the_digest_that_we_say(any_registry: RunningRegistry, tmp_path: Path) -> None:
    """K07.1."""
    base = push_base(any_registry, tmp_path)
    client = Client(registries=(any_registry,))
    name = any_registry.image("half")
    image = client.build(model(tmp_path), base=client.base(base), reference=name)

    delivery = client.push(image, base=base)

    any_registry.crane("validate", "--remote", name)
    assert any_registry.crane("digest", name).strip() == delivery.digest == image.digest
    assert any_registry.crane("manifest", name).encode() == image.manifest
    config = any_registry.crane("config", name)
    assert config.encode() == image.config
    assert (json.loads(config)["os"], json.loads(config)["architecture"]) == ("linux", "amd64")
    assert delivery.sent_bytes == any_registry.traffic.blob_bytes()


def test_a_second_push_sends_no_byte_of_a_blob(any_registry: RunningRegistry, tmp_path: Path) -> None:
    base, client, image = _pushed(any_registry, tmp_path)

    again = client.push(image, base=base)

    assert (again.digest, again.sent_bytes) == (image.digest, 0)
    assert any_registry.traffic.exchanges(SENDING, path=UPLOADS) == ()


def test_the_same_image_under_a_second_tag_sends_no_byte_of_a_blob(registry: RunningRegistry, tmp_path: Path) -> None:
    base, client, image = _pushed(registry, tmp_path)
    renamed = client.build(model(tmp_path), base=client.base(base), reference=registry.image("half", "2"))

    delivery = client.push(renamed, base=base)

    assert (delivery.digest, delivery.sent_bytes, registry.traffic.blob_bytes()) == (image.digest, 0, 0)
    assert registry.crane("digest", registry.image("half", "2")).strip() == image.digest


def test_a_new_version_sends_its_own_layer_and_the_config_alone(registry: RunningRegistry, tmp_path: Path) -> None:
    base, client, _ = _pushed(registry, tmp_path)
    content = model(tmp_path, versions=(1, 2))
    second = client.build(content, base=client.base(base), reference=registry.image("half", "2"))

    delivery = client.push(second, base=base)

    own = second.blobs[1].size_bytes + len(second.config)
    assert (delivery.sent_bytes, registry.traffic.blob_bytes()) == (own, own)
    registry.crane("validate", "--remote", registry.image("half", "2"))


def test_the_base_of_the_same_registry_is_mounted(any_registry: RunningRegistry, tmp_path: Path) -> None:
    base, _, image = _pushed(any_registry, tmp_path, forget=False)

    mounts = any_registry.traffic.exchanges("POST", path=r"mount=sha256.*from=project(/|%2F)repository(/|%2F)base")
    assert len(mounts) == len(_layers(any_registry, base))
    assert {each.status for each in mounts} == {201}
    assert any_registry.traffic.blob_bytes() == image.size_bytes + len(image.config)


def test_the_base_of_another_registry_is_carried_over(start_registry: StartRegistry, tmp_path: Path) -> None:
    there, here = start_registry(Kind.BASIC), start_registry(Kind.TOKEN)
    base = push_base(there, tmp_path)
    client = Client(registries=(there, here))
    image = client.build(model(tmp_path), base=client.base(base), reference=here.image("half"))

    client.push(image, base=base)

    here.crane("validate", "--remote", here.image("half"))
    of_base = sum(_layers(there, base).values())
    assert here.traffic.blob_bytes() == of_base + image.size_bytes + len(image.config)


def test_the_tag_is_the_last_thing_that_is_written(registry: RunningRegistry, tmp_path: Path) -> None:
    _pushed(registry, tmp_path, forget=False)

    written = [each for each in registry.traffic.exchanges("POST|PUT|PATCH|DELETE") if each.status < 300]
    assert written[-1].path.endswith("/manifests/1")
    assert [each for each in written[:-1] if "/manifests/" in each.path] == []


def test_an_image_is_held_while_its_base_is_the_same(registry: RunningRegistry, tmp_path: Path) -> None:
    _, client, image = _pushed(registry, tmp_path, tagged_base=True)
    base = registry.image("base")

    before = client.holds(image.reference, base=base)
    registry.crane("mutate", base, "--label", "changed=yes", "--tag", base)

    assert before
    assert not client.holds(image.reference, base=base)
    assert not client.holds(registry.image("half", "none"), base=base)


def _pushed(
    registry: RunningRegistry, folder: Path, *, forget: bool = True, tagged_base: bool = False
) -> tuple[str, Client, ModelImage]:
    base = push_base(registry, folder)
    client = Client(registries=(registry,))
    used = registry.image("base") if tagged_base else base
    image = client.build(model(folder), base=client.base(used), reference=registry.image("half"))
    client.push(image, base=used)
    if forget:
        registry.traffic.forget()
    return base, client, image


def _layers(registry: RunningRegistry, image: str) -> dict[str, int]:
    manifest = json.loads(registry.crane("manifest", image))
    return {entry["digest"]: entry["size"] for entry in manifest["layers"]}
