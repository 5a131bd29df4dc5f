"""What the schema says of an environment: every map of a spec with nothing required and null allowed everywhere."""

from __future__ import annotations

from typing import Any

_SUFFIX = "InEnvironment"
_REF = "#/$defs/"
ENVIRONMENT = f"{_REF}ServiceSpec{_SUFFIX}"
"""Reference to the form of one environment."""


def with_environments(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the inside of `environments` spelled out, so that editors complete there as well."""
    top = {key: value for key, value in schema.items() if key != "$defs"}
    kept = {key: value for key, value in top["properties"].items() if key not in ("apiVersion", "environments")}
    made = {"ServiceSpec" + _SUFFIX: _partial({**top, "properties": kept})}
    todo = _referred(made)
    while todo:
        name = todo.pop()
        if name not in made:
            made[name] = _partial(schema["$defs"][name.removesuffix(_SUFFIX)])
            todo |= _referred(made[name])
    field = {**top["properties"]["environments"], "additionalProperties": {"$ref": ENVIRONMENT}}
    properties = {**top["properties"], "environments": field}
    return {"$defs": dict(sorted({**schema["$defs"], **made}.items())), **top, "properties": properties}


def _partial(node: dict[str, Any]) -> dict[str, Any]:
    """A list replaces the list of the file, so its items stay whole; so does what has no keys of its own."""
    if node.get("$ref", "").startswith(_REF):
        return {**node, "$ref": node["$ref"] + _SUFFIX}
    kept = {key: value for key, value in node.items() if key not in ("required", "default", "oneOf")}
    choices = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    if choices:
        kept["anyOf"] = [_partial(choice) for choice in choices]
    if "properties" in node:
        kept["properties"] = {key: _nullable(field) for key, field in node["properties"].items()}
    elif isinstance(node.get("additionalProperties"), dict):
        kept["additionalProperties"] = _nullable(node["additionalProperties"])
    return kept


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    described = {"description": field["description"]} if "description" in field else {}
    inner = {key: value for key, value in _partial(field).items() if key != "description"}
    return {**described, "anyOf": [inner, {"type": "null"}]}


def _referred(node: Any) -> set[str]:
    """Names of the definitions for environments that a part of the schema refers to."""
    if isinstance(node, list):
        return {name for item in node for name in _referred(item)}
    if not isinstance(node, dict):
        return set()
    own = node.get("$ref", "") if isinstance(node.get("$ref"), str) else ""
    names = {own.removeprefix(_REF)} if own.endswith(_SUFFIX) else set()
    return names | {name for value in node.values() for name in _referred(value)}
