"""Small images to push, and what a registry holds of them."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from typing import IO, TYPE_CHECKING, Final

from tests.testbed.images import docker_archive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.registry.running import RunningRegistry
    from tfk8s.manifest import JsonObject

_IMAGE: Final = "application/vnd.oci.image"


def base_archive(folder: Path, *, layer_bytes: int = 200_000) -> Path:
    """Write a small image for linux/amd64 with two layers, as `docker save` would; the same bytes every time."""
    content = folder / "base-content"
    (content / "bin").mkdir(parents=True, exist_ok=True)
    (content / "bin" / "server").write_bytes(bytes(range(256)) * (layer_bytes // 256))
    (content / "bin" / "server").chmod(0o755)
    notice = folder / "notice"
    notice.write_text("a test image\n")
    notice.chmod(0o644)
    return docker_archive(
        folder / "base.tar",
        tags=["tfk8s-test/base:1"],
        layers=[[(content, "/")], [(notice, "/usr/share/notice")]],
        entrypoint=["/bin/server"],
        env=["MODEL_BASE_PATH=/models", "MODEL_NAME=model"],
        ports=[8500, 8501],
    )


def push_base(registry: RunningRegistry, folder: Path, *, name: str = "base") -> str:
    """Push the small image with crane, and forget the traffic of it; returns its name by digest."""
    tagged = registry.image(name)
    registry.crane("push", base_archive(folder), tagged)
    digest = registry.crane("digest", tagged).strip()
    registry.traffic.forget()
    return f"{tagged.rpartition(':')[0]}@{digest}"


def oci_layout(archive: Path, folder: Path) -> Path:
    """Write the one image of a docker archive as an OCI layout, its layers as they are: uncompressed, same bytes."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        (listed,) = json.load(_member(tar, "manifest.json"))
        config = _member(tar, listed["Config"]).read()
        names = [entry.removeprefix("sha256:") for entry in json.loads(config)["rootfs"]["diff_ids"]]
        for name, member in zip(names, listed["Layers"], strict=True):
            with (blobs / name).open("wb") as target:
                shutil.copyfileobj(_member(tar, member), target, 1 << 20)
    layers = [_descriptor(f"{_IMAGE}.layer.v1.tar", name, (blobs / name).stat().st_size) for name in names]
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_IMAGE}.manifest.v1+json",
        "config": _store(blobs, config, media_type=f"{_IMAGE}.config.v1+json"),
        "layers": layers,
    }
    stored = _store(blobs, json.dumps(manifest).encode(), media_type=f"{_IMAGE}.manifest.v1+json")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [stored]}))
    return folder


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    assert found is not None, name
    return found


def _store(blobs: Path, content: bytes, *, media_type: str) -> JsonObject:
    name = hashlib.sha256(content).hexdigest()
    (blobs / name).write_bytes(content)
    return _descriptor(media_type, name, len(content))


def _descriptor(media_type: str, name: str, size_bytes: int) -> JsonObject:
    return {"mediaType": media_type, "digest": f"sha256:{name}", "size": size_bytes}
