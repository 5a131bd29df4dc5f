"""A place in memory that keeps versions: staged, published, and every write of it in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tfk8s.errors import InputError
from tfk8s.ports import Reporter
from tfk8s.ports.publication import LocalVersion, Staged


@dataclass
class FakeVersionStore:
    """Implements `ports.publication.VersionStore`.

    Attributes:
        published: digest of each version; None where it cannot tell.
        staged: digest of what is staged, by number.
        done: every change, in order.
        before: called with the name of each change before it is made; may raise.
        trial_path: where the server sees what is staged; None for no such place.
    """

    published: dict[int, str | None] = field(default_factory=dict)
    staged: dict[int, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    trial_path: str | None = "/volumes/claim/.staged"
    needs_pin: bool = False
    place: str = "gs://models/resnet"

    def versions(self) -> tuple[int, ...]:
        return tuple(sorted(self.published))

    def digests(self, numbers: Sequence[int]) -> Mapping[int, str | None]:
        return {number: self.published[number] for number in numbers if number in self.published}

    def stage(self, version: LocalVersion, *, reporter: Reporter) -> Staged:
        del reporter
        held = self.published.get(version.number)
        if held is not None and held != version.digest:
            raise InputError("another content")
        if version.number in self.published:
            return Staged(version=version, is_published=True)
        self._do(f"stage {version.number}")
        is_there = self.staged.get(version.number) == version.digest
        self.staged[version.number] = version.digest
        return Staged(version=version, base_path=self.trial_path, sent_bytes=0 if is_there else version.size_bytes)

    def publish(self, staged: Staged) -> None:
        if staged.is_published:
            return
        self._do(f"publish {staged.version.number}")
        self.published[staged.version.number] = self.staged.pop(staged.version.number)

    def remove(self, number: int) -> None:
        if number in self.published:
            self._do(f"remove {number}")
            del self.published[number]

    def abandon(self) -> None:
        if self.staged:
            self._do("abandon")
            self.staged.clear()

    def _do(self, what: str) -> None:
        self.before(what)
        self.done.append(what)
