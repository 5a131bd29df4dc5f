from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.testbed.images import docker_archive


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / "app/data").mkdir(parents=True)
    (folder / "app/main.py").write_text("print()\n")
    (folder / "app/data/b").write_text("b")
    (folder / "app/data/a").write_text("a")
    (folder / "tool").write_text("#!/bin/sh\n")
    (folder / "tool").chmod(0o755)
    return folder


def build(target: Path, sources: Path) -> Path:
    return docker_archive(
        target,
        tags=["example/app:1"],
        layers=[[(sources / "app", "/srv/app")], [(sources / "tool", "/usr/bin/tool")]],
        entrypoint=["/usr/bin/tool"],
        env=["A=1"],
        user="1000:1000",
        stop_signal="SIGINT",
    )


def read_json(archive: tarfile.TarFile, name: str) -> object:
    member = archive.extractfile(name)
    assert member is not None
    return json.load(member)


def layer_names(archive: tarfile.TarFile, layer: str) -> list[str]:
    member = archive.extractfile(layer)
    assert member is not None
    with tarfile.open(fileobj=member) as inner:
        return inner.getnames()


def test_the_same_sources_give_the_same_bytes(tmp_path: Path, sources: Path) -> None:
    first = build(tmp_path / "one.tar", sources).read_bytes()
    for path in sources.rglob("*"):
        os.utime(path, (1, 1))

    assert build(tmp_path / "two.tar", sources).read_bytes() == first


def test_layers_are_in_order_and_their_digests_are_true(tmp_path: Path, sources: Path) -> None:
    with tarfile.open(build(tmp_path / "image.tar", sources)) as archive:
        manifest = read_json(archive, "manifest.json")
        assert isinstance(manifest, list)
        layers = manifest[0]["Layers"]
        config = read_json(archive, manifest[0]["Config"])
        contents = [archive.extractfile(layer) for layer in layers]
        digests = [f"sha256:{hashlib.sha256(content.read()).hexdigest()}" for content in contents if content]

        assert manifest[0]["RepoTags"] == ["example/app:1"]
        assert isinstance(config, dict)
        assert config["rootfs"]["diff_ids"] == digests
        assert layer_names(archive, layers[0]) == [
            "srv",
            "srv/app",
            "srv/app/data",
            "srv/app/data/a",
            "srv/app/data/b",
            "srv/app/main.py",
            "tmp",
        ]
        assert "usr/bin/tool" in layer_names(archive, layers[1])


def test_settings_reach_the_image(tmp_path: Path, sources: Path) -> None:
    with tarfile.open(build(tmp_path / "image.tar", sources)) as archive:
        manifest = read_json(archive, "manifest.json")
        assert isinstance(manifest, list)
        config = read_json(archive, manifest[0]["Config"])

    assert isinstance(config, dict)
    settings = config["config"]
    assert settings["Entrypoint"] == ["/usr/bin/tool"]
    assert settings["Cmd"] is None
    assert settings["User"] == "1000:1000"
    assert settings["StopSignal"] == "SIGINT"
    assert "A=1" in settings["Env"]


def test_a_root_file_system_is_a_layer_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "root.tar"
    with tarfile.open(root, "w") as archive:
        archive.addfile(tarfile.TarInfo("etc"))

    with tarfile.open(docker_archive(tmp_path / "image.tar", tags=["r:1"], layers=[root])) as archive:
        layer = f"{hashlib.sha256(root.read_bytes()).hexdigest()}/layer.tar"

        assert layer in archive.getnames()


def test_a_missing_source_leaves_the_old_archive(tmp_path: Path) -> None:
    target = tmp_path / "image.tar"
    target.write_text("old")

    with pytest.raises(FileNotFoundError):
        docker_archive(target, tags=["r:1"], layers=[[(tmp_path / "absent", "/absent")]])

    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["image.tar"]
