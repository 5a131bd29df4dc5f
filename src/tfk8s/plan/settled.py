"""Whether a live object is so exactly what was applied that the server need not be asked what applying it would do.

Server-side apply of the same fields with the same values changes nothing: the record of what we applied (FieldsV1 in
`metadata.managedFields`) names the fields, and the live object has the values. Whatever is not equal to the letter
(a value that the server writes in another way, a list in another order) counts as not settled, and is asked about.
"""

from __future__ import annotations

import json

from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.ownership import MANAGER

_IDENTITY = frozenset({"name", "namespace"})
"""Of metadata: part of the address, and of no record."""


def is_settled(manifest: Manifest, live: JsonObject) -> bool:
    """Whether we applied exactly the fields of the manifest, and the live object has exactly their values."""
    entries = [
        entry
        for entry in objects_at(live, "metadata", "managedFields")
        if text_at(entry, "manager") == MANAGER and text_at(entry, "operation") == "Apply"
    ]
    if len(entries) != 1 or entries[0].get("subresource") or entries[0].get("apiVersion") != manifest.ref.api_version:
        return False
    wanted: JsonObject = {key: value for key, value in manifest.body.items() if key not in ("apiVersion", "kind")}
    metadata = object_at(wanted, "metadata")
    wanted["metadata"] = {key: value for key, value in metadata.items() if key not in _IDENTITY}
    return _matches(object_at(entries[0], "fieldsV1"), wanted, live)


def _matches(fields: JsonValue, wanted: JsonValue, live: JsonValue) -> bool:
    """Whether the recorded fields are those of `wanted`, with the values that `live` has."""
    steps = {key: inner for key, inner in fields.items() if key != "."} if isinstance(fields, dict) else {}
    if not steps:
        return _same(wanted, live)
    if isinstance(wanted, dict) and isinstance(live, dict):
        names = {key.removeprefix("f:"): inner for key, inner in steps.items() if key.startswith("f:")}
        if len(names) != len(steps) or names.keys() != wanted.keys():
            return False
        return all(name in live and _matches(inner, wanted[name], live[name]) for name, inner in names.items())
    if isinstance(wanted, list) and isinstance(live, list):
        return _lists_match(steps, wanted, live)
    return False


def _lists_match(steps: JsonObject, wanted: list[JsonValue], live: list[JsonValue]) -> bool:
    """Entries that are recorded by their keys stand in `live` in the same order, with others in between at most."""
    if not all(key.startswith("k:") for key in steps):
        return _same(wanted, live)
    if len(steps) != len(wanted):
        return False
    found: list[tuple[int, int]] = []
    for key, fields in steps.items():
        keys = json.loads(key.removeprefix("k:"))
        ours = [at for at, item in enumerate(wanted) if _has_keys(item, keys, recorded=object_at({"v": fields}, "v"))]
        theirs = [at for at, item in enumerate(live) if isinstance(item, dict) and keys.items() <= item.items()]
        if len(ours) != 1 or len(theirs) != 1 or not _matches(fields, wanted[ours[0]], live[theirs[0]]):
            return False
        found.append((ours[0], theirs[0]))
    places = [theirs for _, theirs in sorted(found)]
    return len({ours for ours, _ in found}) == len(wanted) and places == sorted(places)


def _has_keys(item: JsonValue, keys: JsonObject, *, recorded: JsonObject) -> bool:
    """Whether an entry is the one with these keys; one that was not written (a protocol) is the server's default."""
    if not isinstance(item, dict):
        return False
    return all(item.get(name) == value if f"f:{name}" in recorded else name not in item for name, value in keys.items())


def _same(wanted: JsonValue, live: JsonValue) -> bool:
    return wanted is not None and json.dumps(wanted, sort_keys=True) == json.dumps(live, sort_keys=True)
