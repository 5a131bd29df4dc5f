"""Texts that the kubelet would expand: in `args` and in environment values `$(NAME)` stands for a variable."""

from __future__ import annotations


def verbatim(text: str) -> str:
    """Double each `$`, which the kubelet halves again, so that the container gets the text as it is."""
    return text.replace("$", "$$")
