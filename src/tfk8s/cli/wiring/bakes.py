"""Wires the watch over the first region."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfk8s.cli.wiring.clusters import cluster_for

if TYPE_CHECKING:
    from tfk8s.app.bake import Bake
    from tfk8s.app.carry_out import World
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.ports import Cluster
    from tfk8s.spec import Region


def bake_of(aim: Aim, *, world: World, undo: str) -> Bake | None:
    """How a change is watched in the region of `aim`; None where it is not: only the first of several bakes.

    Args:
        aim: in one region.
        world: of its cluster.
        undo: the command that takes the change back there.
    """
    from tfk8s.app.bake import Bake
    from tfk8s.app.service import ServiceName
    from tfk8s.cli.spec_file import all_regions
    from tfk8s.rollout.bake import BakePlan
    from tfk8s.rollout.comparison import Limits
    from tfk8s.serving.metrics import PrometheusMetrics
    from tfk8s.spec import RolloutSpec

    if aim.region is None:
        return None
    regions, rollout = all_regions(aim.spec_file)
    rollout = rollout or RolloutSpec()
    if len(regions) < 2 or aim.region != regions[0].name or not rollout.bake_seconds:
        return None
    spec = aim.spec()
    return Bake(
        plan=BakePlan(
            region=aim.region,
            for_s=float(rollout.bake_seconds),
            limits=Limits(min_requests=rollout.min_requests),
        ),
        name=ServiceName.of(spec),
        models=tuple(model.name for model in spec.served_models),
        world=world,
        others=lambda: tuple(_others(aim, regions[1:], world=world)),
        metrics=PrometheusMetrics(),
        undo=undo,
    )


def _others(aim: Aim, regions: tuple[Region, ...], *, world: World) -> list[Cluster]:
    """Connections to the other regions; one that cannot be had is told, and keeps nobody from watching the first."""
    from tfk8s.errors import Tfk8sError
    from tfk8s.ports import Warn

    found = []
    for region in regions:
        there = replace(aim, region=region.name)
        try:
            found.append(cluster_for(there, spec=there.spec()))
        except Tfk8sError as error:
            message = f"{region.name} is not compared with: {error.message}"
            world.reporter.emit(Warn(message=message))
    return found
