"""Wires canaries: what servers counted, the way to everybody, and the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cli.wiring.servers import server_access

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.canary_prepare import CanarySource, PreparedCanary
    from tfk8s.app.canary_promote import CanaryPromotion, SpecFile
    from tfk8s.app.carry_out import World
    from tfk8s.app.versions_canary import CanaryWorld
    from tfk8s.rollout.canary_record import CanaryRecord


def canary_promotion(
    source: CanarySource,
    prepared: PreparedCanary,
    *,
    file: SpecFile,
    world: World,
    ca_file: Path | None,
    has_image: bool,
) -> CanaryPromotion:
    """How the version becomes everybody's; `has_image` says whether the user named another image."""
    from tfk8s.app.canary_promote import CanaryPromotion

    return CanaryPromotion(
        source=source,
        prepared=prepared,
        file=file,
        world=world,
        access=server_access(world.cluster, ca_file=ca_file),
        has_image=has_image,
    )


def canary_world(promotion: CanaryPromotion) -> CanaryWorld:
    """What a canary needs."""
    from tfk8s.app.canary_promote import note_end, note_turn
    from tfk8s.app.versions_canary import CanaryWorld
    from tfk8s.serving.metrics import PrometheusMetrics

    name, world = promotion.prepared.request.name, promotion.world

    def journal(record: CanaryRecord, note: str) -> None:
        (note_end if record.outcome else note_turn)(record, note, name=name, world=world)

    return CanaryWorld(world=world, metrics=PrometheusMetrics(), promote=promotion.promote, journal=journal)
