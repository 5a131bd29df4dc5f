"""The watch over the first region, around whatever changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.app.carry_out import World
    from tfk8s.cli.cluster_options import Aim

T = TypeVar("T")


def with_bake(
    work: Callable[[], T],
    *,
    aim: Aim,
    world: World,
    undo: str,
    is_changed: Callable[[T], bool],
    waits: bool = True,
) -> T:
    """Do the work, and watch what it did where that is the first of several regions.

    Args:
        work: changes the service in the region of `aim`.
        aim: in one region, or in none.
        world: of its cluster.
        undo: the command that takes it back there.
        is_changed: whether the work changed anything.
        waits: whether the command line waits for the service.

    Raises:
        UsageError: nobody waits, where the next region has to.
        Tfk8sError: of the work, or see `after_change`.
    """
    from tfk8s.app.bake import after_change, before_change
    from tfk8s.cli import wiring

    bake = wiring.bake_of(aim, world=world, undo=undo)
    if bake is None:
        return work()
    if not waits:
        raise click.UsageError(
            f"{aim.region} is watched before the next region begins: leave out --no-wait, "
            "or set rollout.bakeSeconds: 0 in the spec"
        )
    before = before_change(bake)
    done = work()
    after_change(bake, before=before, is_changed=is_changed(done))
    return done
