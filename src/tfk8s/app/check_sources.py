"""What there is to check: specs, and manifests by the folder that they are applied from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.app.import_ import read_files
from tfk8s.app.spec_files import looks_like_spec
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.yaml import read_documents

STDIN = "<stdin>"
_SUFFIXES = (".yaml", ".yml", ".json")
_KIND = re.compile(rb"^[ \t]*kind[ \t]*:|\"kind\"[ \t]*:", re.MULTILINE)
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHART = "Chart.yaml"
_NO_OBJECTS = (
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "configurations",
    "transformers",
    "generators",
)
"""Fields of a kustomization whose files are no objects by themselves."""


@dataclass(slots=True)
class Sources:
    """What was found.

    Attributes:
        specs: files, `-` for stdin.
        groups: the text of each file of manifests, by what messages call it; each group is applied together.
        left: what was not looked into, with the reason.
    """

    specs: list[Path] = field(default_factory=list)
    groups: list[dict[str, bytes]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many there are."""
        return len(self.specs) + sum(len(group) for group in self.groups)


def find_sources(paths: Sequence[Path], *, stdin: bytes | None = None) -> Sources:
    """Sort files and folders; files that are named are one group, and so is each folder.

    Args:
        paths: files, folders, and `-` for stdin.
        stdin: what stands there.

    Raises:
        InputError: one cannot be read, or a folder holds nothing to check.
    """
    sources = Sources()
    named: dict[str, bytes] = {}
    for path in dict.fromkeys(paths):
        if str(path) == "-":
            _sort(sources, named, path=path, data=stdin or b"")
        elif path.is_dir():
            _folder(sources, path)
        else:
            _sort(sources, named, path=path, data=read_files((path,))[str(path)])
    if named:
        sources.groups.insert(0, named)
    return sources


def _sort(sources: Sources, group: dict[str, bytes], *, path: Path, data: bytes) -> None:
    if looks_like_spec(data):
        sources.specs.append(path)
    else:
        group[STDIN if str(path) == "-" else str(path)] = data


def _folder(sources: Sources, folder: Path) -> None:
    before = sources.files
    for place, names in _folders(folder, sources):
        patches = {patch for name in names if name in _KUSTOMIZATIONS for patch in _patches(place / name)}
        group: dict[str, bytes] = {}
        for name in names:
            path = place / name
            if not name.endswith(_SUFFIXES) or name in _KUSTOMIZATIONS:
                continue
            data = read_files((path,))[str(path)]
            if os.path.normpath(path) in patches:
                sources.left.append(f"{path}: a patch, which is no object by itself")
            elif looks_like_spec(data) or _KIND.search(data):
                _sort(sources, group, path=path, data=data)
            else:
                sources.left.append(f"{path}: holds no Kubernetes object")
        if group:
            sources.groups.append(group)
    if sources.files == before:
        raise InputError(
            f"there is nothing to check below {folder}", hint="name a spec, a file of manifests, or a folder of either"
        )


def _folders(folder: Path, sources: Sources) -> Iterator[tuple[Path, list[str]]]:
    """Folders with their files, in a fixed order; hidden ones and charts are left out, no link to one is followed."""

    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read {error.filename}: {error.strerror}", hint="check its permissions") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        if _CHART in names:
            sources.left.append(f"{place}: a Helm chart; check what it renders: helm template {place} | tfk8s check -")
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(place), sorted(names)


def _patches(kustomization: Path) -> Iterator[str]:
    reading = read_documents(read_files((kustomization,))[str(kustomization)], source=str(kustomization))
    for document in reading.documents:
        value = document.value
        if isinstance(value, dict):
            for key in _NO_OBJECTS:
                for text in _texts(value.get(key)):
                    if "\n" not in text:
                        yield os.path.normpath(kustomization.parent / text)


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(value.get("path"))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
