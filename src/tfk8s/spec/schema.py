"""The JSON Schema of a spec, made from the models, which stay its only source; editors and messages read it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from tfk8s.spec.environment_schema import with_environments
from tfk8s.spec.service import ServiceSpec

if TYPE_CHECKING:
    from tfk8s.spec.part import Part

Schema: TypeAlias = "dict[str, Any]"

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def json_schema() -> Schema:
    """The whole schema; it must not be changed. Made once, since it takes a tenth of a second."""
    made = with_environments(schema_of(ServiceSpec))
    return {"$schema": DIALECT, "title": "tfk8s.yaml", **made}


def schema_of(kind: type[Part]) -> Schema:
    """The schema of any file that is one part, without what says nothing."""
    found: Schema = _clean(kind.model_json_schema())
    return found


def resolve(node: Schema, schema: Schema) -> Schema:
    """A node with the keys of what it refers to; its own keys win."""
    name = node.get("$ref", "").rpartition("/")[2]
    return {**schema["$defs"][name], **node} if name else node


def forms(node: Schema, schema: Schema) -> list[Schema]:
    """The node itself, or each of its alternatives, resolved."""
    node = resolve(node, schema)
    choices = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    return [form for choice in choices for form in forms(choice, schema)] or [node]


def known_keys(path: tuple[str | int, ...], *, schema: Schema | None = None) -> list[str]:
    """Keys of the map at `path`, in the order of the documentation; of every form that the map may have.

    Args:
        path: of the map.
        schema: of the file. Default: that of a spec.
    """
    schema = json_schema() if schema is None else schema
    nodes = forms(schema, schema)
    for step in path:
        nodes = [form for node in nodes for child in _children(node, step) for form in forms(child, schema)]
    return list(dict.fromkeys(key for node in nodes for key in node.get("properties", {})))


def _children(node: Schema, step: str | int) -> list[Schema]:
    named = node.get("properties", {}).get(step) or node.get("additionalProperties")
    found = node.get("items") if isinstance(step, int) else named
    return [found] if isinstance(found, dict) else []


def _clean(node: Any) -> Any:
    """Leave out what says nothing: titles made from names, null, defaults that are parts of their own."""
    if isinstance(node, list):
        return [_clean(item) for item in node if item != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {key: _clean(value) for key, value in node.items() if not _is_noise(key, value)}
    if "oneOf" in kept:
        kept["oneOf"] = flat_choices(kept["oneOf"])
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    if len(kept.get("anyOf", ())) == 1:
        kept = {**kept.pop("anyOf")[0], **kept}
    return kept


def flat_choices(choices: list[Schema]) -> list[Schema]:
    """Without a choice that is nothing but choices: those of a deferred field are among the others."""
    return [inner for choice in choices for inner in (choice["oneOf"] if set(choice) == {"oneOf"} else [choice])]


def _is_noise(key: str, value: object) -> bool:
    if key == "title":
        return isinstance(value, str)
    return key == "default" and (value is None or value == "" or isinstance(value, dict))
