"""Wires canaries: what servers counted, and the way to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cli.wiring.servers import server_access

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.canary_prepare import CanarySource, PreparedCanary
    from tfk8s.app.carry_out import World
    from tfk8s.app.versions_canary import CanaryWorld
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.rollout.canary_record import CanaryRecord


def canary_world(
    aim: Aim, *, source: CanarySource, prepared: PreparedCanary, world: World, ca_file: Path | None, write: bool
) -> CanaryWorld:
    """What a canary needs; `write` says whether a promotion changes the spec file too."""
    from tfk8s.app.canary_promote import promote_canary
    from tfk8s.app.versions_canary import CanaryWorld
    from tfk8s.serving.metrics import PrometheusMetrics

    del aim, write

    def promote(record: CanaryRecord) -> str:
        del record
        access = server_access(world.cluster, ca_file=ca_file)
        return promote_canary(source, prepared, world=world, access=access)

    return CanaryWorld(world=world, metrics=PrometheusMetrics(), promote=promote)
