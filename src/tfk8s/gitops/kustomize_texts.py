"""Texts that kustomize does not carry: it drops some characters, and fails on others and on keys like numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue, Manifests
from tfk8s.manifest.yaml import Path, path_text
from tfk8s.manifest.yaml_scalars import resolve

# Found with kustomize 5.7.1, which reads again what it wrote: these characters it writes as they are, and from keys it
# takes the quotation marks away.
_LOST = re.compile("[\x7f-\x9f\ufffe\uffff]")


def require_carried(manifests: Manifests) -> None:
    """Refuse objects that kustomize would not build as they are.

    Raises:
        InputError: a text holds such a character, or a key is read as something else than text.
    """
    for manifest in manifests:
        for path, problem in _problems(manifest.body, ()):
            raise InputError(
                f"{manifest.ref}: {path_text(path)} {problem}, which kustomize does not carry",
                hint="write it otherwise in the spec, or render another form",
            )


def _problems(value: JsonValue, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        found = _LOST.search(value)
        if found is not None:
            yield path, f"holds the control character U+{ord(found[0]):04X}"
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(resolve(key), str):
                yield (*path, key), "has a key that looks like no text"
            yield from _problems(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, (*path, index))
