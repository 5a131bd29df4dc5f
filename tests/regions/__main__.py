"""A service in two kind clusters behind one front, under load: `python -m tests.regions`, or `make regions`.

Exit code 1 when something did not come as it should; the table of requests is printed in any case.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.regions import clusters, page
from tests.regions.clusters import LABEL, PATH, QUESTION, REGIONS, Service
from tests.regions.front import front
from tests.regions.page import Phase
from tests.testbed.process import wait_until
from tests.testbed.progress import say

RATE_PER_S = 10.0
_LONGEST_S = 1500.0
_STEADY_S = 15.0
_DOCS = Path(__file__).parents[2] / "docs" / "regions.md"
V1, V2 = 3.0, 4.0
"""What version 1 and version 2 answer; version 3 answers nobody who asks for more than zeros."""


def main() -> int:
    """Do it all, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.regions", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into docs/regions.md")
    parser.add_argument("--keep", action="store_true", help="leave the clusters and the folder")
    arguments = parser.parse_args()
    phases: list[Phase] = []
    folder = Path(tempfile.mkdtemp(prefix="tfk8s-regions-"))
    say(f"folder {folder}")
    try:
        _proof(folder, phases)
    finally:
        sys.stdout.write(page.table(phases))
        if not arguments.keep:
            clusters.remove()
            shutil.rmtree(folder)
    if arguments.write:
        page.write(_DOCS, page.table(phases))
    return 0


def _proof(folder: Path, phases: list[Phase]) -> None:
    service = clusters.make(folder)
    phases.append(_timed("both clusters are made, side by side", lambda: _made(service)))
    clusters.load_base()
    phases.append(_timed("`up`: the service in both", lambda: _up(service)))
    with front(folder, ports=REGIONS) as port:
        bounds = Bounds(seconds=_LONGEST_S, requests=int(_LONGEST_S * RATE_PER_S), workers=32, rate_per_s=RATE_PER_S)
        ask = rest(f"http://{LOOPBACK}:{port}{PATH}", QUESTION, timeout_s=10.0)
        with running(Load(ask=ask, bounds=bounds)) as load:
            for what, act in _ACTS:
                phases.append(_under_load(what, act, service=service, load=load))


def _made(service: Service) -> str:
    service.must("cluster create")
    return " and ".join(clusters.cluster_name(region) for region in REGIONS)


def _up(service: Service) -> str:
    service.must("up")
    return _answers(V1, V1)


def _answers(*expected: float) -> str:
    found = [clusters.answer(region) for region in REGIONS]
    assert found == list(expected), found
    return "; ".join(f"{region} answers {answer:g}" for region, answer in zip(REGIONS, found, strict=True))


def _steady(service: Service) -> str:
    del service
    time.sleep(_STEADY_S)
    return _answers(V1, V1)


def _promote(service: Service) -> str:
    """The label moves in europe first, and in us only after the bake."""
    moved: dict[str, float] = {}
    started_s = time.monotonic()

    def watch() -> bool:
        for region in REGIONS:
            if region not in moved and clusters.answer(region) == V2:
                moved[region] = time.monotonic() - started_s
        return len(moved) == len(REGIONS)

    watcher = threading.Thread(target=lambda: wait_until(watch, timeout_s=400, what="version 2 in both"), daemon=True)
    watcher.start()
    service.must("versions promote", LABEL, "2")
    watcher.join(timeout=30)
    assert moved["us"] - moved["europe"] >= clusters.BAKE_S, moved
    return f"europe answers by version 2 after {moved['europe']:.0f} s, us after {moved['us']:.0f} s"


def _failed_apply(service: Service) -> str:
    """Both get a change; in us somebody else has taken the field, which blocks it there."""
    service.take_field("us")
    service.write(drain_seconds=6)
    done = service.run("apply")
    assert done.returncode == 5, done.returncode
    assert "europe: done" in done.stderr
    assert "--region us goes on" in done.stderr
    return f"exit code 5; europe has the change after its bake, us is as it was: {_answers(V1, V1)}"


def _repaired(service: Service) -> str:
    service.must("apply", "--force-conflicts")
    return f"us has the change too; {_answers(V1, V1)}"


def _release_back(service: Service) -> str:
    """Both have a release more since their first: they go back to that, with new pods."""
    service.commit()
    done = service.must("rollback", "--yes")
    assert all(f"{region}: rolled back half to release 1" in done.stdout for region in REGIONS)
    assert f"wrote {service.spec}" in done.stdout
    return f"in both at once, by new pods, and the spec is written once: {_answers(V1, V1)}"


def _bad_version(service: Service) -> str:
    """Version 3 fails its clients; the bake of europe sees it."""
    started_s = time.monotonic()
    done = service.run("versions promote", LABEL, "3")
    assert done.returncode == 6, done.returncode
    assert "the change is not well in europe" in done.stderr
    assert clusters.answer("us") == V1
    try:
        clusters.answer("europe")
    except urllib.error.HTTPError as error:
        error.close()
    else:
        raise AssertionError("version 3 answers in europe")
    return f"exit code 6 after {time.monotonic() - started_s:.0f} s: europe fails, us was never told: it answers {V1:g}"


def _bad_version_back(service: Service) -> str:
    service.must("versions rollback", LABEL)
    return f"europe has version 1 again: {_answers(V1, V1)}"


def _rolled_back(service: Service) -> str:
    service.must("versions rollback", LABEL)
    return f"in both at once: {_answers(V1, V1)}"


def _taken_away(service: Service) -> str:
    clusters.take_away("us")
    time.sleep(_STEADY_S)
    done = service.run("status")
    assert done.returncode != 0
    assert "europe: " in done.stdout
    assert "us: failed" in done.stdout
    assert clusters.answer("europe") == V1
    return f"europe answers {V1:g}; `status` tells of us, exit code {done.returncode}"


_ACTS: tuple[tuple[str, Callable[[Service], str]], ...] = (
    ("both answer", _steady),
    ("`apply` that fails in us", _failed_apply),
    ("`apply --force-conflicts`", _repaired),
    ("`rollback` everywhere", _release_back),
    ("`versions promote`, region by region", _promote),
    ("`versions rollback` everywhere", _rolled_back),
    ("`versions promote` of a version that fails", _bad_version),
    ("`versions rollback` of it", _bad_version_back),
    ("us is taken away", _taken_away),
)


def _timed(what: str, act: Callable[[], str]) -> Phase:
    started_s = time.monotonic()
    outcome = act()
    return Phase(what=what, outcome=outcome, seconds=time.monotonic() - started_s)


def _under_load(what: str, act: Callable[[Service], str], *, service: Service, load: Load) -> Phase:
    """What was answered or failed from the beginning of a phase until its last requests had come back."""
    say(f"phase: {what}")
    started_s, answered, failed = time.monotonic(), load.answered, len(load.failures)
    outcome = act(service)
    seconds = time.monotonic() - started_s
    now_answered, now_failed = load.answered, len(load.failures)
    for failure in load.failures[failed:now_failed][:5]:
        say(f"  failed at {failure.at_s:.0f} s: {failure.reason}")
    return Phase(
        what=what,
        outcome=outcome,
        seconds=seconds,
        sent=now_answered - answered + now_failed - failed,
        failed=now_failed - failed,
        slowest_s=max(load.latencies_s[answered:now_answered], default=0.0),
    )


if __name__ == "__main__":
    sys.exit(main())
