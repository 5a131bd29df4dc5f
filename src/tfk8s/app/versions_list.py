"""The use-case of `tfk8s versions list`: what each pod's own server says that it serves, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tfk8s.app.fleet import read_fleet
from tfk8s.app.fleet_json import components_json, finding_json
from tfk8s.app.fleet_look import AGAIN_S, Look, change_findings, look_at
from tfk8s.app.fleet_report import config_lines
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock, rfc3339
from tfk8s.errors import PreconditionError, RolloutFailedError, Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.ownership import MODEL_SERVER
from tfk8s.ports import ModelServers
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.fleet import Fleet, FleetFinding


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
    def exit_code(self) -> int:
        """0 when nothing is wrong but what ends by itself."""
        if self.look is None:
            return PreconditionError.exit_code
        return RolloutFailedError.exit_code if self.look.failures else 0

    def shows_same(self, other: Listing | None) -> bool:
        """Whether another look showed the same, whenever it was."""
        return other is not None and (self.look, self.problem) == (other.look, other.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How the versions of a service are seen.

    Attributes:
        read: asks the pods.
        beside: finds what is not seen on pods.
    """

    name: ServiceName
    read: Callable[[], Fleet]
    beside: Callable[[], tuple[FleetFinding, ...]]


def sight_of(
    name: ServiceName, *, cluster: Cluster, servers: ModelServers, models: Sequence[str], clock: Clock
) -> Sight:
    """The real one: every pod's own server, and the journal of versions.

    Args:
        name: the service.
        cluster: where it is.
        servers: makes clients.
        models: asked for where the pods mount no configuration that can be read.
        clock: tells whether a change that was begun is still worked at.
    """
    return Sight(
        name=name,
        read=lambda: read_fleet(name, cluster=cluster, servers=servers, models=models),
        beside=lambda: change_findings(name, cluster=cluster, clock=clock),
    )


def list_versions(sight: Sight, *, clock: Clock) -> Listing:
    """Look once.

    Raises:
        PreconditionError: there is no such service, or the cluster does not answer.
    """
    look = look_at(sight.read, clock=clock, beside=sight.beside)
    return Listing(name=sight.name, time=rfc3339(clock.utc_now()), look=look)


def watch_versions(sight: Sight, *, clock: Clock, interval_s: float) -> Iterator[Listing]:
    """Look for ever; every look comes out. A cluster that does not answer is a state too.

    Args:
        sight: how it is seen.
        clock: for the times.
        interval_s: seconds between looks.
    """
    name = sight.name
    held: tuple[float, Fleet] | None = None
    while True:
        moment = clock.monotonic_s()
        before = held[1] if held is not None and moment - held[0] >= AGAIN_S else None
        try:
            look = look_at(sight.read, clock=clock, before=before, beside=sight.beside)
        except Tfk8sError as error:
            yield Listing(name=name, time=rfc3339(clock.utc_now()), look=None, problem=error.message)
        else:
            if held is None or before is not None:
                held = (moment, look.fleet)
            yield Listing(name=name, time=rfc3339(clock.utc_now()), look=look)
        clock.sleep(interval_s)


def heading_lines(listing: Listing) -> Iterator[str]:
    """Which service, and what its configuration asks for."""
    yield f"{listing.name.name} in {listing.name.namespace}"
    if listing.look is None:
        yield f"not known: {listing.problem}"
        return
    for component, part in listing.look.fleet.parts():
        for line in config_lines(part.config):
            yield line if component == MODEL_SERVER else f"{component} {line}"


def listing_json(listing: Listing) -> JsonObject:
    """The stable form of `-o json`."""
    look = listing.look
    return {
        "name": listing.name.name,
        "namespace": listing.name.namespace,
        "time": listing.time,
        "sound": listing.exit_code == 0,
        "problem": listing.problem,
        "components": None if look is None else components_json(look.fleet),
        "findings": None if look is None else [finding_json(finding) for finding in look.findings],
    }
