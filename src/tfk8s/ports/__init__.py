"""The Protocols that use-cases need of the world, and the value types that cross them."""

from __future__ import annotations

from tfk8s.ports.events import (
    Event,
    Note,
    ObjectChanged,
    Progress,
    Reporter,
    SilentReporter,
    StepDone,
    StepStarted,
    Waiting,
    Warn,
)

__all__ = [
    "Event",
    "Note",
    "ObjectChanged",
    "Progress",
    "Reporter",
    "SilentReporter",
    "StepDone",
    "StepStarted",
    "Waiting",
    "Warn",
]
