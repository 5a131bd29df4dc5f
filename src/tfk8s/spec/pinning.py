"""Pins the image of a spec in its text; every byte that the pin does not name stays."""

from __future__ import annotations

from tfk8s.manifest.yaml_splice import NotEditableError, Splices
from tfk8s.manifest.yaml_tree import Part, UnreadableError, read_tree


def with_digest(text: str, digest: str) -> str:
    """The text with `image.digest` set, where its `image` names a repository already.

    Raises:
        NotEditableError: there is no such map, or it is written in a way that this does not reach (an alias).
    """
    bare = text.removeprefix("\ufeff")
    image = _top(bare).get("image")
    if image is None:
        raise NotEditableError
    splices = Splices(bare, _map(image, bare))
    splices.set_text("digest", digest)
    return text[: len(text) - len(bare)] + splices.apply()


def with_base(text: str, base: str) -> str:
    """The text with `image.base` set; the map `image` is made where there is none.

    Raises:
        NotEditableError: it is written in a way that this does not reach (an alias).
    """
    bare = text.removeprefix("\ufeff")
    top = _top(bare)
    image = top.get("image")
    if image is None:
        splices = Splices(bare, top)
        splices.add_key("image", {"base": base})
    else:
        splices = Splices(bare, _map(image, bare))
        splices.set_text("base", base)
    return text[: len(text) - len(bare)] + splices.apply()


def _top(bare: str) -> Part:
    try:
        top = read_tree(bare)
    except UnreadableError as error:
        raise NotEditableError from error
    if top is None or top.kind != "map" or not top.pairs:
        raise NotEditableError
    return top


def _map(image: Part, bare: str) -> Part:
    if image.kind != "map" or not image.pairs or bare[image.start] in "*&!":
        raise NotEditableError
    return image
