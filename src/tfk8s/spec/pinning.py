"""Pins the image of a spec in its text; every byte that is not the digest's stays."""

from __future__ import annotations

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import UnreadableError, read_tree


def with_digest(text: str, digest: str) -> str:
    """The text with `image.digest` set, where its `image` names a repository already.

    Raises:
        NotEditableError: there is no such map, or it is written in a way that this does not reach (an alias).
    """
    bare = text.removeprefix("\ufeff")
    try:
        top = read_tree(bare)
    except UnreadableError as error:
        raise NotEditableError from error
    image = top.get("image") if top is not None and top.kind == "map" else None
    if image is None or image.kind != "map" or not image.pairs or bare[image.start] in "*&!":
        raise NotEditableError
    splices = Splices(bare, image)
    splices.set_text("digest", digest)
    return text[: len(text) - len(bare)] + splices.apply()
