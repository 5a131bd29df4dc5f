"""Values of a cluster as a spec would write them, so that two are the same when their texts are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def flag(value: object) -> str:
    """True or false."""
    return "true" if value else "false"


def listed(values: Iterable[str]) -> str:
    """Values in alphabetical order; nothing is `none`."""
    return ", ".join(sorted(values)) or "none"


def pairs(values: Mapping[str, str]) -> str:
    """Labels as gcloud writes them."""
    return listed(f"{key}={value}" for key, value in values.items())


def part_of(found: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """What is found under the wanted keys: GKE and other tools add some of their own."""
    return {key: found[key] for key in wanted if key in found}


def last(path: str) -> str:
    """Name at the end of a resource's path."""
    return path.rpartition("/")[2]
