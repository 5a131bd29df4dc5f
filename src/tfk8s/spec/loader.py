"""Reads a spec file: all that is wrong with it in one go, each error with its place."""

from __future__ import annotations

import json
import pathlib

from pydantic import ValidationError

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import Document, Path, Problem, failure, read_one
from tfk8s.spec.messages import empty_fields, problems_of
from tfk8s.spec.service import API_VERSION, ServiceSpec

MAX_BYTES = 1 << 20
"""A spec of a hundred models has some 20 KB; what is longer is another file."""


def load_spec(file: pathlib.Path | str | bytes, *, source: str | None = None) -> ServiceSpec:
    """Read a spec.

    Args:
        file: a `Path` is opened; anything else is the text itself (as read from stdin).
        source: what messages call it. Default: the path, or `<stdin>`.

    Raises:
        InputError: it cannot be read, or `details` lists every error as `file:line:column: field: message`. Rules that
            join several fields are checked once each field by itself is right.
    """
    if isinstance(file, pathlib.Path):
        return parse_spec(_read(file), source=source or str(file))
    return parse_spec(file, source=source or "<stdin>")


def parse_spec(text: str | bytes, *, source: str) -> ServiceSpec:
    """Read a spec out of its text; errors as in `load_spec`."""
    if len(text) > MAX_BYTES:
        raise InputError(f"{source} is larger than {MAX_BYTES >> 20} MiB, no spec is", hint=_START)
    reading = read_one(text, source=source)
    problems = list(reading.problems)
    for document in reading.documents:
        _refuse_manifest(document)
        problems += empty_fields(document)
        traps = tuple(problems)
        try:
            spec = _validate(document)
        except ValidationError as error:
            found = problems_of(error.errors(include_url=False), document)
            problems += [problem for problem in found if not _is_covered(problem, traps)]
        else:
            if not problems:
                return spec
    raise failure(tuple(problems), source=source)


_START = "tfk8s init MODEL_DIR writes one to start from"


def _read(path: pathlib.Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise InputError(
            f"{path} is a directory, not a spec", hint="name the file in it, such as tfk8s.yaml"
        ) from error
    except FileNotFoundError as error:
        raise InputError(f"there is no {path}", hint=_START) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read {path}: {reason}", hint="check the path and its permissions") from error


def _validate(document: Document) -> ServiceSpec:
    # As JSON, so that strictness means JSON's types: a list is read into a tuple, a number never into text.
    text = json.dumps(document.value)
    return ServiceSpec.model_validate_json(text, by_alias=True, by_name=False)


def _refuse_manifest(document: Document) -> None:
    value = document.value
    if isinstance(value, dict) and "kind" in value and "metadata" in value:
        message = f"{document.source} is a Kubernetes {value['kind']}, not a spec (apiVersion: {API_VERSION})"
        raise InputError(message, hint=_START)


def _is_covered(problem: Problem, traps: tuple[Problem, ...]) -> bool:
    """Whether a trap in the same field is the reason, so that one slip gives one error."""
    return any(trap.path and problem.path and _overlap(trap.path, problem.path) for trap in traps)


def _overlap(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
