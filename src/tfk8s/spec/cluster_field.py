"""The field `cluster`. What describes clusters is half of all models, and is loaded when a spec has one."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
    from pydantic.json_schema import JsonSchemaValue

    from tfk8s.spec.cluster import ClusterSpec


class _Lazy:
    """How pydantic reads the field, and what the schema says of it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.with_info_plain_validator_function(_read)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema
        return handler(_reader().core_schema)


@cache
def _reader() -> TypeAdapter[ClusterSpec]:
    from pydantic import TypeAdapter

    from tfk8s.spec.cluster import ClusterSpec

    return TypeAdapter(ClusterSpec)


def _read(value: Any, info: core_schema.ValidationInfo) -> ClusterSpec:
    if info.mode == "json":  # as JSON again, so that strictness means JSON's types
        return _reader().validate_json(json.dumps(value), by_alias=True, by_name=False)
    return _reader().validate_python(value)


if TYPE_CHECKING:
    ClusterField: TypeAlias = ClusterSpec
else:
    ClusterField = Annotated[Any, _Lazy]
