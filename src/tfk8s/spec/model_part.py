"""Finds the model to edit in the text of a spec: an environment's own where that says the matter, else the spec's."""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree


def editable_model(
    text: str, *, index: int | None, environment: str | None, says: Callable[[Part], bool]
) -> tuple[str, Part]:
    """The text without a byte-order mark, and the map of the model in it.

    Args:
        text: the spec file.
        index: which of `models`; None for `model`.
        environment: the environment that is meant, None for none.
        says: whether a model of that environment holds what is to be edited.

    Raises:
        NotEditableError: the text is no map, or the model is none or stands elsewhere (an alias).
    """
    bare = text.removeprefix("\ufeff")
    try:
        top = read_tree(bare)
    except UnreadableError as error:
        raise NotEditableError from error
    if top is None or top.kind != "map":
        raise NotEditableError
    own = _own_model(top, index=index, environment=environment)
    model = own if own is not None and says(own) else _model(top, index=index)
    if model is None or model.kind != "map" or not model.pairs or bare[model.start] in "*&!":
        raise NotEditableError
    return bare, model


def _own_model(top: Part, *, index: int | None, environment: str | None) -> Part | None:
    environments = top.get("environments") if environment is not None else None
    own = environments.get(environment) if environments is not None and environment is not None else None
    model = _model(own, index=index) if own is not None and own.kind == "map" else None
    return model if model is not None and model.kind == "map" else None


def _model(top: Part, *, index: int | None) -> Part | None:
    if index is None:
        return top.get("model")
    models = top.get("models")
    return models.items[index] if models is not None and models.kind == "list" and index < len(models.items) else None
