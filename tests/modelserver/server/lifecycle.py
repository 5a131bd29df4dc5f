"""The versions of one model and what should happen to them next. Pure: no thread, no clock, no file."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.modelserver.server.errors import ServingError


class State(enum.IntEnum):
    """What GetModelStatus reports; numbers are those of the `ModelVersionStatus` message."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionState:
    """The state of a version, and why it ended when that was a failure."""

    state: State
    error: ServingError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Load this version from this directory."""

    version: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unload:
    """Stop serving this version."""

    version: int


Action = Load | Unload


@dataclass(slots=True, kw_only=True)
class Versions:
    """All versions of a model that were ever seen, under the availability-preserving policy.

    A new version is loaded before the old one is dropped. A version that failed is not tried again while it stays
    wanted; when it goes and comes back it counts as new. A version whose status ended stays in the report for ever.
    """

    wanted: dict[int, str] = field(default_factory=dict)
    states: dict[int, VersionState] = field(default_factory=dict)
    _managed: set[int] = field(default_factory=set)  # wanted once, and neither unloaded nor forgotten since

    def aspire(self, wanted: Mapping[int, str]) -> None:
        """Takes the versions that the source wants served now."""
        for version in list(self._managed):
            if version not in wanted and self.states[version].state is State.END:
                self._managed.discard(version)
        self.wanted = dict(wanted)
        for version in self.wanted:
            if version not in self._managed:
                self._managed.add(version)
                self.states[version] = VersionState(state=State.START)

    def next_actions(self) -> list[Action]:
        """What to start now; each action is returned once, its version is marked as loading or unloading."""
        actions: list[Action] = []
        if not self.wanted or any(self._is(State.AVAILABLE, version) for version in self.wanted):
            for version in self.available():
                if version not in self.wanted:
                    self.states[version] = VersionState(state=State.UNLOADING)
                    actions.append(Unload(version=version))
        for version in sorted(self._managed, reverse=True):
            if self._is(State.START, version):
                actions.extend(self._start(version))
        return actions

    def _start(self, version: int) -> list[Action]:
        if version in self.wanted:
            self.states[version] = VersionState(state=State.LOADING)
            return [Load(version=version, path=self.wanted[version])]
        self.unloaded(version)  # gone before its turn came
        return []

    def loaded(self, version: int) -> None:
        """Records a load that succeeded."""
        self.states[version] = VersionState(state=State.AVAILABLE)

    def failed(self, version: int, error: ServingError) -> None:
        """Records a load that failed for good."""
        self.states[version] = VersionState(state=State.END, error=error)
        if version not in self.wanted:
            self._managed.discard(version)

    def unloaded(self, version: int) -> None:
        """Records that a version is gone; if it is wanted again meanwhile, it starts anew."""
        self.states[version] = VersionState(state=State.END)
        self._managed.discard(version)
        self.aspire(self.wanted)

    def available(self) -> list[int]:
        """The versions that answer, lowest first."""
        return sorted(version for version in self.states if self._is(State.AVAILABLE, version))

    def is_settled(self) -> bool:
        """Whether something answers, or every wanted version has failed."""
        ended = [self._is(State.END, version) for version in self.wanted]
        return bool(self.available()) or (bool(ended) and all(ended))

    def failures(self) -> dict[int, ServingError]:
        """The wanted versions that failed, and why."""
        found = {version: self.states[version].error for version in self.wanted}
        return {version: error for version, error in found.items() if error is not None}

    def _is(self, state: State, version: int) -> bool:
        return self.states[version].state is state
