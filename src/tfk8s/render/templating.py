"""Templates to data: every value goes through the `yaml` filter, and what comes out is read by the strict loader.

A value can therefore be no more than a value: it cannot end its line, open a key, or start a document. A template that
forgets the filter fails, even for values that would have been harmless.

What is read is the template with a mark in each value's place, which is the same text for most services; the values
take their places afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import load_one, scalar

if TYPE_CHECKING:
    from jinja2.runtime import Context

_HELD = "held_values"
_MARK = "value "


class _YamlText(str):
    """Text that the `yaml` filter has made; the only kind that a template may print."""

    __slots__ = ()


def flow(value: JsonValue) -> str:
    """Write a value on one line: scalars as everywhere, maps and lists in braces and brackets."""
    if isinstance(value, dict) and value:
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list) and value:
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


@pass_context
def _yaml_filter(context: Context, value: JsonValue) -> _YamlText:
    if isinstance(value, StrictUndefined):
        str(value)  # raises the template's own error, which names the variable
    text, held = flow(value), context.get(_HELD)  # writing refuses what YAML cannot hold
    if held is None:
        return _YamlText(text)
    held.append(value)
    return _YamlText(f'"{_MARK}{len(held) - 1}"')


def _refuse_unfiltered(value: object) -> object:
    if isinstance(value, StrictUndefined):
        str(value)
    if not isinstance(value, _YamlText):
        raise TypeError(f"a template prints {value!r} without the yaml filter")
    return value


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of all templates; autoescape is for HTML, the filter is our escaping."""
    made = Environment(
        loader=PackageLoader("tfk8s.render", "templates"),
        undefined=StrictUndefined,
        finalize=_refuse_unfiltered,
        autoescape=False,  # noqa: S701 - the product is YAML, and finalize refuses what is not escaped
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # they are part of the program
    )
    made.filters["yaml"] = _yaml_filter
    return made


def render_object(template: str, values: Mapping[str, object]) -> JsonObject:
    """Fill one template and read the object that it describes.

    Args:
        template: its name below `templates/`, without `.yaml.j2`.
        values: the variables.

    Raises:
        InputError: a value that YAML cannot hold.
    """
    name = f"{template}.yaml.j2"
    held: list[JsonValue] = []
    text = environment().get_template(name).render({**values, _HELD: held})
    value = _filled(_read(text, name), held)
    if not isinstance(value, dict):
        raise TypeError(f"{name} describes no object")
    return value


@lru_cache(maxsize=256)
def _read(text: str, name: str) -> JsonValue:
    return load_one(text, source=name).value


def _filled(node: JsonValue, held: list[JsonValue]) -> JsonValue:
    """A copy with every mark replaced by a copy of its value, in which nothing is a mark."""
    if isinstance(node, dict):
        return {key: _filled(item, held) for key, item in node.items()}
    if isinstance(node, list):
        return [_filled(item, held) for item in node]
    if isinstance(node, str) and node.startswith(_MARK):
        return _copied(held[int(node.removeprefix(_MARK))])
    return node


def _copied(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
