"""Reads a price file: all that is wrong with it in one go, each error with its place."""

from __future__ import annotations

import json
import pathlib

from pydantic_core import ValidationError

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import failure, read_one
from tfk8s.spec.messages import empty_fields, problems_of
from tfk8s.spec.prices import PRICES_VERSION, PriceList
from tfk8s.spec.schema import schema_of
from tfk8s.spec.validation import validator_of

_LARGEST_BYTES = 8 << 20
_START = f"a price file starts with apiVersion: {PRICES_VERSION}; docs/cost.md has one"


def load_prices(file: pathlib.Path) -> PriceList:
    """Read prices.

    Raises:
        InputError: the file cannot be read, or `details` lists every error as `file:line:column: field: message`.
    """
    reading = read_one(_read(file), source=str(file))
    problems = [*reading.problems, *(problem for found in reading.documents for problem in empty_fields(found))]
    if problems:
        raise failure(tuple(problems), source=str(file))
    (document,) = reading.documents
    try:
        found: PriceList = validator_of(PriceList).validate_json(
            json.dumps(document.value), by_alias=True, by_name=False
        )
    except ValidationError as error:
        wrong = problems_of(error.errors(include_url=False), document, schema=schema_of(PriceList))
        raise failure(tuple(wrong), source=str(file)) from error
    return found


def _read(file: pathlib.Path) -> bytes:
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the prices in {file}: {error.strerror}", hint=_START) from error
    if len(text) > _LARGEST_BYTES:
        raise InputError(f"{file} is larger than {_LARGEST_BYTES >> 20} MiB, no price file is", hint=_START)
    return text
