"""One scenario under load, and what became of the requests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.demo.load import Bounds, Load
from tests.loss.clients import FOREVER, Address, clients

SECONDS_AT_MOST = 600.0
WORKERS = 4
_BEFORE_S = 2.0
_AFTER_S = 3.0


class Stage(Protocol):
    """A service that scenarios happen to."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    @property
    def address(self) -> Address:
        """Where it answers."""
        ...

    def settle(self) -> None:
        """Wait until what was begun is over: every pod that is wanted is ready, and every other one is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What one kind of client saw."""

    client: str
    asked: int
    failed: int
    slowest_s: float
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scenario on one stage.

    Attributes:
        act_s: seconds that the operation took, its command's own waiting included.
        seconds: of the load, from before the operation until every pod of the old state was gone.
    """

    scenario: str
    stage: str
    act_s: float
    seconds: float
    lost: tuple[Lost, ...]

    @property
    def failed(self) -> int:
        """Over all clients."""
        return sum(each.failed for each in self.lost)

    @property
    def promised(self) -> tuple[Lost, ...]:
        """Those of clients that we promise to lose nothing: all but the one that keeps a connection for ever."""
        return tuple(each for each in self.lost if each.client != FOREVER)

    @property
    def asked(self) -> int:
        """Over all clients."""
        return sum(each.asked for each in self.lost)


def measure(name: str, act: Callable[[], None], *, stage: Stage, rate_per_s: float) -> Result:
    """Let it happen under a load of so many requests a second and client.

    The load goes on until the last pod of the old state is gone: what is lost at the end of its grace counts too.
    """
    bounds = Bounds(
        seconds=SECONDS_AT_MOST,
        requests=int(SECONDS_AT_MOST * rate_per_s),
        workers=WORKERS,
        rate_per_s=rate_per_s,
    )
    with clients(stage.address, bounds=bounds) as loads:
        began = time.monotonic()
        time.sleep(_BEFORE_S)
        started = time.monotonic()
        act()
        act_s = time.monotonic() - started
        stage.settle()
        time.sleep(_AFTER_S)
        if not all(load.is_running() for load in loads.values()):
            raise TimeoutError(f"{name}: the load ended after {SECONDS_AT_MOST:.0f} s, before the operation did")
        seconds = time.monotonic() - began
    return Result(
        scenario=name,
        stage=stage.name,
        act_s=act_s,
        seconds=seconds,
        lost=tuple(_lost(client, load) for client, load in loads.items()),
    )


def _lost(client: str, load: Load) -> Lost:
    reasons = Counter(failure.reason[:120] for failure in load.failures)
    return Lost(
        client=client,
        asked=load.answered + len(load.failures),
        failed=len(load.failures),
        slowest_s=max(load.latencies_s, default=0.0),
        reasons=tuple(reasons.most_common(3)),
    )
