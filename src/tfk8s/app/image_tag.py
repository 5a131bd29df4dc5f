"""The tag of an image with models: it follows from the contents, so that every command finds the same image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from tfk8s.manifest import JsonValue
from tfk8s.model import ModelVersion, content_digest

_TAG_DIGITS = 12


def content_tag(base: str, versions: Iterable[tuple[str, Iterable[ModelVersion]]]) -> str:
    """Digest the base's name and the content of every version; reads every byte of them.

    The same models have the same tag on any computer, and another content never has the tag of a pod's image.

    Args:
        base: name of the base image.
        versions: those that are served, by the model's name in the URL.

    Raises:
        InputError: a file cannot be read.
    """
    contents: list[JsonValue] = [
        [name, [[version.number, content_digest(version)] for version in served]] for name, served in versions
    ]
    hashed = hashlib.sha256(json.dumps([base, contents]).encode())
    return f"model-{hashed.hexdigest()[:_TAG_DIGITS]}"
