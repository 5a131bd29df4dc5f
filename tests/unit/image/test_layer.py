from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from tfk8s.errors import InputError
from tfk8s.image.layer import Layer, model_layer
from tfk8s.ports import ModelContent

NAME = "modèle mit Leerzeichen.pb"


def write_model(root: Path) -> ModelContent:
    for folder in ("1", "00000002"):
        (root / folder / "variables").mkdir(parents=True)
        (root / folder / "saved_model.pb").write_bytes(b"graph " + folder.encode())
        (root / folder / "variables" / ("x" * 120)).write_bytes(b"long name")
        (root / folder / NAME).write_bytes(b"")
    return ModelContent(name="resnet_v1", root=root, versions=((1, root / "1"), (2, root / "00000002")))


def _bytes(layer: Layer) -> bytes:
    return b"".join(layer.chunks())


def test_the_layer_is_a_tar_file_with_the_version_below_models(tmp_path: Path) -> None:
    layer = model_layer(write_model(tmp_path), number=2)

    with tarfile.open(fileobj=io.BytesIO(_bytes(layer)), mode="r:gz") as tar:
        names = tar.getnames()
        graph = tar.extractfile("models/resnet_v1/2/saved_model.pb")
        assert graph is not None
        assert graph.read() == b"graph 00000002"

    assert names[:3] == ["models", "models/resnet_v1", "models/resnet_v1/2"]
    assert f"models/resnet_v1/2/{NAME}" in names
    assert f"models/resnet_v1/2/variables/{'x' * 120}" in names


def test_digest_and_size_are_those_of_the_streamed_bytes(tmp_path: Path) -> None:
    layer = model_layer(write_model(tmp_path), number=1)

    streamed = _bytes(layer)

    assert layer.descriptor.digest == "sha256:" + hashlib.sha256(streamed).hexdigest()
    assert layer.descriptor.size_bytes == len(streamed)
    assert layer.diff_id == "sha256:" + hashlib.sha256(gzip.decompress(streamed)).hexdigest()


def test_owner_time_and_mode_of_the_files_do_not_change_the_layer(tmp_path: Path) -> None:
    first = model_layer(write_model(tmp_path / "a"), number=1)
    other = write_model(tmp_path / "b")
    for path in (tmp_path / "b" / "1").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)

    second = model_layer(other, number=1)

    assert second.descriptor == first.descriptor
    with tarfile.open(fileobj=io.BytesIO(_bytes(second)), mode="r:gz") as tar:
        facts = {(entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) for entry in tar}
        modes = {(entry.isdir(), entry.mode) for entry in tar}
    assert facts == {(0, 0, "", "", 0)}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_other_bytes_give_another_digest(tmp_path: Path) -> None:
    before = model_layer(write_model(tmp_path), number=1)
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"graph 2")

    assert model_layer(write_again(tmp_path), number=1).descriptor.digest != before.descriptor.digest


def write_again(root: Path) -> ModelContent:
    return ModelContent(name="resnet_v1", root=root, versions=((1, root / "1"),))


@pytest.mark.parametrize("change", [b"graph 9", b"graph"])
def test_a_file_that_changes_between_the_readings_is_noticed(tmp_path: Path, change: bytes) -> None:
    layer = model_layer(write_model(tmp_path), number=1)
    (tmp_path / "1" / "saved_model.pb").write_bytes(change)

    with pytest.raises(InputError, match="changed while it was read"):
        _bytes(layer)


def test_a_large_file_is_never_held_in_memory(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    with (tmp_path / "1" / "weights").open("wb") as handle:
        handle.truncate(64 << 20)
    tracemalloc.start()

    layer = model_layer(write_again(tmp_path), number=1)
    size = sum(len(chunk) for chunk in layer.chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == layer.descriptor.size_bytes
    assert peak < 4 << 20


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_name_that_would_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "1").mkdir()
    content = ModelContent(name=name, root=tmp_path, versions=((1, tmp_path / "1"),))

    with pytest.raises(InputError, match="cannot be a folder"):
        model_layer(content, number=1)


def test_a_file_that_goes_away_is_named(tmp_path: Path) -> None:
    layer = model_layer(write_model(tmp_path), number=1)
    (tmp_path / "1" / "saved_model.pb").unlink()

    with pytest.raises(InputError, match=r"saved_model\.pb cannot be read: No such file"):
        _bytes(layer)
