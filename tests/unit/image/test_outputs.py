from __future__ import annotations

import json
import resource
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.registry import RegistryInMemory, digest_of
from tests.unit.image.pushing import Pushing, model, put_base
from tfk8s.errors import InputError, RegistryError
from tfk8s.image import layout_base, write_archive, write_layout
from tfk8s.manifest import JsonObject
from tfk8s.ports import BaseImage, Delivery, ModelImage, SilentReporter

REFERENCE = "registry.test/model:v1"


@pytest.fixture
def base() -> BaseImage:
    registry = RegistryInMemory()
    put_base(registry)
    return Pushing(registry).base()


@pytest.fixture
def image(base: BaseImage, tmp_path: Path) -> ModelImage:
    return Pushing(RegistryInMemory()).built(model(tmp_path), base=base, reference=REFERENCE)


def _layout(image: ModelImage, directory: Path, base: BaseImage) -> Delivery:
    return write_layout(image, directory, base=base, reporter=SilentReporter())


def _archive(image: ModelImage, file: Path, base: BaseImage) -> Delivery:
    return write_archive(image, file, base=base, reporter=SilentReporter())


def _files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def _index(directory: Path) -> JsonObject:
    document: JsonObject = json.loads((directory / "index.json").read_bytes())
    return document


@contextmanager
def little_room(size_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond the size: writing one fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_layout_is_complete_and_every_blob_has_the_name_of_its_bytes(
    image: ModelImage, base: BaseImage, tmp_path: Path
) -> None:
    delivery = _layout(image, tmp_path / "deep" / "layout", base)

    files = _files(tmp_path / "deep" / "layout")
    blobs = {name: data for name, data in files.items() if name.startswith("blobs/")}
    assert files["oci-layout"] == b'{"imageLayoutVersion":"1.0.0"}'
    assert all(name == "blobs/" + digest_of(data).replace(":", "/") for name, data in blobs.items())
    assert len(blobs) == 4  # manifest, config, the base's layer, the model's layer
    assert delivery.digest == image.digest
    assert delivery.sent_bytes == sum(map(len, blobs.values()))
    assert set(files) - set(blobs) == {"oci-layout", "index.json"}


def test_what_was_written_can_be_read_as_a_base(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    _layout(image, tmp_path / "layout", base)

    found = layout_base(tmp_path / "layout")

    assert (found.manifest, found.config, found.reference) == (image.manifest, image.config, REFERENCE)
    assert [b"".join(blob.chunks()) for blob in found.blobs] == [
        b"".join(blob.chunks()) for blob in (*base.blobs, *image.blobs)
    ]


def test_another_tag_stays_and_the_same_tag_is_replaced(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    directory = tmp_path / "layout"
    _layout(image, directory, base)
    other = replace(image, reference="registry.test/model:v2")

    second = _layout(other, directory, base)
    _layout(image, directory, base)

    assert second.sent_bytes == 0
    assert second.reused_bytes > 0
    assert layout_base(directory, tag="v1").manifest == image.manifest
    assert layout_base(directory, tag="v2").manifest == image.manifest
    entries = _index(directory)["manifests"]
    assert isinstance(entries, list)
    assert len(entries) == 2


def test_an_image_of_several_must_be_named(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    for tag in ("v1", "v2"):
        _layout(replace(image, reference=f"registry.test/model:{tag}"), tmp_path / "layout", base)

    with pytest.raises(RegistryError, match="holds 2 images") as caught:
        layout_base(tmp_path / "layout")
    assert caught.value.hint is not None
    assert "v1, v2" in caught.value.hint

    with pytest.raises(RegistryError, match="there is no image"):
        layout_base(tmp_path / "layout", tag="v3")


def test_a_layout_that_is_damaged_is_noticed(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    directory = tmp_path / "layout"
    _layout(image, directory, base)
    blob = directory / "blobs" / image.layers[0].replace(":", "/")
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")

    with pytest.raises(RegistryError, match="is damaged"):
        b"".join(layout_base(directory).blobs[-1].chunks())


def test_a_directory_that_is_no_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"index\.json cannot be read"):
        layout_base(tmp_path)


def test_something_else_at_the_place_is_left_alone(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")

    with pytest.raises(InputError, match="is no OCI image layout, and not empty"):
        _layout(image, tmp_path / "home", base)

    assert _files(tmp_path / "home") == {"thesis.txt": b"years of work"}


def test_an_index_that_cannot_be_read_is_not_replaced(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "index.json").write_text("{")

    with pytest.raises(InputError, match="cannot be read as an index"):
        _layout(image, tmp_path / "layout", base)


def test_a_full_disk_leaves_no_layout_behind(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    with little_room(3000), pytest.raises(RegistryError, match="there is no room for") as caught:
        _layout(image, tmp_path / "new" / "layout", base)

    assert caught.value.exit_code == 9
    assert not (tmp_path / "new").exists()


def test_a_full_disk_leaves_the_images_of_a_layout_as_they_were(
    image: ModelImage, base: BaseImage, tmp_path: Path
) -> None:
    directory = tmp_path / "layout"
    _layout(image, directory, base)
    before = _files(directory)
    larger = Pushing(RegistryInMemory()).built(model(tmp_path, size_bytes=9000), base=base, reference="r.test/m:v2")

    with little_room(8000), pytest.raises(RegistryError, match="there is no room for"):
        _layout(larger, directory, base)

    assert _files(directory) == before


def test_an_archive_holds_the_whole_image_for_docker_and_containerd(
    image: ModelImage, base: BaseImage, tmp_path: Path
) -> None:
    delivery = _archive(image, tmp_path / "image.tar", base)

    with tarfile.open(tmp_path / "image.tar") as tar:
        members = {entry.name: tar.extractfile(entry) for entry in tar}
        files = {name: handle.read() for name, handle in members.items() if handle is not None}
    docker = json.loads(files["manifest.json"])
    layers = [layer["digest"] for layer in json.loads(image.manifest)["layers"]]
    assert docker == [
        {
            "Config": "blobs/" + digest_of(image.config).replace(":", "/"),
            "RepoTags": [REFERENCE],
            "Layers": ["blobs/" + digest.replace(":", "/") for digest in layers],
        }
    ]
    assert all(files[name] for name in (docker[0]["Config"], *docker[0]["Layers"]))
    assert json.loads(files["index.json"])["manifests"][0]["digest"] == image.digest
    assert files["blobs/" + image.digest.replace(":", "/")] == image.manifest
    assert delivery.digest == image.digest


def test_the_same_image_is_the_same_archive(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        _archive(image, tmp_path / name, base)

    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_a_full_disk_leaves_an_earlier_archive_as_it_was(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "image.tar").write_bytes(b"before")

    with little_room(3000), pytest.raises(RegistryError, match=r"no room for .*image\.tar"):
        _archive(image, tmp_path / "out" / "image.tar", base)

    assert _files(tmp_path / "out") == {"image.tar": b"before"}


def test_what_a_killed_run_left_is_cleared_by_the_next(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".image.tar.part").write_bytes(b"x" * 100_000)

    _archive(image, tmp_path / "out" / "image.tar", base)

    with tarfile.open(tmp_path / "out" / "image.tar") as tar:
        assert "index.json" in tar.getnames()
    assert set(_files(tmp_path / "out")) == {"image.tar"}


def test_two_runs_do_not_write_the_same_file_at_once(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    refused: list[str] = []

    def chunks() -> Iterator[bytes]:
        with pytest.raises(InputError, match="another process writes") as caught:
            _archive(image, tmp_path / "image.tar", base)
        refused.append(caught.value.message)
        yield from image.blobs[0].chunks()

    _archive(replace(image, blobs=(replace(image.blobs[0], chunks=chunks),)), tmp_path / "image.tar", base)

    assert len(refused) == 1
    assert (tmp_path / "image.tar").exists()


def test_a_place_that_is_not_there_is_named(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"image\.tar cannot be written: no such file or directory"):
        _archive(image, tmp_path / "none" / "image.tar", base)

    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        _layout(image, tmp_path / "file" / "layout", base)


def test_a_base_without_layers_at_hand_is_one_clear_error(image: ModelImage, base: BaseImage, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="is not at hand"):
        _archive(image, tmp_path / "image.tar", replace(base, blobs=()))

    assert not (tmp_path / "image.tar").exists()
