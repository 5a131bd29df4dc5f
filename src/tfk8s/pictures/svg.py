"""SVG as the drawing library writes it, made fit to stand alone, in a page, and for a screen reader."""

from __future__ import annotations

import re
from html import escape
from typing import Final

_ROOT: Final = re.compile(r"<svg [^<>]*>")
_METADATA: Final = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
# Text and attribute values have no bare < or >, so what these find is inside a tag.
_PATH: Final = re.compile(r'(<path [^<>]*?\bd=")([^"<>]*)"')
_TAG: Final = re.compile(r"<[^<>]+>")
_NAME: Final = re.compile(r' id="|href="#|url\(#')
_DECIMALS: Final = re.compile(r"(\.\d\d)\d+")


def finish(text: str, *, title: str, description: str) -> str:
    """Give a picture its title and description, and leave out what nobody reads.

    Args:
        text: As the drawing library wrote it.
        title: One line.
        description: One paragraph.
    """
    root = _ROOT.search(text)
    if root is None:
        raise ValueError("no SVG")
    opening = root.group().removesuffix(">") + ' role="img" aria-labelledby="title description">'
    words = f'\n <title id="title">{escape(title)}</title>\n <desc id="description">{escape(description)}</desc>'
    body = _METADATA.sub("", text[root.end() :], count=1)
    body = _PATH.sub(lambda found: f'{found[1]}{_shortened(found[2])}"', body)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{opening}{words}{body}'


def inline(text: str, *, prefix: str) -> str:
    """Return a finished picture for a page, where other pictures may have the same names inside them."""
    root = _ROOT.search(text)
    if root is None:
        raise ValueError("no SVG")
    tags = _TAG.sub(lambda found: _NAME.sub(rf"\g<0>{prefix}", found.group()), text[root.start() :])
    return tags.replace('"title description"', f'"{prefix}title {prefix}description"', 1).rstrip()


def _shortened(path: str) -> str:
    """Write a path to a hundredth of a point, on one line."""
    return " ".join(_DECIMALS.sub(r"\1", path).split())
