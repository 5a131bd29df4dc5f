"""An environment laid over a spec, as documents: every part of the result keeps its place in the file.

Maps merge key by key; scalars and lists replace; null takes a key away. Where a map has forms that exclude each other
(a fixed number of pods or a range, a kind or a GKE cluster), another form replaces the whole of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tfk8s.manifest.objects import JsonObject
from tfk8s.manifest.yaml import Document, Mark, Path

FIELD = "environments"
"""The key of the file that holds them."""


class Overlay(NamedTuple):
    """A spec in one environment, or in one region.

    Attributes:
        field: the key of the file that holds it.
        name: of the environment.
        document: the merged value; marks of what the environment says are those inside of it.
        said: paths that the environment says something about, from its own top.
        idle: those of them that take away what was not there.
    """

    field: str
    name: str
    document: Document
    said: frozenset[Path]
    idle: tuple[Path, ...]

    def origin(self, path: Path) -> Path:
        """Where the file says what stands at `path` of the merged value, or else what encloses it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.said:
                return (self.field, self.name, *path)
            if path[:end] in self.document.value_marks:
                break
        return path


def without_environments(document: Document) -> Document:
    """The spec as it is when no environment is chosen."""
    return without(document, field=FIELD)


def without(document: Document, *, field: str) -> Document:
    """The document without one of its keys."""
    if not isinstance(document.value, dict) or field not in document.value:
        return document
    return document._replace(value={key: item for key, item in document.value.items() if key != field})


def environments_of(document: Document) -> dict[str, JsonObject]:
    """What each environment says, in the order of the file; what is no map is left out."""
    return maps_of(document, field=FIELD)


def maps_of(document: Document, *, field: str) -> dict[str, JsonObject]:
    """What the document lays over itself by the names in this field; what is no map is left out."""
    value = document.value
    written = value.get(field) if isinstance(value, dict) else None
    if not isinstance(written, dict):
        return {}
    return {name: said for name, said in written.items() if isinstance(said, dict)}


def overlay(document: Document, *, environment: str) -> Overlay:
    """Lay an environment of the document over the rest of it.

    Raises:
        KeyError: the document has no such environment.
    """
    return lay(document, field=FIELD, name=environment, said=environments_of(document)[environment])


def lay(document: Document, *, field: str, name: str, said: JsonObject) -> Overlay:
    """Lay what stands at a name in a field of the document over the rest of it."""
    base = without(document, field=field)
    assert isinstance(base.value, dict)  # noqa: S101 - a document with environments is a map
    merging = _Merging()
    value = merging.merged(base.value, said, path=())
    start: Path = (field, name)
    return Overlay(
        field=field,
        name=name,
        document=Document(
            source=document.source,
            value=value,
            key_marks=_joined(document.key_marks, start=start, merging=merging),
            value_marks=_joined(document.value_marks, start=start, merging=merging),
        ),
        said=frozenset(path[2:] for path in document.value_marks if path[:2] == start and len(path) > 2),
        idle=tuple(merging.idle),
    )


def merge(base: JsonObject, environment: JsonObject) -> JsonObject:
    """The same for plain values."""
    return _Merging().merged(base, environment, path=())


class _Merging:
    """Notes what of the base is gone, and what was taken away without being there."""

    def __init__(self) -> None:
        self.gone: set[Path] = set()
        self.idle: list[Path] = []

    def merged(self, base: JsonObject, said: JsonObject, *, path: Path) -> JsonObject:
        result = dict(base)
        for key, item in said.items():
            place = (*path, key)
            before = base.get(key)
            if item is None:
                if key not in base:
                    self.idle.append(place)
                self.gone.add(place)
                result.pop(key, None)
            elif not isinstance(item, dict):
                self.gone.add(place)
                result[key] = item
            elif isinstance(before, dict) and not _is_other_form(place, before, item):
                result[key] = self.merged(before, item, path=place)
            else:
                self.gone.add(place)
                result[key] = self.merged({}, item, path=place)
        return result


def _is_other_form(path: Path, base: JsonObject, said: JsonObject) -> bool:
    """Whether the two maps are forms that exclude each other, told by what the environment sets."""
    new = {key for key, item in said.items() if item is not None}
    if path == ("scaling",) and base and new:
        return ("replicas" in new) != ("replicas" in base)
    return path == ("cluster",) and "provider" in new and said["provider"] != base.get("provider")


def _joined(marks: Mapping[Path, Mark], *, start: Path, merging: _Merging) -> dict[Path, Mark]:
    kept = {path: mark for path, mark in marks.items() if path[:1] != start[:1] and not _is_gone(path, merging)}
    own = {path[2:]: mark for path, mark in marks.items() if path[:2] == start and len(path) > 2}
    return {**kept, **own}


def _is_gone(path: Path, merging: _Merging) -> bool:
    return any(path[:end] in merging.gone for end in range(1, len(path) + 1))
