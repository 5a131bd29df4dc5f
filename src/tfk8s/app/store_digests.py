"""Digests of the versions of a store, each asked for when it is first needed: a store may have to read every byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.ports.publication import VersionStore


class StoreDigests(Mapping[int, "str | None"]):
    """`versions_source.Known.digests` of a store."""

    def __init__(self, store: VersionStore) -> None:
        """Ask for the numbers alone."""
        self._store, self._numbers = store, store.versions()
        self._known: dict[int, str | None] = {}

    def __getitem__(self, number: int) -> str | None:
        """The digest of a version."""
        if number not in self._numbers:
            raise KeyError(number)
        if number not in self._known:
            self._known[number] = self._store.digests((number,)).get(number)
        return self._known[number]

    def __iter__(self) -> Iterator[int]:
        """The numbers, ascending."""
        return iter(self._numbers)

    def __len__(self) -> int:
        """How many versions there are."""
        return len(self._numbers)
