"""A model directory that changes while a server watches it."""

from __future__ import annotations

import shutil
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Versions:
    """A model directory: y = x / 2 + (version + 1), for versions 1 to 3."""

    def __init__(self, *, source: Path, target: Path) -> None:
        self.path = target
        self._source = source
        target.mkdir()

    def add(self, version: int, *, name: str | None = None) -> None:
        """Adds a version at once, as a careful uploader does."""
        partial = self.path.parent / f"{version}.partial"
        shutil.copytree(self._source / str(version), partial)
        partial.rename(self.path / (name or str(version)))

    def add_broken(self, version: int) -> None:
        """Adds a version whose graph cannot be read."""
        partial = self.path.parent / f"{version}.partial"
        shutil.copytree(self._source / "1", partial)
        (partial / "saved_model.pb").write_bytes(b"\xff not a graph")
        partial.rename(self.path / str(version))

    def remove(self, version: int) -> None:
        """Takes a version away."""
        gone = self.path.parent / f"{version}.gone"
        (self.path / str(version)).rename(gone)
        shutil.rmtree(gone)


def model_config(*entries: str) -> str:
    """A `ModelServerConfig` in text form."""
    return "model_config_list {\n" + "\n".join(entries) + "\n}\n"


def model_entry(name: str, base_path: Path, policy: str = "", labels: Mapping[str, int] = MappingProxyType({})) -> str:
    """One model of it."""
    choice = f"model_version_policy {{ {policy} }}" if policy else ""
    named = " ".join(f'version_labels {{ key: "{label}" value: {version} }}' for label, version in labels.items())
    return f'config {{ name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" {choice} {named} }}'
