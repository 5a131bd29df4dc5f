"""`--prices FILE`: what machines, disks and pods cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.spec.prices import PriceList

F = TypeVar("F", bound=Callable[..., Any])


def prices_option(command: F) -> F:
    """Add `--prices FILE` as the parameter `prices_file`."""
    text = "What machines, disks and pods cost; see docs/cost.md."
    return click.option("--prices", "prices_file", type=click.Path(path_type=Path), metavar="FILE", help=text)(command)


def read_prices(file: Path | None) -> PriceList | None:
    """Read what the option names.

    Raises:
        InputError: it cannot be read, or is no price file.
    """
    if file is None:
        return None
    from tfk8s.spec.price_file import load_prices

    return load_prices(file)
