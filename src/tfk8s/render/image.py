"""Which image the pods run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from tfk8s.errors import InputError
from tfk8s.names.image import LOCAL_REPOSITORY
from tfk8s.render.served import ServedModel
from tfk8s.spec import LocalSource, ServiceSpec

_REFERENCE = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9._/\[\]:-]*(@sha256:[0-9a-f]{64})?\Z")


def check_reference(reference: str) -> str:
    """Return a reference that a kubelet can read.

    Raises:
        InputError: it is none.
    """
    if not _REFERENCE.match(reference):
        raise InputError(
            f"{reference!r} is no image reference", hint="write repository:tag or repository@sha256:..., without spaces"
        )
    return reference


def is_baked(spec: ServiceSpec) -> bool:
    """Whether a model layer is put on the base image, because a model is a directory here."""
    return any(isinstance(model.parsed_source, LocalSource) for model in spec.served_models)


def repository_of(spec: ServiceSpec) -> str:
    """Where the baked image lives, without a tag."""
    return spec.image.repository or f"{LOCAL_REPOSITORY}/{spec.name}"


def image_reference(spec: ServiceSpec, models: Sequence[ServedModel]) -> str:
    """The image that the spec implies: the base, or the baked image by digest, or by a tag made of what is known.

    That tag is a stand-in for one that names the contents (`tfk8s.app.image.baked_image`), for when they cannot be
    read here: it changes with the base image and with the versions, their directories and their sizes.
    """
    if not is_baked(spec):
        return spec.image.base
    if spec.image.digest:
        return f"{repository_of(spec)}@{spec.image.digest}"
    return f"{repository_of(spec)}:{_tag(spec, models)}"


def _tag(spec: ServiceSpec, models: Sequence[ServedModel]) -> str:
    contents = [
        [model.name, [[version.directory, version.size_bytes] for version in model.info.versions]]
        for model in models
        if model.info is not None and isinstance(model.source, LocalSource)
    ]
    text = json.dumps([spec.image.base, contents])
    return f"unread-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
