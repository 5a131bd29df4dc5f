"""How fast an autoscaler may go, when the spec says more of it than windows."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tfk8s.spec.part import Part

Select: TypeAlias = Literal["max", "min", "disabled"]


class PacePolicy(Part):
    """How many pods may come or go in some seconds: a number of them, or percent of those that there are."""

    pods: Annotated[int, Field(ge=1, le=1000)] | None = None
    """So many pods; either this or `percent`."""

    percent: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """So many pods of a hundred."""

    seconds: Annotated[int, Field(ge=1, le=1800)]
    """In so many seconds; 1800 at most, as the API server demands."""


class PaceSpec(Part):
    """How fast, in one direction."""

    policies: Annotated[tuple[PacePolicy, ...], Field(max_length=200)] = ()
    """Each bounds the change. Default: those that every service has, see docs/scaling.md."""

    select: Select = "max"
    """max: the policy that lets most pods change counts; min: the one that lets fewest; disabled: no change in this
    direction at all. Default: max, as in Kubernetes."""

    tolerance_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    """Percent by which a metric may miss its target before the number of pods changes. Needs Kubernetes 1.35; left
    out, with a warning, for an older one. Default: the controller's own, 10."""
