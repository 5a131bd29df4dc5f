"""When the controller decided and when it remembered a change, and whether these times leave a window in doubt.

The stand knows when it answered. The controller decides when it gets to it: on a busy machine that is later, and may be
on the other side of a window. Its log tells each of these times from two sides.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from tests.contract.autoscale.scripted import Script
from tfk8s.autoscale.config import Config
from tfk8s.autoscale.decide import Fault
from tfk8s.autoscale.windows import windows_of

LOG_FLAGS: Final = ("--logging-format=json", "--v=6")
_SCALE: Final = re.compile(r"/deployments/([^/]+)/scale$")


class Told(Enum):
    """What the log says of a sync, in its order."""

    FOUND = "Response of GET"
    PROPOSES = "Proposing desired replicas"  # windows and policies are looked at next
    STAYS = "Decided not to scale"
    WRITES = "Request of PUT"
    WROTE = "Response of PUT"  # the change is remembered next
    RESCALED = "Successfully rescaled"


class Span(NamedTuple):
    """When something happened: not before one time and not after another, in seconds of the monotonic clock."""

    since: float
    until: float


@dataclass(frozen=True, kw_only=True)
class Moments:
    """When the controller looked at what it remembers of an autoscaler, and when it put something into it.

    Attributes:
        found: Of the replicas that it found at first, which count as recommended.
        decided: Of the decision of each sync that had numbers, by the sync's number.
        changed: Of the change of replicas of each sync that made one.
    """

    found: Span
    decided: Mapping[int, Span]
    changed: Mapping[int, Span]

    def now(self, number: int) -> float:
        """A time at which a sync decided; one that neither had numbers nor changed anything needs none."""
        return self.decided.get(number, self.changed.get(number, self.found)).since


class Line(NamedTuple):
    """What the log says of an autoscaler, and when."""

    at: float
    told: Told


def lines_by_name(log: str, *, ahead_s: float) -> dict[str, list[Line]]:
    """Return what the log says, by the autoscaler's name; `ahead_s`: of its clock before the monotonic one."""
    found: dict[str, list[Line]] = {}
    for text in log.rpartition("\n")[0].splitlines():  # the last one may not be whole
        if text.startswith("{"):  # others are written before the flags are read
            for name, line in _told(json.loads(text)):
                found.setdefault(name, []).append(line._replace(at=line.at - ahead_s))
    return found


def _told(line: dict[str, Any]) -> Iterator[tuple[str, Line]]:
    at, text = line["ts"] / 1000, line["msg"]
    if text.startswith((Told.PROPOSES.value, Told.STAYS.value)):  # 1.37 may say "from zero" after it
        told = Told.STAYS if text == Told.STAYS.value else Told.PROPOSES
        yield line["scaleTarget"].rpartition("/")[2], Line(at, told)
    elif text == Told.RESCALED.value:
        yield line["HPA"]["name"], Line(at, Told.RESCALED)
    elif text == "Response" and (place := _SCALE.search(line["url"])):
        if line["verb"] == "PUT":  # how long it took is rounded down
            yield place[1], Line(at - line["milliseconds"] / 1000, Told.WRITES)
        yield place[1], Line(at, Told.WROTE if line["verb"] == "PUT" else Told.FOUND)


def moments_of(script: Script, lines: Iterable[Line]) -> Moments:
    """Return the moments of the syncs of a course that is over."""
    began = [sync.began_at for sync in script.syncs]
    by_sync: list[dict[Told, float]] = [{} for _ in began]
    for line in lines:
        by_sync[bisect(began, line.at) - 1][line.told] = line.at
    decided, changed = {}, {}
    for number, at in enumerate(by_sync[: len(script.taken)]):
        if Told.PROPOSES in at:
            decided[number] = Span(at[Told.PROPOSES], at[Told.WRITES] if Told.WRITES in at else at[Told.STAYS])
        if Told.WROTE in at:
            changed[number] = Span(at[Told.WROTE], at[Told.RESCALED])
    first = next(number for number in range(len(began)) if script.faults.get(number) is not Fault.NO_SCALE)
    found = Span(by_sync[first][Told.FOUND], script.syncs[first].heard_at or began[first + 1])
    return Moments(found=found, decided=decided, changed=changed)


def doubts(moments: Moments, config: Config) -> Iterator[str]:
    """Say which ages may be on either side of a window or a period; without one, any times within the spans do."""
    windows = (
        {*windows_of(config.behavior, config.flags)} if config.behavior else {config.flags.downscale_stabilization_s}
    )
    rules = (config.behavior.up, config.behavior.down) if config.behavior else ()
    periods = {policy.period_s for each in rules for policy in each.policies}
    recommended = {-1: moments.found, **moments.decided}
    # the model decides and remembers a change at one time
    stored = {n: Span(moments.decided.get(n, span).since, span.until) for n, span in moments.changed.items()}
    yield from _doubts("a recommendation", recommended, looks=moments.decided, limits_s=windows)
    yield from _doubts("a change", moments.changed, looks=moments.decided, limits_s=periods)
    yield from _doubts("a change", moments.changed, looks=stored, limits_s=periods)


def _doubts(
    what: str, remembered: Mapping[int, Span], *, looks: Mapping[int, Span], limits_s: Iterable[float]
) -> Iterator[str]:
    limits = sorted(limits_s)
    for number, look in looks.items():
        for earlier, span in remembered.items():
            least, most = look.since - span.until, look.until - span.since
            if earlier < number:
                yield from (
                    f"sync {number}: {what} is {least:.3f} to {most:.3f} s old, and {limit} s decide"
                    for limit in limits
                    if least <= limit <= most
                )
