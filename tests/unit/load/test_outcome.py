from __future__ import annotations

from dataclasses import replace

from tests.unit.load.benches import OBJECTIVE, outcomes
from tfk8s.load import NO_FREE_CONNECTION, Outcome, step_of


def test_the_latency_of_a_request_counts_from_when_it_was_due_not_from_when_it_was_sent() -> None:
    assert Outcome(due_s=1.0, sent_s=3.0, done_s=3.5).latency_s == 2.5


def test_a_request_without_a_free_connection_counts_as_failed_and_not_as_sent() -> None:
    step = step_of(outcomes([0.1] * 8, failures=[NO_FREE_CONNECTION] * 2), rps=10, seconds=1)

    assert (step.sent, step.answered, step.unsent, step.errors) == (8, 8, 2, {})
    assert (step.failed, step.failed_share) == (2, 0.2)


def test_failures_are_counted_by_kind_and_have_no_latency() -> None:
    step = step_of(outcomes([0.1] * 2, failures=["timeout", "HTTP 503", "timeout"]), rps=5, seconds=1)

    assert step.errors == {"HTTP 503": 1, "timeout": 2}
    assert step.latencies is not None
    assert step.latencies.max_s == 0.1
    assert step.answered_rps == 2


def test_a_step_in_which_nothing_was_answered_keeps_no_objective() -> None:
    step = step_of(outcomes([], failures=["timeout"] * 5), rps=5, seconds=1, objective=OBJECTIVE)

    assert (step.latencies, step.objective_s) == (None, None)
    assert not step.keeps(OBJECTIVE)


def test_one_failure_in_a_thousand_is_within_the_objective_and_two_are_not() -> None:
    kept = step_of(outcomes([0.1] * 999, failures=["timeout"]), rps=1000, seconds=1, objective=OBJECTIVE)
    broken = step_of(outcomes([0.1] * 998, failures=["timeout"] * 2), rps=1000, seconds=1, objective=OBJECTIVE)

    assert kept.keeps(OBJECTIVE)
    assert not broken.keeps(OBJECTIVE)


def test_slow_answers_break_the_objective_at_its_percentile_alone() -> None:
    kept = step_of(outcomes([0.1] * 99 + [5.0]), rps=100, seconds=1, objective=OBJECTIVE)
    broken = step_of(outcomes([0.1] * 98 + [5.0] * 2), rps=100, seconds=1, objective=OBJECTIVE)

    assert kept.keeps(OBJECTIVE)
    assert not broken.keeps(OBJECTIVE)


def test_a_step_whose_requests_were_sent_late_is_set_aside() -> None:
    on_time = step_of(outcomes([0.1] * 100), rps=100, seconds=1)
    late = step_of(outcomes([0.1] * 100, held_up_s=0.02), rps=100, seconds=1)

    assert on_time.set_aside is None
    assert late.late == 100
    assert late.set_aside is not None
    assert "processor" in late.set_aside


def test_what_was_held_up_for_less_than_a_twentieth_of_the_objective_does_not_undo_that_it_was_broken() -> None:
    patient = replace(OBJECTIVE, latency_s=1.0)
    broken = step_of(outcomes([1.5] * 40, held_up_s=0.04), rps=1, seconds=40, objective=patient)
    late = step_of(outcomes([1.5] * 40, held_up_s=0.06), rps=1, seconds=40, objective=patient)

    assert (broken.late, broken.kept, broken.set_aside) == (0, False, None)
    assert late.late == 40
    assert late.set_aside is not None


def test_late_requests_do_not_undo_an_objective_that_was_kept() -> None:
    kept = step_of(outcomes([0.1] * 100, held_up_s=0.02), rps=100, seconds=1, objective=OBJECTIVE)
    broken = step_of(outcomes([0.5] * 100, held_up_s=0.02), rps=100, seconds=1, objective=OBJECTIVE)

    assert (kept.kept, kept.set_aside) == (True, None)
    assert broken.kept is False
    assert broken.set_aside is not None


def test_a_step_during_which_the_number_of_ready_pods_changed_is_set_aside() -> None:
    assert step_of(outcomes([0.1]), rps=1, seconds=1, pods=(2, 2)).set_aside is None
    assert step_of(outcomes([0.1]), rps=1, seconds=1, pods=(None, 2)).set_aside is None
    changed = step_of(outcomes([0.1]), rps=1, seconds=1, pods=(2, 3)).set_aside
    assert changed == "the number of ready pods changed from 2 to 3"
