"""Writes `versions` of a model in the text of a spec; every byte that is not theirs stays."""

from __future__ import annotations

from collections.abc import Sequence

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part
from tfk8s.spec.model_part import editable_model


def with_versions(text: str, *, index: int | None, versions: Sequence[int], environment: str | None = None) -> str:
    """The text with this list of versions; an environment's own list is changed where it has one.

    Args:
        text: the spec file.
        index: which of `models`; None for `model`.
        versions: the numbers.
        environment: the environment that is meant, None for none.

    Raises:
        NotEditableError: it is written in a way that this does not reach (an alias, a model without a map).
    """
    bare, model = editable_model(text, index=index, environment=environment, says=_says_versions)
    splices = Splices(bare, model)
    _set(splices, model, versions=sorted(versions))
    return text[: len(text) - len(bare)] + splices.apply()


def _says_versions(model: Part) -> bool:
    return model.get("versions") is not None


def _set(splices: Splices, model: Part, *, versions: list[int]) -> None:
    """A list in a column keeps the comments beside the numbers that stay; everything else is written as `[1, 2]`."""
    part = model.get("versions")
    if part is None or part.kind != "list" or part.is_flow:
        splices.set_value("versions", [*versions])
        return
    there = [int(item.text) if item.text.isdecimal() else -1 for item in part.items]
    gone = [position for position, number in enumerate(there) if number not in versions]
    if len(gone) == len(there) or any(item.kind != "scalar" for item in part.items):
        raise NotEditableError
    for position in gone:
        splices.remove_item("versions", position)
    for number in versions:
        if number not in there:
            splices.add_item("versions", number)
