"""What a user wants to know, from a file's bytes: a picture, or JSON in one of the server's two formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Union

from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.json_text import parse_json
from tfk8s.ports import Columns, Rows

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_FORMS = '{"instances": [...]}, {"inputs": ...}, or a bare list of instances'


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A JPEG or PNG file."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """Values as JSON, and the signature when the JSON names one."""

    body: Rows | Columns
    signature: str | None


Question: TypeAlias = Union[Picture, Tensors]


def read_question(data: bytes, *, source: str) -> Question:
    """Tell by the content what the input is; the file's name does not matter.

    Raises:
        InputError: neither a JPEG or PNG picture, nor JSON in a form that the server takes.
    """
    if data.startswith((_JPEG, _PNG)):
        return Picture(data=data)
    try:
        value: JsonValue = parse_json(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{source} is neither a JPEG or PNG picture nor JSON", hint=f"JSON is {_FORMS}") from error
    except ValueError as error:
        raise InputError(f"{source} is no JSON: {error}", hint=f"write {_FORMS}") from error
    except RecursionError as error:
        raise InputError(f"{source} is nested too deeply", hint=f"write {_FORMS}") from error
    return _tensors(value, source=source)


def _tensors(value: JsonValue, *, source: str) -> Tensors:
    if isinstance(value, list):
        return Tensors(body=Rows(instances=value), signature=None)
    if not isinstance(value, dict):
        raise InputError(f"{source} holds a single value", hint=f"write {_FORMS}")
    formats = [key for key in ("instances", "inputs") if key in value]
    if len(formats) != 1:
        found = "both instances and inputs" if formats else f"the keys {', '.join(sorted(value)) or '(none)'}"
        raise InputError(f"{source} has {found}", hint=f"write {_FORMS}")
    signature = value.get("signature_name")
    if signature is not None and not isinstance(signature, str):
        raise InputError(f"signature_name in {source} is no text", hint="leave it out, or write its name in quotes")
    if formats == ["inputs"]:
        return Tensors(body=Columns(inputs=value["inputs"]), signature=signature)
    instances = value["instances"]
    if not isinstance(instances, list):
        raise InputError(f"instances in {source} is no list", hint='write {"instances": [...]}, one entry an example')
    return Tensors(body=Rows(instances=instances), signature=signature)
