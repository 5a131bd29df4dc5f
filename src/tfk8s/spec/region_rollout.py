"""How a change goes from region to region."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tfk8s.spec.part import Part


class RolloutSpec(Part):
    """How a change goes from region to region: the first one bakes before the next one begins."""

    bake_seconds: Annotated[int, Field(ge=0, le=86400)] = 600
    """How long the first region is watched under its own requests, before the next one begins; 0: not at all.
    Default: 600."""

    min_requests: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    """Predictions that the first region, and what it is compared with, must have seen until then; 0: a region that
    nobody asks passes. Default: 100."""
