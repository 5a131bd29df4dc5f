"""Which old versions go when a new one comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfk8s.app.retention import decide_retention

numbers = st.sets(st.integers(0, 20), min_size=1, max_size=8)


def test_the_last_k_stay_and_what_is_labelled_is_spared_with_its_reason() -> None:
    decided = decide_retention([1, 2, 3, 4, 5], keep=2, protected={2: "label stable"})

    assert decided.kept == (2, 4, 5)
    assert decided.removed == (1, 3)
    assert decided.spared == {2: "label stable"}


def test_without_a_number_to_keep_nothing_goes() -> None:
    assert decide_retention([3, 1], keep=None, protected={}).kept == (1, 3)


@given(versions=numbers, keep=st.integers(1, 5), protected=numbers)
def test_nothing_protected_and_none_of_the_last_k_ever_goes(versions: set[int], keep: int, protected: set[int]) -> None:
    decided = decide_retention(versions, keep=keep, protected=dict.fromkeys(protected, "why"))

    assert set(decided.kept) | set(decided.removed) == versions
    assert not set(decided.removed) & (set(decided.kept) | protected)
    assert set(sorted(versions)[-keep:]) <= set(decided.kept)
    assert len(decided.kept) <= keep + len(decided.spared)
