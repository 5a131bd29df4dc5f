"""Templates to data: each value takes its own place in an object and can be no more than a value.

The templates are text that Jinja understands; `tools/compile_templates.py` makes functions of them, and a test tells
when those are stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import scalar
from tfk8s.render.compiled import TEMPLATES


def render_object(template: str, values: Mapping[str, object]) -> JsonObject:
    """Fill one template.

    Args:
        template: its name below `templates/`, without `.yaml.j2`.
        values: the variables.

    Raises:
        InputError: a value that YAML cannot hold.
    """
    return TEMPLATES[template]({name: _copied(cast("JsonValue", value)) for name, value in values.items()})


def _copied(value: JsonValue) -> JsonValue:
    """A copy of plain data; writing refuses what YAML cannot hold."""
    if isinstance(value, dict):
        for key in value:
            scalar(key)
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    scalar(value)
    return value
