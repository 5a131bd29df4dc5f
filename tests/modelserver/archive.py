"""Writes an image as a docker archive, without a daemon. The same input gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSource:
    """One layer: what lies below `root`, but for `excluded`; with `only`, nothing but that. All paths are relative."""

    root: Path
    only: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def write(target: Path, *, name: str, config: dict[str, Any], layers: Sequence[LayerSource]) -> None:
    """Writes the archive beside `target` and renames it."""
    partial = target.with_name(f".{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(partial, "w", format=tarfile.GNU_FORMAT) as archive:
        digests = [_add_layer(archive, layer, scratch=target.parent) for layer in layers]
        image = {
            "architecture": "amd64",
            "os": "linux",
            "created": "1970-01-01T00:00:00Z",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "tests.modelserver"} for _ in digests],
        }
        document = json.dumps(image, sort_keys=True).encode()
        config_name = f"{hashlib.sha256(document).hexdigest()}.json"
        manifest = [
            {"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar" for digest in digests]}
        ]
        _add_bytes(archive, config_name, document)
        _add_bytes(archive, "manifest.json", json.dumps(manifest).encode())
    partial.replace(target)


def _add_layer(archive: tarfile.TarFile, layer: LayerSource, *, scratch: Path) -> str:
    with tempfile.TemporaryFile(dir=scratch) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as content:
            for relative in layer.only or sorted(child.name for child in layer.root.iterdir()):
                content.add(layer.root / relative, relative, filter=lambda entry: _clean(entry, layer.excluded))
        digest = _digest(file)
        entry = tarfile.TarInfo(f"{digest}/layer.tar")
        entry.size, entry.mode = file.tell(), 0o644
        file.seek(0)
        archive.addfile(entry, file)
    return digest


def _clean(entry: tarfile.TarInfo, excluded: tuple[str, ...]) -> tarfile.TarInfo | None:
    if entry.name in excluded:
        return None
    entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o644
    archive.addfile(entry, io.BytesIO(data))
