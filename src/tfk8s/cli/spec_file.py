"""The spec on the command line: `-f FILE`, or `-` for stdin; `--env NAME` for one of its environments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_FILE = "tfk8s.yaml"
_ENVIRONMENT = "tfk8s.environment"


def environment_option(command: F) -> F:
    """Add `--env NAME`. It is no parameter of the command: whatever reads a spec asks `chosen_environment`."""
    return click.option(
        "--env",
        metavar="NAME",
        multiple=True,
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Environment of the spec, as prod of its `environments`.",
    )(command)


def _remember(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> None:
    if "" in values:  # an unset variable of a pipeline is not the spec without an environment
        raise click.BadParameter("names no environment", ctx=ctx, param=param)
    if len(values) > 1:
        raise click.BadParameter(f"is one environment, not {' and '.join(values)}", ctx=ctx, param=param)
    ctx.meta[_ENVIRONMENT] = values[0] if values else None


def chosen_environment() -> str | None:
    """What `--env` says on this command line; None when it says nothing."""
    ctx = click.get_current_context(silent=True)
    found = ctx.meta.get(_ENVIRONMENT) if ctx else None
    return found if isinstance(found, str) else None


def read_spec(spec_file: Path) -> tuple[ServiceSpec, Path]:
    """Read the spec, in the environment of `--env`, and tell the folder that its paths start from.

    Raises:
        InputError: it cannot be read, is no valid spec, or has no such environment.
    """
    from tfk8s.spec import load_spec

    environment = chosen_environment()
    if str(spec_file) == "-":
        return load_spec(sys.stdin.buffer.read(), source="<stdin>", environment=environment), Path()
    refuse_missing_default(spec_file)
    return load_spec(spec_file, environment=environment), spec_file.parent


def refuse_missing_default(spec_file: Path) -> None:
    """Say how to get a spec, where none was named and none is here.

    Raises:
        InputError: so it is.
    """
    from tfk8s.errors import InputError

    if spec_file == Path(DEFAULT_FILE) and not spec_file.exists():
        raise InputError(
            f"there is no {DEFAULT_FILE} here", hint="tfk8s init MODEL_DIR writes one; -f names another file"
        )


def specs_option(command: F) -> F:
    """Add `-f/--file` as the parameter `spec_files`, once or more, for files and folders; and `--env`."""
    option = click.option(
        "-f",
        "--file",
        "spec_files",
        type=click.Path(path_type=Path),
        multiple=True,
        default=(DEFAULT_FILE,),
        show_default=DEFAULT_FILE,
        help="A spec, or a folder with specs; may be given again; - reads stdin.",
    )
    return option(environment_option(command))


def read_specs(spec_files: tuple[Path, ...]) -> tuple[SpecFile, ...]:
    """Read every spec that is named or lies in a folder that is, in the environment of `--env`.

    Raises:
        InputError: one cannot be read, is wrong or has no such environment; or two are the same service.
    """
    from tfk8s.app.spec_files import read_spec_files

    for spec_file in spec_files:
        refuse_missing_default(spec_file)
    stdin = sys.stdin.buffer.read() if any(str(spec_file) == "-" for spec_file in spec_files) else None
    return read_spec_files(spec_files, environment=chosen_environment(), stdin=stdin)
