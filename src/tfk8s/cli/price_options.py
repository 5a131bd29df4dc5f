"""`--prices FILE`: what machines, disks and pods cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.app.prices import Prices
    from tfk8s.spec import ServiceSpec
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


def hour_prices(
    *, pod: float | None, node: float | None, prices_file: Path | None, spec: Callable[[], ServiceSpec]
) -> Prices:
    """What a pod and a node cost for an hour: as the options say, or a node of the spec by the price file.

    Raises:
        InputError: the file is no price file, or does not tell what a node of the spec costs.
    """
    from tfk8s.app.prices import Prices

    prices = read_prices(prices_file)
    if prices is None:
        return Prices(pod_hour=pod, node_hour=node)
    if pod is not None or node is not None:
        raise click.UsageError("--prices says what a node costs: leave out --pod-price and --node-price")
    from tfk8s.app.cost_node import node_hour

    return Prices(node_hour=node_hour(spec(), prices))
