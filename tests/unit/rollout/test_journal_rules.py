"""A change of versions that was begun: one that is worked at passes, one that was left does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.fakes.clock import START
from tests.unit.rollout.fleets import config, fleet, pod, state
from tfk8s.clock import rfc3339
from tfk8s.rollout.fleet import fleet_findings
from tfk8s.rollout.journal import LEASE_S, Change, Entry, Runner
from tfk8s.rollout.journal_rules import during_change, journal_findings

MOVE = Change(action="promote", model="resnet", label="stable", target=2)
BEGUN = Entry(
    time=rfc3339(START),
    who="ann",
    change=MOVE,
    origin=1,
    runner=Runner(run="r1", host="desk", pid=7),
    seen=rfc3339(START),
)


def test_no_change_and_an_ended_change_are_no_finding() -> None:
    assert journal_findings((), service="resnet", now=START) == ()
    assert journal_findings((replace(BEGUN, state="done"),), service="resnet", now=START) == ()
    assert journal_findings((replace(BEGUN, state="aborted"),), service="resnet", now=START) == ()


def test_a_change_whose_run_was_seen_just_now_passes() -> None:
    (found,) = journal_findings((BEGUN,), service="resnet", now=START + timedelta(seconds=LEASE_S - 1))

    assert (found.code, found.place, found.is_passing) == ("change-running", "Service/resnet", True)
    assert "process 7 on desk works at it" in found.cause


def test_a_promotion_that_was_begun_and_left_is_told_with_what_goes_on() -> None:
    (found,) = journal_findings((BEGUN,), service="resnet", now=START + timedelta(seconds=LEASE_S + 1))

    assert (found.code, found.label, found.version, found.is_passing) == ("change-unfinished", "stable", 2, False)
    assert found.symptom.startswith("promote of label stable of resnet from 1 to 2, begun by ann")
    assert "tfk8s versions promote" in found.remedy


def test_the_command_of_a_step_of_a_canary_is_canary() -> None:
    left = replace(BEGUN, change=replace(MOVE, action="canary-start"))

    (found,) = journal_findings((left,), service="resnet", now=START + timedelta(hours=1))

    assert "`tfk8s versions canary`" in found.remedy


def test_pods_that_differ_while_a_run_changes_their_model_pass_but_a_failed_load_does_not() -> None:
    lags = fleet(pod("a", state(1)), pod("b", state(1), state(2, error="broken")), served=config((1, 2)))
    absent, failed = fleet_findings(lags)
    running = journal_findings((BEGUN,), service="resnet", now=START)
    left = journal_findings((BEGUN,), service="resnet", now=START + timedelta(hours=1))

    first, second = during_change((absent, failed), running)

    assert (first.code, first.is_passing) == ("version-absent", True)
    assert "under way" in first.remedy
    assert second == failed
    assert during_change((absent, failed), left) == (absent, failed)


def test_a_change_of_one_model_excuses_no_other() -> None:
    other = replace(BEGUN, change=replace(MOVE, model="another"))
    lags = fleet_findings(fleet(pod("a", state(1)), served=config((1, 2))))

    assert during_change(lags, journal_findings((other,), service="resnet", now=START)) == lags
