"""What the model server's log says of loads: which one had begun, and what was in memory beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LOADING = re.compile(r"Loading servable version \{name: (?P<model>\S+) version: (?P<version>\d+)\}")
_LOADED = re.compile(r"Successfully loaded servable version \{name: (?P<model>\S+) version: (?P<version>\d+)\}")
_UNLOADED = re.compile(r"Done unloading servable version \{name: (?P<model>\S+) version: (?P<version>\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadInFlight:
    """A load that had begun and not ended, and the versions of the same model that were in memory then."""

    model: str
    version: int
    loaded: tuple[int, ...]


def load_in_flight(lines: tuple[str, ...]) -> LoadInFlight | None:
    """The load that was under way at the end of the log; None when there was none."""
    loading: dict[tuple[str, int], None] = {}
    loaded: set[tuple[str, int]] = set()
    for line in lines:
        if match := _LOADED.search(line):
            loading.pop(_servable(match), None)
            loaded.add(_servable(match))
        elif match := _UNLOADED.search(line):
            loaded.discard(_servable(match))
        elif match := _LOADING.search(line):
            loading[_servable(match)] = None
    if not loading:
        return None
    model, version = list(loading)[-1]
    return LoadInFlight(
        model=model, version=version, loaded=tuple(sorted(number for name, number in loaded if name == model))
    )


def _servable(match: re.Match[str]) -> tuple[str, int]:
    return match["model"], int(match["version"])
