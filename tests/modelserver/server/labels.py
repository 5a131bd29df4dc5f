"""Version labels: checked before anything is loaded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.modelserver.server.errors import failed_precondition

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from tests.modelserver.server.policy import Model


def assign(model: Model, *, current: Mapping[str, int], available: Set[int], allow_unavailable: bool) -> dict[str, int]:
    """The model's new labels.

    A label may point to a version that is not available only with `allow_unavailable`, and then only when it is
    new or stays where it is: moving a label never goes ahead of the version.

    Raises:
        ServingError: FAILED_PRECONDITION, when a label points to what cannot be served yet.
    """
    for label, version in model.labels.items():
        if version in available:
            continue
        if allow_unavailable and current.get(label, version) == version:
            continue
        message = (
            f"Request to assign label to version {version} of model {model.name}, "
            "which is not currently available for inference"
        )
        raise failed_precondition(message)
    return dict(model.labels)
