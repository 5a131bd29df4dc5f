from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.rollout.traffic import Side, Traffic, joined, since

_COUNTS = st.integers(min_value=0, max_value=50)
_TRAFFIC = st.builds(
    Traffic,
    latencies=st.dictionaries(st.sampled_from([10.0, 18.0, float("inf")]), _COUNTS),
    errors=st.dictionaries(st.sampled_from(["INTERNAL", "NOT_FOUND"]), _COUNTS),
)


def some(answered: int = 0, failed: int = 0) -> Traffic:
    return Traffic(latencies={10.0: answered} if answered else {}, errors={"INTERNAL": failed} if failed else {})


@given(before=_TRAFFIC, more=_TRAFFIC)
def test_what_a_server_counted_between_two_looks_is_the_difference(before: Traffic, more: Traffic) -> None:
    between = since(before, joined(before, more))

    assert (between.answered, between.failed) == (more.answered, more.failed)
    assert all(between.latencies.get(bound, 0) == count for bound, count in more.latencies.items())


def test_counters_that_became_smaller_are_those_of_a_new_start() -> None:
    assert since(some(answered=100, failed=3), some(answered=7)) == some(answered=7)
    assert since(some(answered=100, failed=3), some(answered=200)) == some(answered=200)


def test_what_a_pod_counted_before_its_first_look_is_not_part_of_the_comparison() -> None:
    side = Side().looked({"a": some(answered=500)}, listed={"a"})
    assert side.total.total == 0

    side = side.looked({"a": some(answered=510), "late": some(answered=900)}, listed={"a", "late"})
    assert side.total.answered == 10
    assert side.looked({"late": some(answered=905)}, listed={"a", "late"}).total.answered == 15


def test_a_pod_that_could_not_be_asked_is_made_up_for_and_one_that_has_gone_is_forgotten() -> None:
    side = Side().looked({"a": some(answered=1)}, listed={"a"})

    missed = side.looked({}, listed={"a"})
    assert missed.looked({"a": some(answered=11)}, listed={"a"}).total.answered == 10

    gone = side.looked({}, listed=set())
    assert gone.last == {}
