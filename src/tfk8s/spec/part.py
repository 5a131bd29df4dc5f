"""The one base of every part of a spec: frozen, strict, no unknown keys, camelCase in the file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from typing_extensions import Self


class Part(BaseModel):
    """A map in the file. Python code builds it by attribute names; a file may use the camelCase keys alone."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
        defer_build=True,  # only what is read by itself needs a validator of its own
    )

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As pydantic makes it, and what the text below each field says."""
        from tfk8s.spec.descriptions import describe_fields

        schema = super().model_json_schema(*args, **kwargs)
        describe_fields(schema, cls)
        return schema

    @classmethod
    def unsaid(cls) -> Self:
        """The part of a spec that says nothing about it: defaults, which need no checks and so no validator."""
        return cls.model_construct()
