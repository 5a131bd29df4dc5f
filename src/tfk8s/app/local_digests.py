"""Digests of the versions of a directory, each worked out when it is first asked for: it reads every byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.model import ModelInfo, content_digest


class LocalDigests(Mapping[int, "str | None"]):
    """`versions_source.Known.digests` of a model directory."""

    def __init__(self, info: ModelInfo) -> None:
        """Read nothing yet."""
        self._versions = {version.number: version for version in info.versions}
        self._known: dict[int, str] = {}

    def __getitem__(self, number: int) -> str | None:
        """The digest of a version."""
        if number not in self._known:
            self._known[number] = content_digest(self._versions[number])
        return self._known[number]

    def __iter__(self) -> Iterator[int]:
        """The numbers, ascending."""
        return iter(self._versions)

    def __len__(self) -> int:
        """How many versions there are."""
        return len(self._versions)
