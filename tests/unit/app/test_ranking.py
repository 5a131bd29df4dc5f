"""Top-k with names."""

from __future__ import annotations

import math

import pytest

from tfk8s.app.ranking import Guess, Ranking, rank, read_labels, require_names
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue


def test_the_best_classes_come_first_with_their_names() -> None:
    ranking = rank([[0.1, 0.7, 0.2]], top=2, labels=("ant", "bee", "cat"))

    best = (Guess(index=1, name="bee", score=0.7), Guess(index=2, name="cat", score=0.2))
    assert ranking == Ranking(classes=3, is_named=True, examples=(best,))


def test_each_example_has_a_ranking_and_equal_scores_keep_their_order() -> None:
    ranking = rank([[1, 1], [0, 2]], top=5)

    assert ranking is not None
    assert [[guess.index for guess in example] for example in ranking.examples] == [[0, 1], [1, 0]]
    assert ranking.examples[0][0].name is None


def test_nan_goes_last() -> None:
    ranking = rank([[math.nan, 0.1, math.nan, 0.5]], top=2)

    assert ranking is not None
    assert [guess.index for guess in ranking.examples[0]] == [3, 1]


@pytest.mark.parametrize(
    "output", [5, [], [1.0, 2.0], [[1.0]], [[]], [[[1.0, 2.0]]], [["a", "b"]], [[True, False]], [[1.0, 2.0], [1.0]]]
)
def test_what_is_no_vector_of_scores_is_not_ranked(output: JsonValue) -> None:
    assert rank(output, top=5) is None


def test_labels_name_the_output_that_they_fit_and_no_other() -> None:
    fits, other = rank([[1.0, 2.0]], top=1, labels=("a", "b")), rank([[1.0, 2.0, 3.0]], top=1, labels=("a", "b"))

    assert fits is not None
    assert other is not None
    assert fits.is_named
    assert not other.is_named
    require_names({"p": fits, "q": other}, labels=("a", "b"))


def test_labels_that_fit_nothing_are_refused_with_both_numbers() -> None:
    ranking = rank([[1.0, 2.0, 3.0]], top=1, labels=("a", "b"))

    assert ranking is not None
    with pytest.raises(InputError, match="has 2 names, which fits no output: 'p' has 3"):
        require_names({"p": ranking}, labels=("a", "b"))
    with pytest.raises(InputError, match="none has classes"):
        require_names({}, labels=("a",))


def test_labels_are_lines_and_blank_ones_at_the_end_do_not_count() -> None:
    assert read_labels("ant\r\n bee \n\ncat\n\n\n", source="l.txt") == ("ant", "bee", "", "cat")
    with pytest.raises(InputError, match=r"l\.txt holds no class names"):
        read_labels("\n\n", source="l.txt")
