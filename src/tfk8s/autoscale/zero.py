"""What KEDA does beside the autoscaler that it makes: to zero after a while without demand, and back at once.

https://keda.sh/docs/2.21/concepts/scaling-deployments/ and `pkg/scaling/executor/scale_scaledobjects.go` of
https://github.com/kedacore/keda: a look every `pollingInterval`; active where any trigger is above its activation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What may wake a service.

    Attributes:
        metric: Place among the autoscaler's metrics.
        activation: The service's value above it is demand.
    """

    metric: int
    activation: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero:
    """Scale to zero and back.

    Attributes:
        triggers: Any of them is enough.
        polling_s: `pollingInterval`.
        cooldown_s: `cooldownPeriod`: longer ago than so, the last demand no longer keeps the service from zero.
        first_cooldown_s: `initialCooldownPeriod`: the same for a service that has never been in demand.
    """

    triggers: tuple[Trigger, ...]
    polling_s: float = 30.0
    cooldown_s: float = 300.0
    first_cooldown_s: float = 0.0


class Sleeper:
    """Remembers when there was demand last."""

    def __init__(self, zero: Zero) -> None:
        """Start with a service that has not been in demand yet."""
        self._zero = zero
        self._active_at: float | None = None
        self._next_look = 0.0

    def look(self, replicas: int, values: tuple[float, ...], *, now: float) -> int:
        """Return the replicas after a look, if one is due.

        Args:
            replicas: Asked for now.
            values: Of the metrics, of the whole service.
            now: Time in seconds.
        """
        if now < self._next_look:
            return replicas
        self._next_look = now + self._zero.polling_s
        if any(values[trigger.metric] > trigger.activation for trigger in self._zero.triggers):
            self._active_at = now
            return max(replicas, 1)
        kept_s = self._zero.first_cooldown_s if self._active_at is None else self._zero.cooldown_s
        return 0 if now - (self._active_at or 0.0) > kept_s else replicas
