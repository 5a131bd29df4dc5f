"""What the schema says of an environment or a region: every map of a spec with nothing required, null allowed."""

from __future__ import annotations

from typing import Any

from tfk8s.spec.region_field import CONTEXT, SHARED

_SUFFIX = "InEnvironment"
_REF = "#/$defs/"
ENVIRONMENT = f"{_REF}ServiceSpec{_SUFFIX}"
"""Reference to the form of one environment."""

REGION = f"{_REF}ServiceSpecInRegion"
"""Reference to the form of one region."""

_CONTEXT = {"type": "string", "description": "Context of a cluster that is there already, in place of `cluster`."}


def with_environments(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the inside of `environments` and `regions` spelled out, so that editors complete there too."""
    top = {key: value for key, value in schema.items() if key != "$defs"}
    fields = top["properties"]
    differing = {key: value for key, value in fields.items() if key not in ("apiVersion", "environments", "regions")}
    here = {key: value for key, value in differing.items() if key not in SHARED}
    made = {
        "ServiceSpec" + _SUFFIX: _partial({**top, "properties": differing}),
        "ServiceSpecInRegion": _partial({**top, "properties": here}),
    }
    todo = set().union(*map(_referred, made.values()))
    while todo:
        name = todo.pop()
        if name not in made:
            made[name] = _partial(schema["$defs"][name.removesuffix(_SUFFIX)])
            todo |= _referred(made[name])
    made["ServiceSpecInRegion"]["properties"][CONTEXT] = _CONTEXT
    regions = {**fields["regions"], "additionalProperties": {"$ref": REGION}}
    taken_away = {**regions, "additionalProperties": {"anyOf": [{"$ref": REGION}, {"type": "null"}]}}
    made["ServiceSpec" + _SUFFIX]["properties"]["regions"] = _nullable_as_it_is(taken_away)
    field = {**fields["environments"], "additionalProperties": {"$ref": ENVIRONMENT}}
    properties = {**fields, "regions": regions, "environments": field}
    return {"$defs": dict(sorted({**schema["$defs"], **made}.items())), **top, "properties": properties}


def with_shared_cluster(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema for editors: beside regions, the cluster of the file is a part of one."""
    fields = schema["properties"]
    described = {"description": fields["cluster"]["description"]}
    shared = schema["$defs"]["ServiceSpecInRegion"]["properties"]["cluster"]["anyOf"]
    whole = {key: value for key, value in fields["cluster"].items() if key != "description"}
    either = {**described, "anyOf": [whole, *(form for form in shared if form != {"type": "null"})]}
    return {**schema, "properties": {**fields, "cluster": either}}


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


def _nullable_as_it_is(field: dict[str, Any]) -> dict[str, Any]:
    inner = {key: value for key, value in field.items() if key not in ("description", "default")}
    return {"description": field["description"], "anyOf": [inner, {"type": "null"}]}


def _referred(node: Any) -> set[str]:
    """Names of the definitions for environments that a part of the schema refers to."""
    if isinstance(node, list):
        return {name for item in node for name in _referred(item)}
    if not isinstance(node, dict):
        return set()
    own = node.get("$ref", "") if isinstance(node.get("$ref"), str) else ""
    names = {own.removeprefix(_REF)} if own.endswith(_SUFFIX) else set()
    return names | {name for value in node.values() for name in _referred(value)}
