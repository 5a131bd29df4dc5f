"""The Kubernetes releases that we render for and check against."""

from __future__ import annotations

import re
from typing import Final

from tfk8s.errors import InputError

OLDEST_MINOR: Final = 29
NEWEST_MINOR: Final = 37
DEFAULT_MINOR: Final = 34

_RELEASE = re.compile(r"v?1\.([0-9]{1,3})(?:[.+-].*)?\Z")


def parse_minor(text: str) -> int:
    """Read the minor number out of a release, such as `1.34`, `v1.34.4` or `v1.34.4-gke.1047000`.

    Raises:
        InputError: it is no release, or not one of those supported.
    """
    found = _RELEASE.match(text)
    supported = f"choose one from 1.{OLDEST_MINOR} to 1.{NEWEST_MINOR}"
    if found is None:
        raise InputError(f"{text!r} is no Kubernetes release", hint=supported)
    minor = int(found[1])
    if not OLDEST_MINOR <= minor <= NEWEST_MINOR:
        raise InputError(f"Kubernetes 1.{minor} is not supported", hint=supported)
    return minor
