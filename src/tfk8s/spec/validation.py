"""Validators of what a file may hold, made without a search for plugins of pydantic.

pydantic's own validator of a model is the same one, but before it is made the metadata of every installed package is
read for plugins: a tenth of a short command's time. `generate_arguments_schema` is its public way to a schema alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator


@cache
def validator_of(kind: Any) -> SchemaValidator:
    """The validator of a model or of an annotated type."""
    try:
        from pydantic.experimental.arguments_schema import generate_arguments_schema
    except ImportError:  # it may change its place: then the slower way
        from pydantic import TypeAdapter

        return cast("SchemaValidator", TypeAdapter(kind).validator)

    def takes(value: Any) -> None:
        """Whose one argument is of this kind."""

    takes.__annotations__ = {"value": kind}
    made: Any = generate_arguments_schema(takes)
    return SchemaValidator(_of_argument(made))


def _of_argument(made: Any) -> CoreSchema:
    if made["type"] == "definitions":
        return cast("CoreSchema", {**made, "schema": _of_argument(made["schema"])})
    return cast("CoreSchema", made["arguments_schema"][0]["schema"])
