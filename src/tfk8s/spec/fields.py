"""Kinds of fields that several parts share: names, string maps, quantities, seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from tfk8s.spec.names import MAX_LABEL, MAX_NAME, is_dns_label, legal_name
from tfk8s.spec.quantity import Quantity, parse_quantity

_DOMAIN = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
QUALIFIED = rf"(?:{_DOMAIN}/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{{0,61}}[A-Za-z0-9])?\Z"
LABEL_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?\Z"
SUBDOMAIN = rf"{_DOMAIN}\Z"
ENV_NAME = r"[A-Za-z_][A-Za-z0-9_]*\Z"
OWNED_PREFIXES = ("app.kubernetes.io/", "tfk8s.dev/")
OWNED_VARIABLES = frozenset({"MODEL_NAME", "MODEL_BASE_PATH"})


def _service_name(text: str) -> str:
    if is_dns_label(text, longest=MAX_NAME):
        return text
    raise _name_error(text, longest=MAX_NAME)


def _dns_label(text: str) -> str:
    if is_dns_label(text):
        return text
    raise _name_error(text, longest=MAX_LABEL)


def _name_error(text: str, *, longest: int) -> PydanticCustomError:
    message = "{text} cannot name a Kubernetes object ({rule}, at most {longest} characters): write {proposal}"
    rule = "lower-case letters, digits and dashes, a letter first, no dash last"
    proposal = legal_name(text, longest=longest)
    return PydanticCustomError("name", message, {"text": text, "rule": rule, "longest": longest, "proposal": proposal})


def _subdomain(text: str) -> str:
    if len(text) > 253 or not re.match(SUBDOMAIN, text):
        message = "{text} is no Kubernetes name (lower-case letters, digits, dashes and dots, at most 253 characters)"
        raise PydanticCustomError("name", message, {"text": text})
    return text


def _qualified_key(text: str) -> str:
    prefix, _, _ = text.rpartition("/")
    if not re.match(QUALIFIED, text) or len(prefix) > 253:
        message = "{text} is no label or annotation key ([domain/]name, the name of at most 63 letters, digits, - _ .)"
        raise PydanticCustomError("key", message, {"text": text})
    return text


def _free_key(text: str) -> str:
    if text.startswith(OWNED_PREFIXES):
        raise PydanticCustomError("key", "{text} is set by tfk8s: choose another key", {"text": text})
    return _qualified_key(text)


def _label_value(text: str) -> str:
    if not re.match(LABEL_VALUE, text):
        message = "{text} is no label value (at most 63 letters, digits, - _ ., ending in letters or digits)"
        raise PydanticCustomError("label", message, {"text": text})
    return text


def _env_name(text: str) -> str:
    if not re.match(ENV_NAME, text):
        message = "{text} is no name of an environment variable (letters, digits and _, no digit first)"
        raise PydanticCustomError("env", message, {"text": text})
    if text in OWNED_VARIABLES:
        raise PydanticCustomError("env", "{text} is set by tfk8s: use model.name and model.source", {"text": text})
    return text


def quantity(value: object) -> Quantity:
    """Read an amount out of a file, as `parse_quantity` does."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise PydanticCustomError("quantity", "must be a quantity: write a number such as 2, 500m or 4Gi")
    try:
        return parse_quantity(value)
    except ValueError as error:
        raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from None


def _cpu(value: object) -> Quantity:
    amount = quantity(value)
    if amount.value * 1000 != amount.milli or not 1 <= amount.milli <= 1000 * MAX_CORES:
        message = "{text} is no amount of CPU: it goes from 1m to {most} in steps of 1m, such as 500m or 2"
        raise PydanticCustomError("quantity", message, {"text": str(amount), "most": MAX_CORES})
    return amount


def _memory(value: object) -> Quantity:
    amount = quantity(value)
    if amount.value != amount.units:
        message = "{text} is a fraction of a byte: m means thousandths; write Mi for mebibytes"
        raise PydanticCustomError("quantity", message, {"text": str(amount)})
    if amount.units < MIN_MEMORY_BYTES:
        message = "{text} bytes of memory is less than the server starts with: write for example 512Mi or 4Gi"
        raise PydanticCustomError("quantity", message, {"text": str(amount)})
    if amount.units > MAX_MEMORY_BYTES:
        raise PydanticCustomError("quantity", "{text} is more memory than any node has", {"text": str(amount)})
    return amount


def _size(value: object) -> Quantity:
    amount = quantity(value)
    if amount.value != amount.units or not 1 <= amount.units <= MAX_MEMORY_BYTES:
        message = "{text} is no number of bytes: write for example 16Mi"
        raise PydanticCustomError("quantity", message, {"text": str(amount)})
    return amount


def _auto_or_memory(value: object) -> Auto | Quantity:
    return "auto" if value == "auto" else _memory(value)


def _auto_or_seconds(value: object) -> Auto | int:
    if value == "auto":
        return "auto"
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_SECONDS:
        message = "must be auto or whole seconds from 1 to {most}"
        raise PydanticCustomError("seconds", message, {"most": MAX_SECONDS})
    return value


Auto: TypeAlias = Literal["auto"]
MAX_SECONDS = 86_400
MIN_MEMORY_BYTES = 64 * 2**20
"""No server with a graph loaded has been seen to run in less; a smaller number is a slip of the unit."""

MAX_CORES = 1024
"""More than any node has; thread pools are computed from it and must fit into the flags' 32 bits."""

MAX_MEMORY_BYTES = 64 * 2**40

QUANTITY_SCHEMA: JsonSchemaValue = {
    "type": ["string", "number"],
    "pattern": r"^[0-9.]*[1-9][0-9.]*([numkMGTPE]|[KMGTPE]i)?$",
    "exclusiveMinimum": 0,
}
_AUTO_SECONDS_SCHEMA: JsonSchemaValue = {
    "anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MAX_SECONDS}]
}

ServiceName: TypeAlias = Annotated[str, AfterValidator(_service_name)]
DnsLabel: TypeAlias = Annotated[str, AfterValidator(_dns_label)]
ObjectName: TypeAlias = Annotated[str, AfterValidator(_subdomain)]
LabelKey: TypeAlias = Annotated[str, AfterValidator(_qualified_key)]
FreeKey: TypeAlias = Annotated[str, AfterValidator(_free_key)]
LabelValue: TypeAlias = Annotated[str, AfterValidator(_label_value)]
Labels: TypeAlias = Mapping[FreeKey, LabelValue]
Annotations: TypeAlias = Mapping[FreeKey, str]
SelectorLabels: TypeAlias = Mapping[LabelKey, LabelValue]
Environment: TypeAlias = Mapping[Annotated[str, AfterValidator(_env_name)], str]
Cpu: TypeAlias = Annotated[Quantity, PlainValidator(_cpu), PlainSerializer(str), WithJsonSchema(QUANTITY_SCHEMA)]
Size: TypeAlias = Annotated[Quantity, PlainValidator(_size), PlainSerializer(str), WithJsonSchema(QUANTITY_SCHEMA)]
AutoMemory: TypeAlias = Annotated[
    Union[Auto, Quantity],
    PlainValidator(_auto_or_memory),
    PlainSerializer(str),
    WithJsonSchema({"anyOf": [{"const": "auto"}, QUANTITY_SCHEMA]}),
]
AutoSeconds: TypeAlias = Annotated[
    Union[Auto, int], PlainValidator(_auto_or_seconds), WithJsonSchema(_AUTO_SECONDS_SCHEMA)
]
Seconds: TypeAlias = Annotated[int, Field(ge=1, le=MAX_SECONDS)]
