"""The spec file with a label moved, and another list of versions where that needs one; comments stay."""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.app.model_choice import chosen_model
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.spec_edit import edited
from tfk8s.errors import InputError
from tfk8s.spec import ServiceSpec, load_spec
from tfk8s.spec.label_edit import with_label
from tfk8s.spec.version_list import with_versions


def edit_of(request: PromoteRequest, new: ServiceSpec, *, model: str) -> Callable[[str], str]:
    """Makes a text that reads as the old spec one that reads as the new one; comments stay."""
    index = None if request.spec.model is not None else [item.name for item in request.spec.models].index(model)
    old, wanted = chosen_model(request.spec, model), chosen_model(new, model)

    def edit(text: str) -> str:
        environment = request.environment
        if old.labels != wanted.labels:
            text = with_label(text, request.label, version=request.number, index=index, environment=environment)
        if old.versions != wanted.versions and isinstance(wanted.versions, tuple):
            text = with_versions(text, index=index, versions=wanted.versions, environment=environment)
        return text

    return edit


def text_of(request: PromoteRequest, new: ServiceSpec, *, model: str) -> str | None:
    """The spec file as it is to be, which reads as the new spec.

    Raises:
        InputError: it is written in a way that cannot be edited.
    """
    if request.file is None or not request.write:
        return None
    old, wanted = chosen_model(request.spec, model), chosen_model(new, model)
    by_hand = f"set labels.{request.label} of model {model} to {request.number}"
    if old.versions != wanted.versions and isinstance(wanted.versions, tuple):
        by_hand += f" and versions to {[*wanted.versions]}"
    text = edited(request.file, edit_of(request, new, model=model), by_hand=f"{by_hand} by hand")
    read = chosen_model(load_spec(text, source=str(request.file), environment=request.environment), model)
    if (read.labels, read.versions) != (wanted.labels, wanted.versions):
        raise InputError(
            f"{request.file} does not say what it is meant to say once it is edited",
            hint=f"{by_hand} by hand, and go on with --no-write",
        )
    return text
