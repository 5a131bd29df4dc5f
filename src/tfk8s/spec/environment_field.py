"""The field `environments`: names, and maps that are read once they have been laid over the rest of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import DnsLabel
from tfk8s.spec.violation import Violation

_SHARED = ("apiVersion", "environments")


def _partial(said: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    found = tuple(
        Violation(path=(key,), message="belongs to the whole file: an environment cannot have its own")
        for key in _SHARED
        if key in said
    )
    if found:
        text = "; ".join(f"{violation.path[0]} {violation.message}" for violation in found)
        raise PydanticCustomError("rules", "{text}", {"text": text, "violations": found})
    return said


MAX_ENVIRONMENTS = 50
"""Each is a whole spec, which is read and checked."""

Environments: TypeAlias = Annotated[
    Mapping[DnsLabel, Annotated[Mapping[str, JsonValue], AfterValidator(_partial)]], Field(max_length=MAX_ENVIRONMENTS)
]
"""Name of an environment to the part of a spec that differs there, as it was written."""
