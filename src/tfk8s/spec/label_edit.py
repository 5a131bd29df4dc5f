"""Writes where a label of a model leads in the text of a spec; every byte that is not its own stays."""

from __future__ import annotations

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree


def with_label(text: str, label: str, *, version: int, index: int | None, environment: str | None = None) -> str:
    """The text with the label at this version; an environment's own labels are changed where it has them.

    Args:
        text: the spec file.
        label: its name.
        version: where it is to lead.
        index: which of `models`; None for `model`.
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
    model = _own_model(top, label=label, index=index, environment=environment) or _model(top, index=index)
    if model is None or model.kind != "map" or not model.pairs or bare[model.start] in "*&!":
        raise NotEditableError
    labels = model.get("labels")
    if labels is None or not labels.pairs:
        splices = Splices(bare, model)
        splices.set_value("labels", {label: version})
    else:
        if labels.kind != "map" or bare[labels.start] in "*&!":
            raise NotEditableError
        splices = Splices(bare, labels)
        splices.set_value(label, version)
    return text[: len(text) - len(bare)] + splices.apply()


def _own_model(top: Part, *, label: str, index: int | None, environment: str | None) -> Part | None:
    """The environment's own model, when it says where this label leads."""
    environments = top.get("environments") if environment is not None else None
    own = environments.get(environment) if environments is not None and environment is not None else None
    model = _model(own, index=index) if own is not None and own.kind == "map" else None
    labels = model.get("labels") if model is not None and model.kind == "map" else None
    has_it = labels is not None and labels.kind == "map" and labels.get(label) is not None
    return model if has_it else None


def _model(top: Part, *, index: int | None) -> Part | None:
    if index is None:
        return top.get("model")
    models = top.get("models")
    return models.items[index] if models is not None and models.kind == "list" and index < len(models.items) else None
