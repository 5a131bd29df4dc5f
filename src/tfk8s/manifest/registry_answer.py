"""What a registry says of an image to somebody who may or may not read it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class ImageState(enum.Enum):
    """Whether an image is there, as far as can be told."""

    PRESENT = "present"
    ABSENT = "absent"
    DENIED = "denied"
    """The login at hand may not read it; many registries say so too of what is not there."""

    UNANSWERED = "unanswered"
    """Nobody answered, or nothing that can be understood."""


class ImageAnswer(NamedTuple):
    """One answer.

    Attributes:
        image: as it was asked for.
        state: whether it is there.
        digests: of what its name leads to: the index, and each image of it.
        platforms: what it is for, as `linux/amd64`; () where that is not known.
        words: of the registry, or why there is no answer.
    """

    image: str
    state: ImageState
    digests: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    words: str = ""
