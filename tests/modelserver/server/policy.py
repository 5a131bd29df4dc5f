"""Which versions of a model should be loaded, from its directory and its version policy. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from typing_extensions import assert_never

from tests.modelserver.server import log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLACE: Final = "sources/storage_path/file_system_storage_path_source.cc"
_NUMBER: Final = re.compile(r"\s*-?[0-9]+\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The highest versions; at least one."""

    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Specific:
    """These versions and no other."""

    versions: tuple[int, ...]


Policy = Latest | All | Specific


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the configuration."""

    name: str
    base_path: str
    policy: Policy = field(default_factory=Latest)
    labels: Mapping[str, int] = field(default_factory=dict)


def choose(model: Model, children: Sequence[str]) -> dict[int, str]:
    """The versions to serve and the names of their directories, from the names below the base path."""
    by_version = _index(children)
    match model.policy:
        case Latest(count=count):
            wanted = sorted(by_version, reverse=True)[: max(count, 1)]
        case All():
            wanted = sorted(by_version)
        case Specific(versions=versions):
            # Since 2.17 the server asks for the path of each version instead of listing: `007` is not version 7 here.
            by_version = {version: str(version) for version in versions if str(version) in children}
            wanted = sorted(by_version)
            _warn_of_missing(model, missing=set(versions) - set(wanted))
        case _:
            assert_never(model.policy)
    if not wanted:
        log.warning(
            _PLACE,
            f"No versions of servable {model.name} found under base path {model.base_path}. "
            "Did you forget to name your leaf directory as a number (eg. '/1/')?",
        )
    return {version: by_version[version] for version in wanted}


def _index(children: Sequence[str]) -> dict[int, str]:
    """Names that read as a 64-bit integer; others are ignored without a word, and the last of two equal ones wins."""
    by_version: dict[int, str] = {}
    for child in sorted(children):
        version = int(child) if _NUMBER.fullmatch(child) else 2**63
        if not -(2**63) <= version < 2**63:
            continue
        if version in by_version:
            log.warning(
                _PLACE,
                f"Duplicate version directories detected. Version {version} will be loaded from {child}, "
                f"{by_version[version]} will be ignored.",
            )
        by_version[version] = child
    return by_version


def _warn_of_missing(model: Model, *, missing: set[int]) -> None:
    for version in sorted(missing):
        log.warning(
            _PLACE,
            f"Version {version} of servable {model.name}, which was requested to be served as a 'specific' "
            "version in the servable's version policy, was not found in the file system",
        )
