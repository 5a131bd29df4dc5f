"""Asks the registries of a service's images, for doctor; none of it takes long, and none of it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from tfk8s.app.side_by_side import side_by_side
from tfk8s.diagnose.images import images_to_ask
from tfk8s.errors import InputError
from tfk8s.manifest import Manifests
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.ports.registry import ImageLookup

_LIMIT_S: Final = 15.0
"""A registry that is there answers within a second or two; a login at Google may take some more."""


def with_wanted(evidence: Evidence, wanted: Callable[[], Manifests]) -> Evidence:
    """The evidence with the Deployment that would be made, where there is none.

    Args:
        evidence: of the service.
        wanted: renders it as `apply` does; what keeps it from being rendered is told of the spec.
    """
    if evidence.snapshot.deployment is not None:
        return evidence
    try:
        manifests = wanted()
    except InputError:
        return evidence
    return replace(evidence, wanted=next((each.body for each in manifests if each.ref.kind == "Deployment"), None))


def ask_registries(evidence: Evidence, *, lookup: ImageLookup, limit_s: float = _LIMIT_S) -> Evidence:
    """The evidence with what registries say of the images that nodes have from them, or want from them."""
    asked = images_to_ask(evidence)
    work: dict[str, Callable[[], ImageAnswer]] = {image: partial(lookup.look_up, image) for image in asked}
    answers = side_by_side(work, limit_s=limit_s)
    return replace(evidence, images=tuple(answers.get(image) or _late(image, limit_s) for image in asked))


def _late(image: str, limit_s: float) -> ImageAnswer:
    return ImageAnswer(
        image=image, state=ImageState.UNANSWERED, words=f"its registry gave no answer within {limit_s:g} s"
    )
