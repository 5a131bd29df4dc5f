"""Gives the version of a canary that has passed to everybody."""

from __future__ import annotations

from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.canary_prepare import CanarySource, PreparedCanary, promoted_service
from tfk8s.app.carry_out import World
from tfk8s.app.wait import ServerAccess


def promote_canary(source: CanarySource, prepared: PreparedCanary, *, world: World, access: ServerAccess) -> str:
    """Apply the service with the version for everybody; new pods start with it before old ones go.

    Returns:
        How, in a few words.

    Raises:
        RolloutFailedError, ClusterRejectedError, WaitTimeoutError: see `apply_service`, which goes back by itself.
    """
    service = promoted_service(source, prepared, cluster=world.cluster)
    options = ApplyOptions(timeout_s=float(service.rendered.rollout_timeout_s))
    applied = apply_service(service.deployable, world=world, access=access, options=options)
    return "; ".join(map(str, applied.answers)) or "applied"
