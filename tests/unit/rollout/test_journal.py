"""The journal of versions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.clock import rfc3339
from tfk8s.errors import PreconditionError
from tfk8s.rollout.journal import (
    KEPT_ENTRIES,
    LEASE_S,
    Change,
    Entry,
    Journal,
    Runner,
    begun,
    ended,
    is_held,
    read_journal,
    return_of,
    seen,
    unfinished,
    write_journal,
)

NOW = datetime(2026, 11, 29, 6, 0, tzinfo=timezone.utc)
MINE = Runner(run="a", host="here", pid=10)
OTHER = Runner(run="b", host="there", pid=11)


def entry(
    action: str, origin: int | None, target: int | None, *, runner: Runner = MINE, label: str = "stable"
) -> Entry:
    change = Change(action=action, model="m", label=label, target=target)
    time = rfc3339(NOW)
    return Entry(time=time, who="ann", change=change, origin=origin, runner=runner, seen=time)


def moved(*moves: tuple[str, int | None, int]) -> Journal:
    return tuple(replace(entry(action, origin, target), state="done") for action, origin, target in moves)


def test_a_change_is_begun_seen_and_ended_by_its_run() -> None:
    journal = begun((), entry("promote", 1, 2))
    later = seen(journal, MINE, now=NOW + timedelta(seconds=5))
    assert later is not None
    done = ended(later, MINE, state="done", note="x")

    assert done is not None
    assert unfinished(done) is None
    assert (done[0].state, done[0].note) == ("done", "x")
    assert ended(done, MINE, state="done") is None
    assert seen(journal, OTHER, now=NOW) is None, "it is not the other run's"


def test_the_same_change_goes_on_under_the_next_run_with_its_first_time_and_origin() -> None:
    journal = begun((), entry("promote", 1, 2))
    again = replace(entry("promote", 2, 2, runner=OTHER), time="later")

    taken = begun(journal, again)

    assert len(taken) == 1
    assert (taken[0].origin, taken[0].time, taken[0].runner) == (1, rfc3339(NOW), OTHER)


def test_another_change_tells_an_interrupted_one_as_left() -> None:
    journal = begun(begun((), entry("promote", 1, 2)), entry("rollback", 2, 1, runner=OTHER))

    assert [(item.state, item.note) for item in journal] == [("aborted", "left unfinished"), ("begun", "")]


@pytest.mark.parametrize(
    ("runner", "is_running", "age_s", "held"),
    [
        (MINE, True, 0, False),
        (OTHER, False, 1, True),
        (OTHER, True, LEASE_S + 1, False),
        (replace(OTHER, host="here"), True, 1, True),
        (replace(OTHER, host="here"), False, 1, False),
    ],
)
def test_a_run_holds_its_change_while_it_lives(runner: Runner, is_running: bool, age_s: float, held: bool) -> None:
    found = entry("promote", 1, 2, runner=runner)

    assert is_held(found, MINE, now=NOW + timedelta(seconds=age_s), is_running=is_running) is held


@given(
    st.lists(
        st.builds(
            Entry,
            time=st.text(),
            who=st.text(),
            change=st.builds(
                Change, action=st.text(), model=st.text(), label=st.text(), target=st.none() | st.integers(0)
            ),
            origin=st.none() | st.integers(0),
            digest=st.text(),
            state=st.sampled_from(["begun", "done", "aborted"]),
            note=st.text(),
        ),
        max_size=5,
    )
)
def test_what_is_written_reads_back(entries: list[Entry]) -> None:
    assert read_journal(write_journal(tuple(entries))) == tuple(entries)


def test_a_change_that_is_begun_keeps_whose_it_is() -> None:
    journal = begun((), entry("promote", 1, 2))

    assert read_journal(write_journal(journal)) == journal


def test_only_the_newest_lines_are_kept() -> None:
    many = moved(*[("promote", number, number + 1) for number in range(KEPT_ENTRIES + 5)])

    kept = read_journal(write_journal(many))

    assert len(kept) == KEPT_ENTRIES
    assert kept[-1].change.target == KEPT_ENTRIES + 5


@pytest.mark.parametrize("text", ["no json", "[]", '{"state": "lost"}', '{"state": "done", "to": "2"}', "{}"])
def test_what_somebody_broke_is_told(text: str) -> None:
    with pytest.raises(PreconditionError, match="history of versions"):
        read_journal(text)


def test_the_line_is_stable() -> None:
    line = json.loads(write_journal(moved(("promote", None, 2))))

    assert line == {
        "time": "2026-11-29T06:00:00Z",
        "who": "ann",
        "action": "promote",
        "model": "m",
        "label": "stable",
        "from": None,
        "to": 2,
        "digest": "",
        "state": "done",
        "note": "",
    }


@pytest.mark.parametrize(
    ("moves", "now_at", "back"),
    [
        ([("promote", 1, 2)], 2, 1),
        ([("promote", 1, 2), ("promote", 2, 3)], 3, 2),
        ([("promote", 1, 2), ("promote", 2, 3), ("rollback", 3, 2)], 2, 1),
        ([("promote", 1, 2), ("rollback", 2, 1)], 1, None),
        ([("promote", 1, 2), ("rollback", 2, 1), ("promote", 1, 3)], 3, 1),
        ([("promote", 1, 2), ("rollback", 2, 1), ("promote", 1, 2)], 2, 1),
        ([("promote", None, 2)], 2, None),
        ([("promote", 1, 2)], 7, 2),
        ([], 1, None),
    ],
)
def test_going_back_never_brings_back_what_was_fled_from(
    moves: list[tuple[str, int | None, int]], now_at: int, back: int | None
) -> None:
    assert return_of(moved(*moves), model="m", label="stable", now_at=now_at) == back


def test_going_back_looks_at_finished_moves_of_that_label_alone() -> None:
    other = replace(entry("promote", 4, 5, label="canary"), state="done")
    failed = replace(entry("promote", 2, 9), state="aborted")

    journal = (*moved(("promote", 1, 2)), other, failed)

    assert return_of(journal, model="m", label="stable", now_at=2) == 1
