"""`--picture FILE` and `--html FILE`: refused before the work, or written whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import click

from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.pictures import GlobeMap, Picture, Report

F = TypeVar("F", bound=Callable[..., Any])
Kind: TypeAlias = Literal["svg", "png", "html"]
_PICTURES: Final[dict[str, Kind]] = {".svg": "svg", ".png": "png"}
_PAGES: Final[dict[str, Kind]] = {".html": "html", ".htm": "html"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A file to write, and what its ending says it will hold."""

    path: Path
    kind: Kind


def picture_option(command: F) -> F:
    """Add `--picture FILE` as the parameter `picture`, a `Target` or `None`."""
    return click.option(
        "--picture",
        metavar="FILE",
        callback=_picture,
        help="Write a picture too; the file ends in .svg or .png. Needs the extra `pictures`.",
    )(command)


def html_option(command: F) -> F:
    """Add `--html FILE` as the parameter `html`, a `Target` or `None`."""
    return click.option(
        "--html",
        metavar="FILE.html",
        callback=_page,
        help="Write a report too: one file that loads nothing. Needs the extra `pictures`.",
    )(command)


def write_picture(target: Target, picture: Picture) -> None:
    """Draw into the file, in the place of what was there.

    Raises:
        InputError: It cannot be written.
    """
    from tfk8s.pictures import draw

    _write(target, draw(picture, form="png" if target.kind == "png" else "svg"))


def write_map(target: Target, globe: GlobeMap) -> None:
    """Draw a map into the file, in the place of what was there.

    Raises:
        InputError: It cannot be written.
    """
    from tfk8s.pictures import draw_map

    _write(target, draw_map(globe, form="png" if target.kind == "png" else "svg"))


def write_page(target: Target, report: Report) -> None:
    """Write a report as HTML into the file, in the place of what was there.

    Raises:
        InputError: It cannot be written.
    """
    from tfk8s.pictures import to_html

    _write(target, to_html(report).encode())


def _picture(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    del ctx, param
    return None if value is None else _target(value, _PICTURES)


def _page(ctx: click.Context, param: click.Parameter, value: str | None) -> Target | None:
    del ctx, param
    return None if value is None else _target(value, _PAGES)


def _target(value: str, kinds: dict[str, Kind]) -> Target:
    """Refuse now what would fail after the work."""
    from tfk8s.pictures import require_drawing

    path = Path(value)
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise click.BadParameter(f"{value!r} ends in none of {', '.join(kinds)}")
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise click.BadParameter(f"{value!r} is a folder")
    if not os.access(path.parent, os.W_OK):
        raise click.BadParameter(f"the folder {str(path.parent)!r} cannot be written to")
    require_drawing()
    return Target(path=path, kind=kind)


def _write(target: Target, content: bytes) -> None:
    from tfk8s.app.whole_file import write_whole

    try:
        write_whole(target.path, content)
    except OSError as error:
        raise InputError(
            f"cannot write {target.path}: {error.strerror}", hint="name a file in a folder that can be written to"
        ) from error
