"""Which keys a spec knows at a place, found in the JSON Schema: the models stay the only source of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from tfk8s.spec.service import ServiceSpec


def known_keys(path: tuple[str | int, ...]) -> list[str]:
    """Keys of the map at `path`, in the order of the documentation; of every form that the map may have."""
    schema = _schema()
    nodes = list(_forms(schema, schema))
    for step in path:
        nodes = [form for node in nodes for child in _children(node, step) for form in _forms(child, schema)]
    return list(dict.fromkeys(key for node in nodes for key in node.get("properties", {})))


@cache
def _schema() -> dict[str, Any]:
    # It takes a tenth of a second, and a file may hold many unknown keys.
    return ServiceSpec.model_json_schema()


def _forms(node: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        yield from _forms(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    yield node
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _forms(choice, schema)


def _children(node: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    found = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    if isinstance(found, dict):
        yield found
