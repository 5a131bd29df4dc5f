"""Writes `versions` of a model in the text of a spec; every byte that is not theirs stays."""

from __future__ import annotations

from collections.abc import Sequence

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree


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
    bare = text.removeprefix("\ufeff")
    try:
        top = read_tree(bare)
    except UnreadableError as error:
        raise NotEditableError from error
    if top is None or top.kind != "map":
        raise NotEditableError
    model = _own_model(top, index=index, environment=environment) or _model(top, index=index)
    if model is None or model.kind != "map" or not model.pairs or bare[model.start] in "*&!":
        raise NotEditableError
    splices = Splices(bare, model)
    _set(splices, model, versions=sorted(versions))
    return text[: len(text) - len(bare)] + splices.apply()


def _own_model(top: Part, *, index: int | None, environment: str | None) -> Part | None:
    """The environment's own model, when it says which versions."""
    environments = top.get("environments") if environment is not None else None
    own = environments.get(environment) if environments is not None and environment is not None else None
    model = _model(own, index=index) if own is not None and own.kind == "map" else None
    return model if model is not None and model.kind == "map" and model.get("versions") is not None else None


def _model(top: Part, *, index: int | None) -> Part | None:
    if index is None:
        return top.get("model")
    models = top.get("models")
    return models.items[index] if models is not None and models.kind == "list" and index < len(models.items) else None


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
