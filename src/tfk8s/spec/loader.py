"""Reads a spec file: all that is wrong with it in one go, each error with its place."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import Problem, failure
from tfk8s.manifest.yaml_reader import read_one
from tfk8s.spec.service import ServiceSpec


def load_spec(file: Path | str, *, source: str | None = None) -> ServiceSpec:
    """Read a spec.

    Args:
        file: a `Path` is opened; a `str` is the text itself (as read from stdin).
        source: what messages call it. Default: the path, or `<stdin>`.

    Raises:
        InputError: it cannot be read, or `details` lists every error as `file:line:column: field: message`.
    """
    if isinstance(file, Path):
        shown = source or str(file)
        try:
            text: bytes | str = file.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {shown}: {error.strerror}") from error
    else:
        shown, text = source or "<stdin>", file
    reading = read_one(text, source=shown)
    if reading.problems:
        raise failure(reading.problems, source=shown)
    document = reading.documents[0]
    try:
        return ServiceSpec.model_validate_json(json.dumps(document.value), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = tuple(
            Problem(source=shown, mark=document.value_mark(found["loc"]), path=found["loc"], message=found["msg"])
            for found in error.errors()
        )
        raise failure(problems, source=shown) from error
