"""Names of images: repository, tag and digest, and the names that are used when nothing else is said."""

from __future__ import annotations

import re
from typing import Final

DEFAULT_BASE: Final = "tensorflow/serving:2.20.0"

LOCAL_REPOSITORY: Final = "tfk8s.local"
"""Stands for a registry that does not exist: images under it are loaded into the nodes, and a pull fails at once."""

# https://github.com/distribution/reference: [domain[:port]/]path[:tag][@digest]
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
REPOSITORY = rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
REFERENCE: Final = re.compile(rf"(?P<repository>{REPOSITORY})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{DIGEST}))?\Z")


def default_base(*, gpus: int) -> str:
    """The base image of a service that names none: with GPUs the build that knows them."""
    return f"{DEFAULT_BASE}-gpu" if gpus else DEFAULT_BASE


def is_repository(text: str) -> bool:
    """Whether the text names an image repository, without tag and digest."""
    return re.fullmatch(REPOSITORY, text) is not None


def is_tag(text: str) -> bool:
    """Whether the text is a tag."""
    return re.fullmatch(_TAG, text) is not None


def is_digest(text: str) -> bool:
    """Whether the text is a digest."""
    return re.fullmatch(DIGEST, text) is not None
