"""What a HorizontalPodAutoscaler asks for, and the flags of the controller that answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, TypeAlias

DEFAULT_TOLERANCE: Final = 0.1
# spec.behavior.scaleUp.tolerance: gate HPAConfigurableTolerance, alpha and off from 1.33, beta and on from 1.35
CONFIGURABLE_TOLERANCE_SINCE: Final = (1, 35)
# minReplicas 0: gate HPAScaleToZero, alpha and off before 1.37, beta and on since, with the condition ScaledToZero
SCALE_TO_ZERO_SINCE: Final = (1, 37)


class Source(enum.Enum):
    """Where a metric comes from: `spec.metrics[].type`."""

    RESOURCE = "Resource"
    CONTAINER_RESOURCE = "ContainerResource"
    PODS = "Pods"
    OBJECT = "Object"
    EXTERNAL = "External"

    @property
    def key(self) -> str:
        """What holds such a metric beside its type, in `spec.metrics[]` and `status.currentMetrics[]`."""
        return self.value[0].lower() + self.value[1:]


RESOURCES: Final = (Source.RESOURCE, Source.CONTAINER_RESOURCE)
"""What pods use, and request."""


@dataclass(frozen=True, slots=True)
class Utilization:
    """Target in percent of what pods request; resources only."""

    percent: int


@dataclass(frozen=True, slots=True)
class AverageValue:
    """Target per pod, in thousandths of the metric's unit."""

    milli: int


@dataclass(frozen=True, slots=True)
class Value:
    """Target for all pods together, in thousandths of the metric's unit; objects and external metrics only."""

    milli: int


Target: TypeAlias = Utilization | AverageValue | Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of `spec.metrics`.

    Attributes:
        source: Where it comes from.
        target: What the controller keeps it at.
        name: Of the metric; `cpu` or `memory` for resources.
        container: The one that is measured, for resources of a container.
    """

    source: Source
    target: Target
    name: str = ""
    container: str = ""


class SelectPolicy(enum.Enum):
    """Which of several policies holds: `selectPolicy`."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class PolicyKind(enum.Enum):
    """Unit of a policy's value."""

    PODS = "Pods"
    PERCENT = "Percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """At most this change within a period."""

    kind: PolicyKind
    value: int
    period_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`behavior.scaleUp` or `behavior.scaleDown`, after the API server's defaults.

    Attributes:
        policies: At least one.
        select: Which of them holds.
        window_s: Stabilization window; `None`: the controller's flag, for scale-down alone.
        tolerance: In this direction; `None`: the controller's flag.
    """

    policies: tuple[Policy, ...]
    select: SelectPolicy = SelectPolicy.MAX
    window_s: int | None = None
    tolerance: float | None = None


DEFAULT_UP: Final = Rules(
    policies=(
        Policy(kind=PolicyKind.PODS, value=4, period_s=15),
        Policy(kind=PolicyKind.PERCENT, value=100, period_s=15),
    ),
    window_s=0,
)
DEFAULT_DOWN: Final = Rules(policies=(Policy(kind=PolicyKind.PERCENT, value=100, period_s=15),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """`spec.behavior`; a direction that is not written has the API server's defaults."""

    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """kube-controller-manager's `--horizontal-pod-autoscaler-*` flags, with their defaults.

    Attributes:
        tolerance: Distance of the ratio from 1 that changes nothing.
        downscale_stabilization_s: Window of scale-down where the spec gives none.
        cpu_initialization_s: How long after its start a pod's CPU counts only with readiness.
        initial_readiness_delay_s: A pod that turned unready so soon after its start has never been ready.
        has_configurable_tolerance: Whether `tolerance` in `behavior` is heeded; see `CONFIGURABLE_TOLERANCE_SINCE`.
        remembers_zero: Whether the condition ScaledToZero tells a service that the controller scaled to zero from one
            that somebody else did, which then stays so (1.37). Without it `minReplicas` alone tells (1.34).
        clamps_values: Whether what a target of type Value asks for ends at the largest int32 (1.37) or overflows.
        requires_container: Whether a pod without the container of a metric fails it (1.37), or requests nothing (1.34).
    """

    tolerance: float = DEFAULT_TOLERANCE
    downscale_stabilization_s: float = 300
    cpu_initialization_s: float = 300
    initial_readiness_delay_s: float = 30
    has_configurable_tolerance: bool = True
    remembers_zero: bool = False
    clamps_values: bool = False
    requires_container: bool = False

    @classmethod
    def of_release(cls, release: tuple[int, int]) -> Flags:
        """Return the defaults of a release's controller.

        The rules were read in the sources of 1.34 and 1.37, and compared with both programs; 1.35 and 1.36 are taken
        for 1.34 but for the tolerance.
        """
        is_newest = release >= SCALE_TO_ZERO_SINCE
        return cls(
            has_configurable_tolerance=release >= CONFIGURABLE_TOLERANCE_SINCE,
            remembers_zero=is_newest,
            clamps_values=is_newest,
            requires_container=is_newest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A HorizontalPodAutoscaler's spec beside the controller's flags.

    Attributes:
        minimum: `minReplicas`; 0 needs the gate HPAScaleToZero.
        maximum: `maxReplicas`.
        metrics: At least one.
        behavior: `None`: not written, which is another code path than its defaults.
        flags: Of the controller.
    """

    maximum: int
    metrics: tuple[Metric, ...]
    minimum: int = 1
    behavior: Behavior | None = None
    flags: Flags = Flags()

    def tolerated(self) -> tuple[float, float]:
        """Return the lowest and the highest ratio that change nothing."""
        down = up = self.flags.tolerance
        if self.behavior is not None and self.flags.has_configurable_tolerance:
            down = down if self.behavior.down.tolerance is None else self.behavior.down.tolerance
            up = up if self.behavior.up.tolerance is None else self.behavior.up.tolerance
        return 1.0 - down, 1.0 + up
