"""Tiers in lanes, with small programs of Python in the place of tests."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lanes import NICENESS, Command, Lane, Result, Tier, run_tiers
from tests.programs import Programs
from tests.testbed.process import wait_until

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 30.0

FIND = "import pathlib, time\nwhile not pathlib.Path({0!r}).exists(): time.sleep(0.01)"
"""Ends when a file is there."""


def python(code: str) -> Command:
    return (sys.executable, "-S", "-c", code)


def make(*names: str) -> Command:
    return python(f"import pathlib; [pathlib.Path(name).touch(exist_ok=False) for name in {names!r}]")


def meet(own: str, other: str) -> Command:
    """Ends well only while another one does the same."""
    return python(f"import pathlib; pathlib.Path({own!r}).touch()\n" + FIND.format(other))


def tier(name: str, *commands: Command, builds: Sequence[Command] = (), lane: Lane = "desk") -> Tier:
    return Tier(name=name, commands=commands, builds=tuple(builds), lane=lane, limit_s=LIMIT_S)


@dataclass
class Suite:
    """Runs tiers in a folder, and keeps what is written."""

    folder: Path
    written: io.StringIO = field(default_factory=io.StringIO)

    def run(self, *tiers: Tier) -> dict[str, Result]:
        found = run_tiers(tiers, programs=Programs(folder=self.folder, to=self.written))
        assert [result.name for result in found] == [each.name for each in tiers]
        return {result.name: result for result in found}

    def passed(self, *tiers: Tier) -> dict[str, bool]:
        return {name: result.passed for name, result in self.run(*tiers).items()}

    @property
    def lines(self) -> list[str]:
        return self.written.getvalue().splitlines()


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


def test_lanes_run_side_by_side(suite: Suite) -> None:
    found = suite.passed(tier("unit", meet("a", "b")), tier("cluster", meet("b", "a"), lane="cluster"))

    assert found == {"unit": True, "cluster": True}


def test_the_desk_gives_way_to_the_cluster_in_its_own_session_and_among_sessions(suite: Suite) -> None:
    among = "print('of the session:', open(f).read().split()[-1]) if os.path.exists(f) else None"
    tell = python(f"import os; f = '/proc/self/autogroup'; print('own:', os.nice(0)); {among}")

    suite.run(tier("unit", tell), tier("cluster", tell, lane="cluster"))

    told = {line.replace(" ", "") for line in suite.lines if not line.startswith("==")}
    desk, own = NICENESS["desk"], os.nice(0)
    expected = {f"unit|own:{own + desk}", f"cluster|own:{own}"}
    if Path("/proc/self/autogroup").exists():  # only where the kernel shares time out among sessions
        expected |= {f"unit|ofthesession:{desk}", "cluster|ofthesession:0"}
    assert told == expected


def test_the_tiers_of_a_lane_run_one_after_the_other(suite: Suite) -> None:
    gone = python("import pathlib; pathlib.Path('a').unlink()")

    found = suite.passed(
        tier("unit", make("a"), gone), tier("golden", make("a"), gone), tier("cluster", make("c"), lane="cluster")
    )

    assert all(found.values())


def test_a_failure_stops_its_own_tier_alone(suite: Suite) -> None:
    found = suite.passed(
        tier("unit", python("raise SystemExit(3)"), make("never")),
        tier("golden", make("a")),
        tier("cluster", make("b"), lane="cluster"),
    )

    assert found == {"unit": False, "golden": True, "cluster": True}
    assert sorted(path.name for path in suite.folder.iterdir()) == ["a", "b"]


def test_a_program_that_cannot_be_started_fails_its_tier(suite: Suite) -> None:
    found = suite.passed(tier("unit", ("./not-there",)), tier("cluster", ("./not-there",), lane="cluster"))

    assert found == {"unit": False, "cluster": False}


def test_what_is_needed_is_built_once_and_before_any_tier_that_needs_something(suite: Suite) -> None:
    slow = (python(FIND.format("unit-ran")), make("cluster-built"))

    found = suite.passed(
        tier("unit", make("unit-ran")),
        tier("contract", python("open('programs'); open('cluster-built')"), builds=[make("programs")]),
        tier("control-plane", python("open('programs'); open('cluster-built')"), builds=[make("programs")]),
        tier("cluster", python("open('programs'); open('cluster-built')"), builds=slow, lane="cluster"),
    )

    assert all(found.values()), suite.lines


def test_what_the_cluster_needs_is_built_before_what_the_desk_needs(suite: Suite) -> None:
    found = suite.passed(
        tier("contract", make("a"), builds=[python("open('cluster-built')")]),
        tier("cluster", make("b"), builds=[make("cluster-built")], lane="cluster"),
    )

    assert all(found.values()), suite.lines


def test_a_tier_that_needs_nothing_does_not_wait_for_what_others_need(suite: Suite) -> None:
    found = suite.passed(
        tier("unit", make("unit-ran")),
        tier("cluster", make("a"), builds=[python(FIND.format("unit-ran"))], lane="cluster"),
    )

    assert all(found.values()), suite.lines


def test_what_cannot_be_built_fails_the_tiers_that_need_it_and_no_other(suite: Suite) -> None:
    broken = python("raise SystemExit(1)")

    found = suite.passed(
        tier("contract", make("a"), builds=[make("programs")]),
        tier("cluster", make("b"), builds=[broken, make("gateway")], lane="cluster"),
    )

    assert found == {"contract": True, "cluster": False}
    assert sorted(path.name for path in suite.folder.iterdir()) == ["a", "programs"]
    assert "== cluster: not run, because what it needs could not be built" in suite.lines


def test_what_runs_alone_runs_before_all_lanes(suite: Suite) -> None:
    found = suite.passed(
        tier("unit", python("open('timed')")),
        tier("timed", make("timed"), lane="alone"),
        tier("cluster", make("c"), builds=[python("open('timed')")], lane="cluster"),
    )

    assert all(found.values()), suite.lines


@pytest.mark.parametrize("others", [0, 1], ids=["one lane", "two lanes"])
def test_a_tier_is_stopped_with_all_that_it_started_when_its_time_is_up(suite: Suite, others: int) -> None:
    late = Tier(name="unit", commands=(long("unit"),), limit_s=2.0)
    beside = [tier("cluster", make("c"), lane="cluster")] * others

    found = suite.passed(late, *beside)

    assert found == {"unit": False, **({"cluster": True} if others else {})}
    assert "== unit: stopped after 2 s" in suite.lines
    wait_until(lambda: not lives(suite.folder / "unit"), timeout_s=LIMIT_S, what="the end of the grandchild")


def test_each_line_says_whose_it_is_and_failed_tests_are_told_again_at_the_end(suite: Suite) -> None:
    told = r"import sys; sys.stdout.buffer.write('..F\nFAILED tests/a.py::test_é - no\n'.encode()); sys.exit('gone')"

    found = suite.run(tier("unit", python(told)), tier("cluster", python("print('...', end='')"), lane="cluster"))

    assert {"unit          | ..F", "cluster       | ...", "unit          | gone"} <= {*suite.lines}
    assert found["unit"].failures == ("FAILED tests/a.py::test_é - no",)
    assert "== unit: FAILED after 0 s" in suite.lines


def test_what_a_single_lane_runs_writes_by_itself(suite: Suite, capfd: pytest.CaptureFixture[str]) -> None:
    found = suite.passed(tier("unit", python("print('...')")), tier("golden", python("print('..')")))

    assert found == {"unit": True, "golden": True}
    assert capfd.readouterr().out == "...\n..\n"


def long(name: str) -> Command:
    """A program that starts another one, and writes the number of that one into a file; neither ends."""
    write = f"open({name!r} + '.new', 'w').write(str(child.pid)); os.rename({name!r} + '.new', {name!r})"
    start = "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(100)'])"
    return python(f"import os, subprocess, sys\n{start}\n{write}\nchild.wait()")


def lives(file: Path) -> bool:
    """Whether the process whose number is in the file lives."""
    try:
        state = Path(f"/proc/{file.read_text()}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


MAIN = """\
import sys
from pathlib import Path
from tests import tiers
from tests.unit.tiers.test_lanes import long, tier
tiers.ROOT = Path(sys.argv[1])
tiers.TIERS = (tier("unit", long("unit")), tier("cluster", long("cluster"), lane="cluster"))
sys.exit(tiers.main(sys.argv[2:]))
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("names", [["unit"], ["unit", "cluster"]], ids=" ".join)
def test_an_interruption_ends_everything_that_was_started(
    tmp_path: Path, names: list[str], sent: signal.Signals
) -> None:
    command = ["env", "--default-signal=INT", sys.executable, "-c", MAIN, str(tmp_path), *names]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ}) as suite:
        try:
            files = [tmp_path / name for name in names]
            wait_until(lambda: all(map(lives, files)), timeout_s=LIMIT_S, what="the programs")
            suite.send_signal(sent)
            _, errors = suite.communicate(timeout=LIMIT_S)
        finally:
            suite.kill()

    assert suite.returncode == 130
    assert "interrupted; everything that was started has ended" in errors
    assert "Traceback" not in errors.partition("interrupted;")[2]
    wait_until(lambda: not any(map(lives, files)), timeout_s=LIMIT_S, what="the end of the grandchildren")


def test_a_program_that_does_not_end_at_ctrl_c_is_killed(tmp_path: Path) -> None:
    programs = Programs(folder=tmp_path, to=io.StringIO(), grace_s=0.1)
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    deaf = python(f"{ignore}\nopen('deaf', 'w')\n{FIND.format('nothing')}")

    with ThreadPoolExecutor(1) as pool:
        code = pool.submit(programs.run, deaf, timeout_s=LIMIT_S)
        wait_until((tmp_path / "deaf").exists, timeout_s=LIMIT_S, what="the program")
        programs.end()

        assert code.result(LIMIT_S) == -signal.SIGKILL
    assert programs.run(make("later"), timeout_s=LIMIT_S) != 0
    assert not (tmp_path / "later").exists()
