"""The same work in several regions: in turn or at once, and what is said when some of it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tfk8s.app.bake import BakeFailedError
from tfk8s.app.regions import Outcome, at_once, failure_of, in_turn
from tfk8s.errors import ClusterRejectedError, WaitTimeoutError


def fails() -> str:
    raise WaitTimeoutError("no pod is ready", hint="wait")


def states(outcomes: tuple[Outcome[str], ...]) -> list[tuple[str, str]]:
    return [(outcome.region, outcome.state) for outcome in outcomes]


def test_in_turn_a_failure_keeps_the_next_from_being_begun() -> None:
    done: list[str] = []

    def work(region: str) -> Callable[[], str]:
        def piece() -> str:
            done.append(region)
            return region

        return piece

    outcomes = in_turn({"a": work("a"), "b": fails, "c": work("c"), "d": work("d")})

    assert states(outcomes) == [("a", "done"), ("b", "failed"), ("c", "not started"), ("d", "not started")]
    assert done == ["a"]


def test_at_once_each_comes_to_its_end_and_keeps_its_place() -> None:
    """Both wait for the other: one after the other they would never end."""
    met = threading.Barrier(2, timeout=10)

    def meets() -> str:
        met.wait()
        return "met"

    outcomes = at_once({"a": meets, "b": fails, "c": meets})

    assert states(outcomes) == [("a", "done"), ("b", "failed"), ("c", "done")]


def test_a_slip_of_ours_is_no_outcome() -> None:
    def slips() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        at_once({"a": slips})


def test_the_failure_has_the_family_of_the_first_and_says_how_to_go_on() -> None:
    outcomes = in_turn({"a": lambda: "x", "b": fails, "c": lambda: "y"})

    error = failure_of(outcomes, again="tfk8s apply")

    assert isinstance(error, WaitTimeoutError)
    assert error.message == "b: no pod is ready"
    assert error.hint == "wait; then tfk8s apply --region b --region c goes on"
    assert error.details == ("b: no pod is ready", "a: done", "c: not begun, as it was before")
    assert failure_of(in_turn({"a": lambda: "x"}), again="tfk8s apply") is None


def test_several_failures_are_all_told() -> None:
    def refused() -> str:
        raise ClusterRejectedError("quota", details=("Deployment/resnet",))

    error = failure_of(at_once({"a": refused, "b": fails, "c": lambda: "x"}), again="tfk8s down")

    assert isinstance(error, ClusterRejectedError)
    assert error.message == "2 of 3 regions failed"
    assert error.hint == "tfk8s down --region a --region b goes on"
    assert error.details == ("a: quota", "a: Deployment/resnet", "b: no pod is ready", "c: done")


def test_after_a_bake_that_failed_the_way_is_back_and_not_on() -> None:
    def worse() -> str:
        raise BakeFailedError("worse", hint="tfk8s rollback --region a takes it back")

    error = failure_of(in_turn({"a": worse, "b": lambda: "x"}), again="tfk8s apply")

    assert isinstance(error, BakeFailedError)
    assert (error.exit_code, error.hint) == (6, "tfk8s rollback --region a takes it back")
