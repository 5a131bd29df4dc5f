"""Names of models, as they stand in URLs and paths."""

from __future__ import annotations

import re
from typing import Final

MODEL_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?\Z")
"""Names that can be a directory, a REST path segment (`[^/:]+` in the server's router) and a metric's label."""


def url_name(text: str) -> str:
    """The nearest name that a URL and a path take: letters, digits, `-`, `_` and `.` stay as they are."""
    if MODEL_NAME.match(text):
        return text
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", text)[:100].strip("_.-")
    return plain if MODEL_NAME.match(plain) else "model"
