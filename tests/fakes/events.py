"""A reporter that keeps what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfk8s.ports import Event


@dataclass
class Recorder:
    """Satisfies `tfk8s.ports.Reporter`."""

    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)
