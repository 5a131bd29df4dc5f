"""Fields that few specs have, and that hold more than half of all models: loaded when a spec has one."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic_core import core_schema

from tfk8s.spec.validation import validator_of

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

    from tfk8s.spec.cluster import ClusterSpec
    from tfk8s.spec.gitops import GitOpsSpec
    from tfk8s.spec.region_rollout import RolloutSpec
    from tfk8s.spec.scaling_pace import PaceSpec
    from tfk8s.spec.scaling_source import MetricSource, ScheduleSpec, WakeSpec


class Deferred:
    """How pydantic reads a field whose type is `name` of `module`, and what the schema says of it."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.with_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema
        from pydantic import TypeAdapter

        inner = TypeAdapter(self._kind()).core_schema
        return handler(core_schema.union_schema([inner]))  # of one: a part inside of something gets its own definition

    def _read(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        reader = validator_of(self._kind())
        if info.mode == "json":  # as JSON again, so that strictness means JSON's types
            return reader.validate_json(json.dumps(value), by_alias=True, by_name=False)
        return reader.validate_python(value)

    def _kind(self) -> Any:
        return getattr(import_module(self._module), self._name)


if TYPE_CHECKING:
    ClusterField: TypeAlias = ClusterSpec
    GitOpsField: TypeAlias = GitOpsSpec
    PaceField: TypeAlias = PaceSpec
    RolloutField: TypeAlias = RolloutSpec
    ScheduleField: TypeAlias = ScheduleSpec
    SourceField: TypeAlias = MetricSource
    WakeField: TypeAlias = WakeSpec
else:
    ClusterField = Annotated[Any, Deferred("tfk8s.spec.cluster", "ClusterSpec")]
    GitOpsField = Annotated[Any, Deferred("tfk8s.spec.gitops", "GitOpsSpec")]
    PaceField = Annotated[Any, Deferred("tfk8s.spec.scaling_pace", "PaceSpec")]
    RolloutField = Annotated[Any, Deferred("tfk8s.spec.region_rollout", "RolloutSpec")]
    ScheduleField = Annotated[Any, Deferred("tfk8s.spec.scaling_source", "ScheduleSpec")]
    SourceField = Annotated[Any, Deferred("tfk8s.spec.scaling_source", "MetricSource")]
    WakeField = Annotated[Any, Deferred("tfk8s.spec.scaling_source", "WakeSpec")]
