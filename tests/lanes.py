"""Runs tiers of the test suite in lanes: one after the other within a lane, lanes side by side.

What a tier needs is built once, before any tier that needs something built begins: builders share one cache and its
lock, and a test that waits for a builder would run out of time. A tier that is sensitive to other work on the machine
runs alone, before the lanes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tests.programs import OUTPUT_OF_OURS, Output, Programs

Command: TypeAlias = tuple[str, ...]
Lane: TypeAlias = Literal["alone", "desk", "cluster"]

NICENESS: Final[dict[Lane, int]] = {"alone": 0, "desk": 2, "cluster": 0}
"""The cluster's lane waits most of the time; when it does have work, that goes first, and its waits stay short."""

_PROGRESS_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A named list of commands, run in order until one fails.

    Attributes:
        builds: what has to be there before; each is quick when it is there.
        commands: the tests.
        limit_s: seconds for all of it; where another tier asked for the same to be built, that tier's alone.
        lane: of the tiers that run one after the other.
    """

    name: str
    commands: tuple[Command, ...]
    limit_s: float
    builds: tuple[Command, ...] = ()
    lane: Lane = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a tier ended."""

    name: str
    passed: bool
    seconds: float
    failures: tuple[str, ...] = ()


def run_tiers(tiers: Sequence[Tier], *, programs: Programs) -> list[Result]:
    """Run tiers and answer in their order; what one lane does, or one tier, is written as it comes.

    Raises:
        KeyboardInterrupt: the user, or the system, wants an end; nothing that was started is left.
    """
    alone = [tier for tier in tiers if tier.lane == "alone"]
    lanes = {tier.lane: [other for other in tiers if other.lane == tier.lane] for tier in tiers if tier not in alone}
    try:
        results = _in_turn(alone, programs=programs)
        if len(lanes) > 1:
            results += _side_by_side(lanes, programs=programs)
        else:
            results += [result for lane in lanes.values() for result in _in_turn(lane, programs=programs)]
    except BaseException:
        programs.end()
        raise
    order = [tier.name for tier in tiers]
    return sorted(results, key=lambda result: order.index(result.name))


def _in_turn(tiers: Iterable[Tier], *, programs: Programs) -> list[Result]:
    found = []
    for tier in tiers:
        start = time.monotonic()
        passed = _run_all((*tier.builds, *tier.commands), tier=tier, limit_s=tier.limit_s, programs=programs)
        found.append(Result(name=tier.name, passed=passed, seconds=time.monotonic() - start))
    return found


def _run_all(
    commands: Iterable[Command], *, tier: Tier, limit_s: float, programs: Programs, output: Output = OUTPUT_OF_OURS
) -> bool:
    """Whether every command ended with 0 within the time."""
    end = time.monotonic() + limit_s
    for command in commands:
        programs.say(f"== {tier.name}: {' '.join((Path(command[0]).name, *command[1:]))}")
        code = programs.run(command, timeout_s=max(end - time.monotonic(), 1.0), output=output)
        if code is None:
            programs.say(f"== {tier.name}: stopped after {tier.limit_s:.0f} s")
        if code != 0:
            return False
    return True


@dataclass(slots=True)
class _Builds:
    """What the tiers of all lanes need, built in order, each once."""

    programs: Programs
    passed: dict[Command, bool] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, tiers: Iterable[Tier]) -> None:
        try:
            for tier in tiers:
                start = time.monotonic()
                with self.programs.output(tier.name) as output:
                    for command in tier.builds:
                        left_s = tier.limit_s - (time.monotonic() - start)
                        if command not in self.passed:
                            self.passed[command] = _run_all(
                                (command,), tier=tier, limit_s=left_s, programs=self.programs, output=output
                            )
                        if not self.passed[command]:
                            break
                self.seconds[tier.name] = time.monotonic() - start
        finally:
            self.over.set()

    def made(self, tier: Tier) -> bool:
        """Wait until everything is built; whether this tier has what it needs."""
        self.over.wait()
        is_made = all(self.passed.get(command, False) for command in tier.builds)
        if not is_made:
            self.programs.say(f"== {tier.name}: not run, because what it needs could not be built")
        return is_made


def _side_by_side(lanes: dict[Lane, list[Tier]], *, programs: Programs) -> list[Result]:
    builds = _Builds(programs)
    with ThreadPoolExecutor(len(lanes) + 1) as pool:
        try:
            # The cluster's first: Go's caches go after the desk's builds, and the cluster's share most of them.
            all_tiers = [tier for lane in lanes.values() for tier in lane]
            builder = pool.submit(builds.run, sorted(all_tiers, key=lambda tier: tier.lane != "cluster"))
            running = [pool.submit(_lane, tiers, builds=builds, programs=programs) for tiers in lanes.values()]
            _watch(running, programs=programs)
        except BaseException:
            programs.end()  # the threads end with what they wait for
            builds.over.set()
            raise
        builder.result()
        return [result for lane in running for result in lane.result()]


def _watch(running: Sequence[Future[list[Result]]], *, programs: Programs) -> None:
    start = time.monotonic()
    while wait(running, timeout=_PROGRESS_S).not_done:
        for line in programs.unfinished():
            programs.say(f".. {time.monotonic() - start:.0f} s  {line}")


def _lane(tiers: Iterable[Tier], *, builds: _Builds, programs: Programs) -> list[Result]:
    found = []
    for tier in tiers:
        made = not tier.builds or builds.made(tier)
        built_s, start = builds.seconds.get(tier.name, 0.0), time.monotonic()
        with programs.output(tier.name, niceness=NICENESS[tier.lane]) as output:
            passed = made and _run_all(
                tier.commands, tier=tier, limit_s=tier.limit_s - built_s, programs=programs, output=output
            )
        seconds = built_s + time.monotonic() - start
        programs.say(f"== {tier.name}: {'passed' if passed else 'FAILED'} after {seconds:.0f} s")
        found.append(Result(name=tier.name, passed=passed, seconds=seconds, failures=tuple(output.failures)))
    return found
