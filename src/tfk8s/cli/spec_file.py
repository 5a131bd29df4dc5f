"""The spec on the command line: `-f FILE`, or `-` for stdin."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_FILE = "tfk8s.yaml"


def spec_option(command: F) -> F:
    """Add `-f/--file` as the parameter `spec_file`."""
    return click.option(
        "-f",
        "--file",
        "spec_file",
        type=click.Path(path_type=Path),
        default=DEFAULT_FILE,
        show_default=True,
        help="The spec; - reads it from stdin.",
    )(command)


def read_spec(spec_file: Path) -> tuple[ServiceSpec, Path]:
    """Read the spec, and tell the folder that its paths start from.

    Raises:
        InputError: it cannot be read, or is no valid spec.
    """
    from tfk8s.errors import InputError
    from tfk8s.spec import load_spec

    if str(spec_file) == "-":
        return load_spec(sys.stdin.buffer.read(), source="<stdin>"), Path()
    if spec_file == Path(DEFAULT_FILE) and not spec_file.exists():
        raise InputError(
            f"there is no {DEFAULT_FILE} here", hint="tfk8s init MODEL_DIR writes one; -f names another file"
        )
    return load_spec(spec_file), spec_file.parent
