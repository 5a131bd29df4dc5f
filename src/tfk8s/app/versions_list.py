"""The use-case of `tfk8s versions list`: what each pod's own server says that it serves, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tfk8s.app.fleet_json import components_json, finding_json
from tfk8s.app.fleet_look import Look
from tfk8s.app.fleet_report import config_lines, finding_lines, table_lines
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock
from tfk8s.errors import Tfk8sError
from tfk8s.manifest import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One look at the versions of a service.

    Attributes:
        time: of the look, RFC 3339 in UTC.
        look: what was seen; None when the cluster could not be asked.
        problem: why it could not.
    """

    name: ServiceName
    time: str
    look: Look | None
    problem: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong but what ends by itself."""
        return self.look is not None and not self.look.failures


def list_versions(look: Callable[[], Look], *, name: ServiceName, clock: Clock) -> Listing:
    """Look once.

    Args:
        look: asks the pods.
        name: the service.
        clock: for the time of the look.

    Raises:
        PreconditionError: there is no such service, or the cluster does not answer.
    """
    return Listing(name=name, time=_now(clock), look=look())


def watch_versions(
    look: Callable[[], Look], *, name: ServiceName, clock: Clock, interval_s: float
) -> Iterator[Listing]:
    """Look for ever; every look comes out. A cluster that does not answer is a state too."""
    while True:
        try:
            yield list_versions(look, name=name, clock=clock)
        except Tfk8sError as error:
            yield Listing(name=name, time=_now(clock), look=None, problem=error.message)
        clock.sleep(interval_s)


def _now(clock: Clock) -> str:
    return clock.utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")


def listing_lines(listing: Listing) -> Iterator[str]:
    """The table, then what is wrong."""
    yield f"{listing.name.name} in {listing.name.namespace}"
    if listing.look is None:
        yield f"not known: {listing.problem}"
        return
    for component, part in listing.look.fleet.parts():
        for line in config_lines(part.config):
            yield line if component == "model-server" else f"{component} {line}"
    yield from table_lines(listing.look.fleet)
    yield from finding_lines(listing.look.findings)


def listing_json(listing: Listing) -> JsonObject:
    """The stable form of `-o json`."""
    look = listing.look
    return {
        "name": listing.name.name,
        "namespace": listing.name.namespace,
        "time": listing.time,
        "problem": listing.problem,
        "sound": listing.is_sound,
        "components": None if look is None else components_json(look.fleet),
        "findings": None if look is None else [finding_json(finding) for finding in look.findings],
    }
