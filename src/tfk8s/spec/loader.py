"""Reads a spec file: all that is wrong with it in one go, each error with its place."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable

from tfk8s.errors import InputError
from tfk8s.manifest.yaml import MAX_PROBLEMS, Document, failure, read_one
from tfk8s.spec.nearest import nearest
from tfk8s.spec.regions import Region
from tfk8s.spec.service import API_VERSION, ServiceSpec
from tfk8s.spec.trial import Read, Trial

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

    Returns:
        The service; one with regions is as in the first of them, and `regions` is what each says. `load_regions` has
        them all.

    Raises:
        InputError: it cannot be read, it has no such environment, or `details` lists every error as
            `file:line:column: field: message`. Rules that join several fields are checked once each field by itself
            is right.
    """
    text, name = _text(file, source=source)
    return _one(text, source=name, environment=environment).spec


def load_regions(
    file: pathlib.Path | str | bytes, *, source: str | None = None, environment: str | None = None
) -> tuple[Region, ...]:
    """The service in each of its regions, in the order of the file; empty when it has none.

    Raises:
        InputError: as `load_spec`.
    """
    text, name = _text(file, source=source)
    return _one(text, source=name, environment=environment).regions


def load_environments(file: pathlib.Path | str | bytes, *, source: str | None = None) -> dict[str, ServiceSpec]:
    """The spec in each of its environments, in the order of the file; empty when it has none.

    Raises:
        InputError: as `load_spec`, for any environment.
    """
    text, name = _text(file, source=source)
    found = _specs(text, source=name, is_wanted=lambda key: key is not None)
    return {key: read.spec for key, read in found.items() if key is not None}


def load_whole(
    file: pathlib.Path | str | bytes, *, source: str | None = None
) -> tuple[ServiceSpec, dict[str, ServiceSpec]]:
    """What `load_spec` and `load_environments` give, from one reading.

    Raises:
        InputError: as `load_spec`.
    """
    text, name = _text(file, source=source)
    found = _specs(text, source=name, is_wanted=lambda _: True)
    return found[None].spec, {key: read.spec for key, read in found.items() if key is not None}


def _one(text: str | bytes, *, source: str, environment: str | None) -> Read:
    if environment is None:
        return _specs(text, source=source, is_wanted=lambda _: True)[None]
    found = _specs(text, source=source, is_wanted=lambda key: key == environment)
    if environment not in found:
        raise _unknown(environment, _specs(text, source=source, is_wanted=lambda key: key is not None), source=source)
    return found[environment]


def _text(file: pathlib.Path | str | bytes, *, source: str | None) -> tuple[str | bytes, str]:
    if isinstance(file, pathlib.Path):
        return _read(file), source or str(file)
    return file, source or "<stdin>"


def _specs(text: str | bytes, *, source: str, is_wanted: Callable[[str | None], bool]) -> dict[str | None, Read]:
    """The spec without an environment under None, and in each of its environments; those that are wanted."""
    if len(text) > MAX_BYTES:
        raise InputError(f"{source} is larger than {MAX_BYTES >> 20} MiB, no spec is", hint=_START)
    reading = read_one(text, source=source)
    problems = list(reading.problems)
    specs: dict[str | None, Read] = {}
    for document in reading.documents:
        _refuse_manifest(document)
        trial = Trial(document=document, traps=tuple(problems))
        specs = trial.specs(is_wanted)
        problems += trial.problems
    if problems:
        raise failure(tuple(problems[:MAX_PROBLEMS]), source=source)
    return specs


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


def _refuse_manifest(document: Document) -> None:
    value = document.value
    if isinstance(value, dict) and "kind" in value and "metadata" in value:
        message = f"{document.source} is a Kubernetes {value['kind']}, not a spec (apiVersion: {API_VERSION})"
        raise InputError(message, hint=_START)
