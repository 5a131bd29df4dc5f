"""The spec on the command line: `-f FILE`, or `-` for stdin; `--env` for an environment, `--region` for a region."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.spec import Region, RolloutSpec, ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_FILE = "tfk8s.yaml"
_ENVIRONMENT = "tfk8s.environment"
_REGIONS = "tfk8s.regions"
_STDIN = "tfk8s.stdin"


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


def region_option(command: F) -> F:
    """Add `--region NAME`, once or more. It is no parameter of the command: see `chosen_regions`."""
    return click.option(
        "--region",
        metavar="NAME",
        multiple=True,
        expose_value=False,
        is_eager=True,
        callback=_remember_regions,
        help="Region of the spec, as europe of its `regions`; may be given again.",
    )(command)


def _remember_regions(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> None:
    if "" in values:
        raise click.BadParameter("names no region", ctx=ctx, param=param)
    ctx.meta[_REGIONS] = values


def spec_option(command: F) -> F:
    """Add `-f` for one spec, and the options that choose in it."""
    option = click.option(
        "-f",
        "--file",
        "spec_file",
        type=click.Path(path_type=Path),
        default=DEFAULT_FILE,
        show_default=True,
        help="The spec; - reads stdin.",
    )
    return option(environment_option(region_option(command)))


def chosen_regions() -> tuple[str, ...]:
    """What `--region` says on this command line; () when it says nothing, which means all."""
    ctx = click.get_current_context(silent=True)
    found = ctx.meta.get(_REGIONS, ()) if ctx else ()
    return found if isinstance(found, tuple) else ()


def read_spec(spec_file: Path, *, region: str | None = None) -> tuple[ServiceSpec, Path]:
    """Read the spec, in the environment of `--env`, and tell the folder that its paths start from.

    Args:
        spec_file: the file.
        region: one of its regions; None for that of `--region`, or for a service without regions.

    Raises:
        InputError: it cannot be read, is no valid spec, has no such environment or region, or has regions of which one
            must be named.
    """
    from tfk8s.spec import load_spec

    base = Path() if str(spec_file) == "-" else spec_file.parent
    content, source = _content(spec_file)
    spec = load_spec(content, source=source, environment=chosen_environment())
    if not spec.regions and region is None:
        refuse_regions(source)
        return spec, base
    return _only(read_regions(spec_file), wanted=region, source=source).spec, base


def read_regions(spec_file: Path) -> tuple[Region, ...]:
    """The regions that are meant, in the order of the file; () for a service without regions.

    Raises:
        InputError: as `read_spec`.
    """
    from tfk8s.spec import load_regions

    content, source = _content(spec_file)
    regions = load_regions(content, source=source, environment=chosen_environment())
    if not regions:
        refuse_regions(source)
    chosen = known_regions(chosen_regions(), [region.name for region in regions], source=source)
    return tuple(region for region in regions if region.name in chosen)


def all_regions(spec_file: Path) -> tuple[tuple[Region, ...], RolloutSpec | None]:
    """Every region of the spec, also those that are not meant, and how a change goes from one to the next.

    Raises:
        InputError: it cannot be read, or is wrong.
    """
    from tfk8s.spec import load_regions, load_spec

    content, source = _content(spec_file)
    environment = chosen_environment()
    rollout = load_spec(content, source=source, environment=environment).rollout
    return load_regions(content, source=source, environment=environment), rollout


def known_regions(chosen: tuple[str, ...], names: list[str], *, source: str) -> tuple[str, ...]:
    """Those that are chosen, or all where none is.

    Raises:
        InputError: there is no such region.
    """
    from tfk8s.errors import InputError

    unknown = next((name for name in chosen if name not in names), None)
    if unknown is not None and names:
        raise InputError(
            f"{source} has no region {unknown}: it has {', '.join(names)}", hint="correct --region, or leave it out"
        )
    return chosen or tuple(names)


def refuse_regions(source: str) -> None:
    """Refuse `--region` for a service without regions.

    Raises:
        InputError: it was given.
    """
    from tfk8s.errors import InputError

    if chosen_regions():
        name = chosen_regions()[0]
        raise InputError(
            f"{source} has no regions, so no {name}",
            hint=f"write regions: {{{name}: {{context: ...}}}} with a cluster each, or leave --region out",
        )


def _only(regions: tuple[Region, ...], *, wanted: str | None, source: str) -> Region:
    from tfk8s.errors import InputError

    found = [region for region in regions if wanted in (None, region.name)]
    if len(found) != 1:
        names = ", ".join(region.name for region in regions)
        raise InputError(
            f"{source} is a service in several regions ({names}), and this is done in one of them",
            hint=f"name it: --region {regions[0].name}",
        )
    return found[0]


def _content(spec_file: Path) -> tuple[Path | bytes, str]:
    """What the file holds, and what messages call it; stdin is read once, whoever asks."""
    if str(spec_file) != "-":
        refuse_missing_default(spec_file)
        return spec_file, str(spec_file)
    ctx = click.get_current_context(silent=True)
    kept = ctx.meta.get(_STDIN) if ctx else None
    content = kept if isinstance(kept, bytes) else sys.stdin.buffer.read()
    if ctx is not None:
        ctx.meta[_STDIN] = content
    return content, "<stdin>"


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
    return option(environment_option(region_option(command)))


def read_specs(spec_files: tuple[Path, ...]) -> tuple[SpecFile, ...]:
    """Read every spec that is named or lies in a folder that is, in the environment of `--env`, once a region.

    Raises:
        InputError: one cannot be read, is wrong or has no such environment; or two are the same service.
    """
    from tfk8s.app.spec_files import read_spec_files

    for spec_file in spec_files:
        refuse_missing_default(spec_file)
    stdin = sys.stdin.buffer.read() if any(str(spec_file) == "-" for spec_file in spec_files) else None
    files = read_spec_files(spec_files, environment=chosen_environment(), stdin=stdin)
    return tuple(there for file in files for there in file.in_regions(_regions_of(file)))


def _regions_of(file: SpecFile) -> tuple[str, ...]:
    if not file.regions:
        refuse_regions(file.source)
    return known_regions(chosen_regions(), [region.name for region in file.regions], source=file.source)
