"""One object on its way: the template, what goes into it, and why its fields are as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tfk8s.manifest.yaml import Path


class Draft(NamedTuple):
    """The values of one template.

    Attributes:
        template: its name.
        values: the variables of the template.
        reasons: for a field of the finished object, why it has its value.
    """

    template: str
    values: Mapping[str, object]
    reasons: Mapping[Path, str] = MappingProxyType({})
