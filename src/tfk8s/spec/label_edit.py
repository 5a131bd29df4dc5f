"""Writes where a label of a model leads in the text of a spec; every byte that is not its own stays."""

from __future__ import annotations

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part
from tfk8s.spec.model_part import editable_model


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
    bare, model = editable_model(text, index=index, environment=environment, says=lambda own: _leads(own, label=label))
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


def _leads(model: Part, *, label: str) -> bool:
    """Whether the model says where this label leads."""
    labels = model.get("labels")
    return labels is not None and labels.kind == "map" and labels.get(label) is not None
