"""A snapshot of live objects to a verdict: progressing, complete or failed. Pure."""

from __future__ import annotations

from tfk8s.rollout.assess import RolloutState, RolloutStatus, assess, ready_endpoints

__all__ = ["RolloutState", "RolloutStatus", "assess", "ready_endpoints"]
