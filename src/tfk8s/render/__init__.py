"""A spec and its models to manifests, through templates; nothing else reads `templates/`."""

from __future__ import annotations

from tfk8s.render.image import image_reference, is_baked, repository_of
from tfk8s.render.renderer import render
from tfk8s.render.result import Explanation, Rendered, RenderOptions, RenderWarning, manifest_text

__all__ = [
    "Explanation",
    "RenderOptions",
    "RenderWarning",
    "Rendered",
    "image_reference",
    "is_baked",
    "manifest_text",
    "render",
    "repository_of",
]
