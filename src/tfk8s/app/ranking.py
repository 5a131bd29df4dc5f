"""The classes that a model finds most likely, with their names."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One class of a ranking: its place in the output, its name when names were given, and its score."""

    index: int
    name: str | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One output: how many classes it has, whether they have names, and the best of each example."""

    classes: int
    is_named: bool
    examples: tuple[tuple[Guess, ...], ...]


def read_labels(text: str, *, source: str) -> tuple[str, ...]:
    """Names of classes, one a line, in the order of the output; blank lines at the end do not count.

    Raises:
        InputError: no line at all.
    """
    names = tuple(line.strip() for line in text.rstrip().splitlines())
    if not names:
        raise InputError(f"{source} holds no class names", hint="write one name a line, in the order of the output")
    return names


def rank(output: JsonValue, *, top: int, labels: tuple[str, ...] = ()) -> Ranking | None:
    """The `top` highest scores of each example, best first; equal scores keep the order of the classes.

    Names are given when there are as many labels as classes.

    Returns:
        None when the output is not numbers of shape [batch, classes] with at least two classes.
    """
    rows = _score_rows(output)
    if rows is None:
        return None
    classes = len(rows[0])
    names = labels if len(labels) == classes else ()
    examples = tuple(_best(row, top=top, labels=names) for row in rows)
    return Ranking(classes=classes, is_named=bool(names), examples=examples)


def require_names(rankings: Mapping[str, Ranking], *, labels: tuple[str, ...]) -> None:
    """See that the labels fit some output.

    Raises:
        InputError: they fit none; the text has all the numbers.
    """
    if not labels or any(ranking.is_named for ranking in rankings.values()):
        return
    found = ", ".join(f"{key!r} has {ranking.classes}" for key, ranking in rankings.items()) or "none has classes"
    raise InputError(
        f"the labels file has {len(labels)} names, which fits no output: {found}",
        hint="use the list that the model was trained with; some start with a background class",
    )


def _best(row: list[float], *, top: int, labels: tuple[str, ...]) -> tuple[Guess, ...]:
    # A NaN compares with nothing: it goes last instead of anywhere.
    indexes = heapq.nsmallest(top, range(len(row)), key=lambda index: (math.isnan(row[index]), -row[index], index))
    return tuple(Guess(index=index, name=labels[index] if labels else None, score=row[index]) for index in indexes)


def _score_rows(output: JsonValue) -> list[list[float]] | None:
    if not isinstance(output, list) or not output:
        return None
    first = output[0]
    if not isinstance(first, list) or len(first) < 2:
        return None
    for row in output:
        if not isinstance(row, list) or len(row) != len(first) or not all(_is_number(score) for score in row):
            return None
    return cast("list[list[float]]", output)


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
