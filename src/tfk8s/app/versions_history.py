"""The use-case of `tfk8s versions history`: who moved which version when, and to which content."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.app.journal import read_journal
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.journal import Entry, Journal

_DIGEST_SHOWN = len("sha256:") + 12
_COLUMNS = ("TIME", "BY", "ACTION", "MODEL", "LABEL", "FROM", "TO", "DIGEST", "STATE")


def versions_history(name: ServiceName, *, cluster: Cluster, model: str | None = None) -> Journal:
    """Read the journal, newest first; of one model, or of all.

    Raises:
        PreconditionError: it cannot be read.
    """
    journal = read_journal(name, cluster=cluster)
    return tuple(entry for entry in reversed(journal) if model in (None, entry.change.model))


def history_json(name: ServiceName, journal: Journal) -> JsonObject:
    """The stable form for `-o json`."""
    return {"name": name.name, "namespace": name.namespace, "changes": [entry.as_json() for entry in journal]}


def history_lines(journal: Journal) -> Iterator[str]:
    """A table, with the note behind the state."""
    if not journal:
        yield "no version was moved yet"
        return
    rows = [_COLUMNS, *map(_row, journal)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row, entry in zip(rows, (None, *journal), strict=True):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield f"{cells}: {entry.note}" if entry is not None and entry.note else cells


def _row(entry: Entry) -> tuple[str, ...]:
    change = entry.change
    return (
        entry.time.replace("T", " ").removesuffix("Z"),
        entry.who or "-",
        change.action,
        change.model,
        change.label or "-",
        _number(entry.origin),
        _number(change.target),
        entry.digest[:_DIGEST_SHOWN] or "-",
        entry.state,
    )


def _number(version: int | None) -> str:
    return "-" if version is None else str(version)
