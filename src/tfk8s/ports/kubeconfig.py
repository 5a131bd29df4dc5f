"""The kubeconfig that people's other tools read; this tool itself needs none for a cluster of a cloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tfk8s.manifest.kubeconfig import KubeconfigEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeconfigChange:
    """What became of the file; `is_changed` is False when it said the same already."""

    path: Path
    is_changed: bool


class Kubeconfig(Protocol):
    """One kubeconfig file, of which everything stays that is not named."""

    def put(self, entry: KubeconfigEntry) -> KubeconfigChange:
        """Write the entry, in the place of one of its name, and make its context the current one.

        Raises:
            PreconditionError: the file is broken, cannot be written, or another program holds it.
        """
        ...

    def remove(self, name: str) -> KubeconfigChange:
        """Take out cluster, user and context of this name.

        Raises:
            PreconditionError: as `put`.
        """
        ...
