"""Image archives written without a container engine, and their way into the cluster's nodes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.testbed.clients import client
from tests.testbed.process import run
from tests.testbed.versions import CLUSTER_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EPOCH: Final = "1970-01-01T00:00:00Z"


def docker_archive(
    target: Path,
    *,
    tags: Sequence[str],
    layers: Sequence[Path | Sequence[tuple[Path, str]]],
    entrypoint: Sequence[str] = (),
    cmd: Sequence[str] = (),
    env: Sequence[str] = (),
    user: str = "",
    ports: Sequence[int] = (),
    workdir: str = "/",
    stop_signal: str = "",
    keep_owners: bool = False,
) -> Path:
    """Write an image that `docker load`, `ctr images import` and `kind load image-archive` read.

    The same sources give the same bytes: names are sorted, times are zero, files belong to root.

    Args:
        target: The archive to write; replaced whole, or not at all.
        tags: Names, with a tag each.
        layers: From the lowest up. A layer is a tar file, taken as it is (a root file system from `rootfs.debian`), or
            pairs of source and destination: a folder's contents go below the destination, a file becomes it.
        entrypoint: As in a Dockerfile's exec form.
        cmd: As in a Dockerfile's exec form.
        env: NAME=VALUE pairs on top of a usual PATH.
        user: User or user:group, numeric; root when empty.
        ports: TCP ports that the image says it listens on.
        workdir: Folder to start in.
        stop_signal: The signal that ends a container; SIGTERM when empty.
        keep_owners: Keep the sources' owners instead of root.

    Returns:
        The target.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".image-") as folder:
        parts = [
            layer
            if isinstance(layer, Path)
            else _write_layer(Path(folder) / f"{n}.tar", layer, keep_owners=keep_owners)
            for n, layer in enumerate(layers)
        ]
        digests = [_sha256(part) for part in parts]
        settings: dict[str, object] = {
            "Env": [_PATH, *env],
            "Entrypoint": list(entrypoint) or None,
            "Cmd": list(cmd) or None,
            "WorkingDir": workdir,
            "User": user,
            **({"ExposedPorts": {f"{port}/tcp": {} for port in ports}} if ports else {}),
            **({"StopSignal": stop_signal} if stop_signal else {}),
        }
        config = json.dumps(_image_config(settings, digests=digests), sort_keys=True).encode()
        half_made = Path(folder) / "image.tar"
        _write_archive(half_made, tags=tags, config=config, layers=tuple(zip(digests, parts, strict=True)))
        half_made.replace(target)
    return target


def load_image(archive: Path, *, cluster: str = CLUSTER_NAME) -> None:
    """Put an image archive into every node of a kind cluster.

    Raises:
        SetupError: There is no such cluster, or a node refused the archive.
    """
    run([client("kind"), "load", "image-archive", archive, "--name", cluster], timeout_s=300)


def image_id(archive: Path) -> str:
    """Return the digest of the image's config, which is what a container runtime calls the image's id."""
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        if manifest is None:
            raise ValueError(f"{archive} is no docker archive")
        config = str(json.load(manifest)[0]["Config"])
    return "sha256:" + Path(config).name.removesuffix(".json")


def _image_config(settings: Mapping[str, object], *, digests: Sequence[str]) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": _EPOCH,
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created": _EPOCH, "created_by": "tests.testbed.images"} for _ in digests],
    }


def _write_archive(target: Path, *, tags: Sequence[str], config: bytes, layers: Sequence[tuple[str, Path]]) -> None:
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    members = [f"{digest}/layer.tar" for digest, _ in layers]
    manifest = json.dumps([{"Config": name, "RepoTags": list(tags), "Layers": members}]).encode()
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        _add_bytes(archive, name, config)
        for member, (_, layer) in zip(members, layers, strict=True):
            entry = tarfile.TarInfo(member)
            entry.size, entry.mode = layer.stat().st_size, 0o644
            with layer.open("rb") as content:
                archive.addfile(entry, content)
        _add_bytes(archive, "manifest.json", manifest)


def _write_layer(target: Path, sources: Sequence[tuple[Path, str]], *, keep_owners: bool) -> Path:
    def cleaned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime = 0
        if not keep_owners:
            entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    made: set[str] = set()
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as layer:
        for source, destination in sources:
            place = destination.strip("/")
            _add_parents(layer, place if source.is_dir() else str(Path(place).parent), made=made)
            if not source.is_dir():
                layer.add(source, place, filter=cleaned)
                continue
            for child in sorted(source.iterdir()):
                layer.add(child, f"{place}/{child.name}".lstrip("/"), filter=cleaned)
                made.add(f"{place}/{child.name}".lstrip("/"))
        if "tmp" not in made:
            _add_folder(layer, "tmp", mode=0o1777)
    return target


def _add_parents(layer: tarfile.TarFile, folder: str, *, made: set[str]) -> None:
    for parent in (*reversed(Path(folder).parents), Path(folder)):
        name = str(parent)
        if name != "." and name not in made:
            made.add(name)
            _add_folder(layer, name, mode=0o755)


def _add_folder(layer: tarfile.TarFile, name: str, *, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    layer.addfile(entry)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    archive.addfile(entry, io.BytesIO(content))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
