"""What is written without a registry is, for crane, the image that a push would have made."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.fakes.events import Recorder
from tests.registry.images import push_base
from tests.registry.pushing import Client, model
from tests.registry.running import RunningRegistry
from tfk8s.image.outputs import write_archive, write_layout
from tfk8s.ports import BaseImage, ModelImage

pytestmark = pytest.mark.contract


def test_a_layout_is_pushed_by_crane_with_our_digest(registry: RunningRegistry, tmp_path: Path) -> None:
    image, base = _built(registry, tmp_path)

    delivery = write_layout(image, tmp_path / "layout", base=base, reporter=Recorder())
    registry.crane("push", tmp_path / "layout", image.reference)

    registry.crane("validate", "--remote", image.reference)
    assert registry.crane("digest", image.reference).strip() == image.digest == delivery.digest


def test_a_layout_holds_two_images_that_share_their_layers(registry: RunningRegistry, tmp_path: Path) -> None:
    image, base = _built(registry, tmp_path)
    second, _ = _built(registry, tmp_path, versions=(1, 2), tag="2")
    write_layout(image, tmp_path / "layout", base=base, reporter=Recorder())

    delivery = write_layout(second, tmp_path / "layout", base=base, reporter=Recorder())

    index = json.loads((tmp_path / "layout" / "index.json").read_bytes())
    assert [entry["digest"] for entry in index["manifests"]] == [image.digest, second.digest]
    assert delivery.sent_bytes == second.blobs[1].size_bytes + len(second.config) + len(second.manifest)


def test_an_archive_is_valid_for_crane_and_is_pushed_with_the_same_layers(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    image, base = _built(registry, tmp_path)
    file = tmp_path / "image.tar"

    write_archive(image, file, base=base, reporter=Recorder())

    registry.crane("validate", "--tarball", file)
    registry.crane("push", file, image.reference)
    pushed = json.loads(registry.crane("manifest", image.reference))
    wanted = json.loads(image.manifest)
    assert pushed["config"]["digest"] == wanted["config"]["digest"]
    assert [layer["digest"] for layer in pushed["layers"]] == [layer["digest"] for layer in wanted["layers"]]


def test_an_archive_names_its_image_for_docker_and_for_containerd(registry: RunningRegistry, tmp_path: Path) -> None:
    image, base = _built(registry, tmp_path)

    write_archive(image, tmp_path / "image.tar", base=base, reporter=Recorder())

    with tarfile.open(tmp_path / "image.tar") as tar:
        (docker,) = json.loads(_content(tar, "manifest.json"))
        (entry,) = json.loads(_content(tar, "index.json"))["manifests"]
    assert docker["RepoTags"] == [image.reference]
    assert entry["annotations"]["io.containerd.image.name"] == image.reference
    assert entry["digest"] == image.digest


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def _built(
    registry: RunningRegistry, folder: Path, *, versions: tuple[int, ...] = (1,), tag: str = "1"
) -> tuple[ModelImage, BaseImage]:
    client = Client(registries=(registry,))
    base = client.base(push_base(registry, folder))
    content = model(folder, versions=versions)
    return client.build(content, base=base, reference=registry.image("half", tag)), base
