"""The field `regions`: names, and maps that are read once they have been laid over the rest of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from tfk8s.spec.fields import DnsLabel
from tfk8s.spec.violation import Violation

CONTEXT = "context"
"""The key of a region that is no part of a spec: the cluster that is there already, by its context."""

SHARED = ("apiVersion", "name", "namespace", "createNamespace", "gitops", "environments", "regions", "rollout")
"""What one service has once, wherever it runs."""


def _wrong(said: Mapping[str, JsonValue]) -> Iterator[Violation]:
    for key in said:
        if key in SHARED:
            yield Violation(path=(key,), message="belongs to the whole service: a region cannot have its own")
    context = said.get(CONTEXT)
    if CONTEXT not in said:
        return
    if not isinstance(context, str) or not context:
        yield Violation(path=(CONTEXT,), message="must be the name of a context of the kubeconfig")
    elif said.get("cluster") is not None:
        yield Violation(path=(CONTEXT,), message="does not go with cluster: give one of the two")


def _region(said: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    found = tuple(_wrong(said))
    if found:
        text = "; ".join(f"{violation.path[0]} {violation.message}" for violation in found)
        raise PydanticCustomError("rules", "{text}", {"text": text, "violations": found})
    return said


MAX_REGIONS = 40
"""Each is a whole spec in each environment, which is read and checked."""

Regions: TypeAlias = Annotated[
    Mapping[DnsLabel, Annotated[Mapping[str, JsonValue], AfterValidator(_region)]], Field(max_length=MAX_REGIONS)
]
"""Name of a region to the part of a spec that differs there, as it was written."""
