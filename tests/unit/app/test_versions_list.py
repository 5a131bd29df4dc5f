"""The table of versions, its JSON, and looking again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.service import small_service
from tests.unit.rollout.fleets import config, fleet, pod, state
from tfk8s.app.fleet_json import components_json, finding_json
from tfk8s.app.fleet_look import Look, look_at, require_alike
from tfk8s.app.fleet_report import finding_lines, table_lines
from tfk8s.app.versions_list import Listing, Sight, heading_lines, list_versions, listing_json, watch_versions
from tfk8s.errors import RolloutFailedError
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.rollout.fleet import Fleet, FleetFinding, LabelTrouble, ModelOnPod, fleet_findings
from tfk8s.rollout.states import ServingState

SERVED = config((1, 2), stable=1, next=2)
LABELS = {"stable": 1, "next": 2}
SOUND = fleet(pod("resnet-a", state(1), state(2), labels=LABELS), served=SERVED)
BROKEN = fleet(
    pod("resnet-a", state(1), state(2), labels=LABELS),
    pod(
        "resnet-b",
        state(1),
        state(2, error="no such\nbucket"),
        labels={"stable": 1, "next": None},
        troubles={"next": LabelTrouble.NOT_LOADED},
    ),
    pod("resnet-c", models=(), problem="it does not run: ImagePullBackOff", ready=False),
    pod("resnet-canary-x", state(3), component="canary"),
    served=SERVED,
    canary=config((3,)),
)
HANDOVER = fleet(pod("a", state(1), state(2)), served=config("latest"))
DONE = fleet(pod("a", state(1, ServingState.END), state(2)), served=config("latest"))


def look(found: Fleet) -> Look:
    return Look(fleet=found, findings=fleet_findings(found))


def listing(found: Fleet) -> Listing:
    return Listing(name=small_service().name, time="2026-01-01T00:00:00Z", look=look(found))


def test_the_table_has_a_row_for_each_version_on_each_pod_and_the_canary_apart() -> None:
    assert list(table_lines(BROKEN)) == [
        "POD                   MODEL   VERSION  STATE      LABEL   ERROR",
        "resnet-a              resnet  1        AVAILABLE  stable",
        "                              2        AVAILABLE  next",
        "resnet-b              resnet  1        AVAILABLE  stable",
        "                              2        END        -       NOT_FOUND: no such bucket",
        "                              -        -          next    points to a version that is not loaded (404)",
        "resnet-c (not ready)  -       -        -          -       it does not run: ImagePullBackOff",
        "canary:",
        "resnet-canary-x       resnet  3        AVAILABLE  -",
    ]


def test_no_pods_are_said() -> None:
    assert list(table_lines(fleet(served=SERVED)))[1:] == ["no pods of the model-server"]


def test_pods_that_leave_or_are_old_are_marked() -> None:
    marked = fleet(pod("a", state(1), leaving=True), pod("b", state(1), is_new=False), served=SERVED)

    assert [line.split("  ")[0] for line in table_lines(marked)][1:] == ["a (leaving)", "b (old revision)"]


def test_a_model_that_the_server_does_not_know_has_a_row() -> None:
    unknown = ModelOnPod(model="resnet", problem="Could not find any versions")

    (_, row) = table_lines(fleet(pod("a", models=(unknown,)), served=SERVED))

    assert row.split() == ["a", "resnet", "-", "-", "-", "Could", "not", "find", "any", "versions"]


def test_a_pod_is_never_left_out_of_the_table() -> None:
    (_, row) = table_lines(fleet(pod("a", models=())))

    assert row.startswith("a ")
    assert row.endswith("it is not known which models to ask for")


def test_words_of_a_server_cannot_steer_the_terminal_and_stay_on_their_line() -> None:
    nasty = fleet(pod("a", state(2, error="bad\x1b[2J\n" + "x" * 300)), served=config((2,)))

    lines = [*table_lines(nasty), *finding_lines(fleet_findings(nasty))]

    assert not any("\x1b" in line or "\n" in line for line in lines)
    assert "…" in lines[1]
    assert len(lines[1]) < 160
    assert "x" * 300 in lines[3]


def test_the_heading_says_what_is_configured() -> None:
    assert list(heading_lines(listing(BROKEN))) == [
        "resnet in serving",
        "configured: resnet: versions 1, 2; labels next=2, stable=1",
        "canary configured: resnet: versions 3",
    ]
    assert list(heading_lines(listing(fleet(pod("a", state(1))))))[1].startswith("configured: unknown")


def test_findings_that_are_alike_are_told_once_for_all_their_pods() -> None:
    alike = fleet(*(pod(name, state(2, error="broken")) for name in ("a", "b")), served=config((2,)))

    first, cause, fix = finding_lines(fleet_findings(alike))

    assert first.startswith("Pod/a, Pod/b: version 2 of resnet could not be loaded")
    assert cause == "  cause: NOT_FOUND: broken"
    assert fix.startswith("  fix: mend version 2")


def test_the_json_form_is_stable() -> None:
    assert listing_json(listing(SOUND)) == {
        "name": "resnet",
        "namespace": "serving",
        "time": "2026-01-01T00:00:00Z",
        "sound": True,
        "problem": "",
        "components": {
            "model-server": {
                "configured": [
                    {
                        "model": "resnet",
                        "basePath": "/models/resnet",
                        "versions": [1, 2],
                        "labels": {"next": 2, "stable": 1},
                    }
                ],
                "pods": [
                    {
                        "name": "resnet-a",
                        "ready": True,
                        "leaving": False,
                        "new": True,
                        "configuration": "current",
                        "problem": "",
                        "models": [
                            {
                                "model": "resnet",
                                "problem": "",
                                "versions": [
                                    {"version": 1, "state": "AVAILABLE", "error": ""},
                                    {"version": 2, "state": "AVAILABLE", "error": ""},
                                ],
                                "labels": {"next": 2, "stable": 1},
                                "labelTroubles": {},
                            }
                        ],
                    }
                ],
            }
        },
        "findings": [],
    }


def test_the_json_form_tells_findings_and_labels_without_an_answer() -> None:
    found = listing_json(listing(BROKEN))
    finding = finding_json(look(BROKEN).failures[0])

    assert found["sound"] is False
    assert isinstance(found["components"], dict)
    assert list(found["components"]) == ["model-server", "canary"]
    assert {**finding, "remedy": ""} == {
        "code": "load-failed",
        "place": "Pod/resnet-b",
        "model": "resnet",
        "version": 2,
        "label": None,
        "symptom": "version 2 of resnet could not be loaded and is not tried again; other pods serve it",
        "cause": "NOT_FOUND: no such\nbucket",
        "remedy": "",
        "passing": False,
    }
    assert '"next": None' in str(components_json(BROKEN)).replace("'", '"')
    assert "NOT_LOADED" in str(components_json(BROKEN))


def test_what_does_not_end_by_itself_is_a_failure_with_its_remedy() -> None:
    with pytest.raises(RolloutFailedError) as failure:
        require_alike(look(BROKEN))

    assert failure.value.details[0].startswith("Pod/resnet-b: version 2 of resnet could not be loaded")
    assert failure.value.hint is not None
    require_alike(look(SOUND))


def reads(*found: Fleet | str) -> Callable[[], Fleet]:
    """What the pods say in turn; a text is a cluster that does not answer, and the end is Ctrl-C."""
    left = list(found)

    def read() -> Fleet:
        if not left:
            raise KeyboardInterrupt
        first = left.pop(0)
        if isinstance(first, str):
            raise ClusterUnreachableError(first)
        return first

    return read


def sight(*found: Fleet | str) -> Sight:
    return Sight(name=small_service().name, read=reads(*found), beside=lambda: ())


def test_what_may_last_a_moment_is_looked_at_twice() -> None:
    clock = FakeClock()

    stuck = look_at(reads(HANDOVER, HANDOVER), clock=clock)
    passed = look_at(reads(HANDOVER, DONE), clock=clock)

    assert [finding.is_passing for finding in stuck.findings] == [False]
    assert passed.findings == ()
    assert clock.monotonic_s() == 6


def test_a_sound_fleet_is_looked_at_once() -> None:
    clock = FakeClock()

    assert list_versions(sight(SOUND), clock=clock).exit_code == 0
    assert clock.monotonic_s() == 0


def watched(*found: Fleet | str, interval_s: float = 5.0) -> list[Listing]:
    clock = FakeClock()
    seen: list[Listing] = []
    try:
        for each in watch_versions(sight(*found), clock=clock, interval_s=interval_s):
            seen.append(each)  # noqa: PERF402 - what came before the end is what counts
    except KeyboardInterrupt:
        pass
    return seen


def test_what_a_run_changes_now_is_no_failure_of_a_look() -> None:
    lags = fleet(pod("a", state(1)), served=SERVED)
    running = FleetFinding(
        code="change-running",
        place="Service/resnet",
        symptom="s",
        cause="c",
        remedy="r",
        model="resnet",
        is_passing=True,
    )

    alone = look_at(reads(lags), clock=FakeClock())
    beside = look_at(reads(lags), clock=FakeClock(), beside=lambda: (running,))

    assert alone.failures
    assert beside.failures == ()
    assert beside.findings[-1] == running


def test_a_watch_goes_on_when_the_cluster_does_not_answer_and_says_so() -> None:
    seen = watched(SOUND, "nobody answers", BROKEN)

    assert [(each.exit_code, each.problem) for each in seen] == [(0, ""), (4, "nobody answers"), (6, "")]
    assert list(heading_lines(seen[1])) == ["resnet in serving", "not known: nobody answers"]
    assert listing_json(seen[1])["components"] is None


def test_a_watch_knows_what_is_stuck_from_the_look_before() -> None:
    seen = watched(SOUND, replace(HANDOVER), HANDOVER)

    assert [each.exit_code for each in seen] == [0, 0, 6]


def test_a_watch_that_looks_often_calls_nothing_stuck_that_has_not_lasted() -> None:
    clock = FakeClock()

    def read() -> Fleet:
        now = clock.monotonic_s()
        return SOUND if now < 0.4 else HANDOVER if now < 2 else DONE

    watching = watch_versions(
        Sight(name=small_service().name, read=read, beside=lambda: ()), clock=clock, interval_s=0.5
    )

    assert [each.exit_code for each, _ in zip(watching, range(4), strict=False)] == [0, 0, 0, 0]


def test_two_looks_that_show_the_same_are_the_same_whenever_they_were() -> None:
    first, second, third = watched(SOUND, SOUND, BROKEN)

    assert second.shows_same(first)
    assert not third.shows_same(second)
    assert not first.shows_same(None)
