"""Reads a spec file: all that is wrong with it in one go, each error with its place."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Iterable

from pydantic_core import ValidationError

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import Document, Path, Problem, failure, read_one
from tfk8s.spec.environments import FIELD, environments_of, overlay, without_environments
from tfk8s.spec.messages import empty_fields, needless, problems_of
from tfk8s.spec.nearest import nearest
from tfk8s.spec.service import API_VERSION, ServiceSpec
from tfk8s.spec.validation import validator_of

MAX_BYTES = 1 << 20
"""A spec of a hundred models has some 20 KB; what is longer is another file."""


def load_spec(
    file: pathlib.Path | str | bytes, *, source: str | None = None, environment: str | None = None
) -> ServiceSpec:
    """Read a spec.

    Args:
        file: a `Path` is opened; anything else is the text itself (as read from stdin).
        source: what messages call it. Default: the path, or `<stdin>`.
        environment: one of the file's `environments`, laid over the rest. Default: the rest alone, after every
            environment has been tried, so that a mistake in any shows early.

    Raises:
        InputError: it cannot be read, it has no such environment, or `details` lists every error as
            `file:line:column: field: message`. Rules that join several fields are checked once each field by itself
            is right.
    """
    text, name = _text(file, source=source)
    if environment is None:
        return _specs(text, source=name, is_wanted=lambda _: True)[None]
    found = _specs(text, source=name, is_wanted=lambda key: key == environment)
    if environment not in found:
        raise _unknown(environment, _specs(text, source=name, is_wanted=lambda key: key is not None), source=name)
    return found[environment]


def load_environments(file: pathlib.Path | str | bytes, *, source: str | None = None) -> dict[str, ServiceSpec]:
    """The spec in each of its environments, in the order of the file; empty when it has none.

    Raises:
        InputError: as `load_spec`, for any environment.
    """
    text, name = _text(file, source=source)
    found = _specs(text, source=name, is_wanted=lambda key: key is not None)
    return {key: spec for key, spec in found.items() if key is not None}


def load_whole(
    file: pathlib.Path | str | bytes, *, source: str | None = None
) -> tuple[ServiceSpec, dict[str, ServiceSpec]]:
    """What `load_spec` and `load_environments` give, from one reading.

    Raises:
        InputError: as `load_spec`.
    """
    text, name = _text(file, source=source)
    found = _specs(text, source=name, is_wanted=lambda _: True)
    return found[None], {key: spec for key, spec in found.items() if key is not None}


def _text(file: pathlib.Path | str | bytes, *, source: str | None) -> tuple[str | bytes, str]:
    if isinstance(file, pathlib.Path):
        return _read(file), source or str(file)
    return file, source or "<stdin>"


def _specs(text: str | bytes, *, source: str, is_wanted: Callable[[str | None], bool]) -> dict[str | None, ServiceSpec]:
    """The spec without an environment under None, and in each of its environments; those that are wanted."""
    if len(text) > MAX_BYTES:
        raise InputError(f"{source} is larger than {MAX_BYTES >> 20} MiB, no spec is", hint=_START)
    reading = read_one(text, source=source)
    problems = list(reading.problems)
    specs: dict[str | None, ServiceSpec] = {}
    for document in reading.documents:
        _refuse_manifest(document)
        trial = _Trial(document=document, traps=tuple(problems))
        specs = trial.specs(is_wanted)
        problems += trial.problems
    if problems:
        raise failure(tuple(problems), source=source)
    return specs


class _Trial:
    """One document tried without and in its environments; what is wrong gathers in `problems`."""

    def __init__(self, *, document: Document, traps: tuple[Problem, ...]) -> None:
        self._document = document
        self._traps = traps
        self.problems: list[Problem] = []

    def specs(self, is_wanted: Callable[[str | None], bool]) -> dict[str | None, ServiceSpec]:
        """Those that are wanted and right."""
        specs: dict[str | None, ServiceSpec] = {}
        base, own = self._tried(self._document, empty=empty_fields(without_environments(self._document)))
        shapes = [problem for problem in own if problem.path[:1] == (FIELD,)]
        self._traps = (*self._traps, *shapes)
        self.problems += own if is_wanted(None) else shapes
        if base is not None and is_wanted(None):
            specs[None] = base
        for name in environments_of(self._document):
            if is_wanted(name):
                spec = self._in_environment(name, own=own)
                if spec is not None:
                    specs[name] = spec
        return specs

    def _in_environment(self, name: str, *, own: list[Problem]) -> ServiceSpec | None:
        laid = overlay(self._document, environment=name)
        spec, found = self._tried(laid.document, empty=(*empty_fields(laid.document), *needless(laid)))
        known = {(problem.path, problem.message) for problem in own}
        for problem in found:
            path, message = laid.origin(problem.path), problem.message
            if path == problem.path and (path, message) not in known:
                message += f" (in environment {name})"
            moved = Problem(source=problem.source, mark=problem.mark, path=path, message=message)
            if moved not in self.problems and not _is_covered(moved, self._traps):
                self.problems.append(moved)
        return spec

    def _tried(self, document: Document, *, empty: Iterable[Problem]) -> tuple[ServiceSpec | None, list[Problem]]:
        problems = list(empty)
        traps = (*self._traps, *problems)
        try:
            spec = _validate(document)
        except ValidationError as error:
            found = problems_of(error.errors(include_url=False), document)
            problems += [problem for problem in found if not _is_covered(problem, traps)]
            return None, problems
        return spec, problems


def _unknown(environment: str, known: Iterable[str | None], *, source: str) -> InputError:
    names = [name for name in known if name is not None]
    if not names:
        hint = f"write environments: {{{environment}: {{}}}} with what differs there, or leave the environment out"
        return InputError(f"{source} has no environments, so no {environment}", hint=hint)
    near = nearest(environment, names)
    ordered = [near, *(name for name in names if name != near)] if near else names
    hint = f"add {environment}: {{}} to its environments when nothing differs there"
    return InputError(f"{source} has no environment {environment}: it has {', '.join(ordered)}", hint=hint)


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
    spec: ServiceSpec = validator_of(ServiceSpec).validate_json(text, by_alias=True, by_name=False)
    return spec


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
