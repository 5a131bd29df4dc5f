"""A fleet of Google's: which clusters are registered in it, and what is switched on for all of them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tfk8s.manifest import JsonObject


class Membership(NamedTuple):
    """A cluster in a fleet.

    Attributes:
        name: of the membership: `projects/P/locations/L/memberships/M`.
        resource: of the cluster: `//container.googleapis.com/projects/P/locations/L/clusters/C`; "" for others.
    """

    name: str
    resource: str


class Fleet(Protocol):
    """The fleet of one project."""

    def memberships(self) -> tuple[Membership, ...]:
        """Every cluster that is registered."""

    def feature(self, name: str) -> JsonObject | None:
        """A feature as it is; None where it is off."""

    def turn_on(self, name: str, spec: JsonObject) -> None:
        """Switch a feature on, and wait until it is; nothing when somebody else did so meanwhile."""
