"""The use-case of `tfk8s history`: the releases that the cluster recorded, and what each of them changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.plan import Inventory, Revision
from tfk8s.ports.cluster import Cluster
from tfk8s.review import explain

_SHOWN_CHANGES = 2
_DIGEST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One release, and what it changed of the one before, a sentence each; () where that is not known."""

    release: Revision
    is_current: bool
    is_first: bool
    changes: tuple[str, ...]

    def summary(self) -> str:
        """What changed, in a sentence."""
        restores = self.release.making.restores
        if restores is not None:
            return f"return to release {restores}"
        if self.is_first:
            return "the first" if self.release.number == 1 else "the oldest that is known"
        more = len(self.changes) - _SHOWN_CHANGES
        return "; ".join(self.changes[:_SHOWN_CHANGES]) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Releases, newest first; `is_settled` is False when what was applied last was never seen answering."""

    name: ServiceName
    entries: tuple[Entry, ...]
    is_settled: bool


def service_history(name: ServiceName, *, cluster: Cluster) -> History:
    """Read the record.

    Raises:
        PreconditionError: there is none, or it cannot be read.
    """
    inventory = read_inventory(name, cluster=cluster)
    if inventory.revision is None:
        raise PreconditionError(
            f"no release of {name.name} in {name.namespace} is recorded",
            hint="tfk8s apply records each release that answers predictions",
        )
    entries = tuple(_entries(inventory))
    return History(name=name, entries=entries[::-1], is_settled=not inventory.attempt)


def _entries(inventory: Inventory) -> Iterator[Entry]:
    releases = inventory.releases
    for before, release in pairwise((None, *releases)):
        assert release is not None  # noqa: S101 - only the first of the first pair is nothing
        changes = () if before is None else _changes(before, release)
        yield Entry(release=release, is_current=release is inventory.revision, is_first=before is None, changes=changes)


def _changes(before: Revision, after: Revision) -> tuple[str, ...]:
    if after.making.live:
        return (after.making.live,)  # the manifests alone look as if new pods had taken over
    review = explain(before.manifests, after.manifests)
    return tuple(dict.fromkeys(line.sentence for change in review.changes for line in change.lines))


def history_json(history: History) -> JsonObject:
    """The stable form for `-o json`."""
    return {
        "name": history.name.name,
        "namespace": history.name.namespace,
        "settled": history.is_settled,
        "releases": [_entry_json(entry) for entry in history.entries],
    }


def _entry_json(entry: Entry) -> JsonObject:
    making = entry.release.making
    models: list[JsonValue] = [*making.models]
    return {
        "release": entry.release.number,
        "current": entry.is_current,
        "time": making.time,
        "author": making.author,
        "image": entry.release.image,
        "environment": making.environment,
        "models": models,
        "restores": making.restores,
        "summary": entry.summary(),
        "changes": [*entry.changes],
        "hasSpec": bool(making.spec),
    }


def history_lines(history: History) -> Iterator[str]:
    """A table, newest first: number, time, author, image, what changed."""
    rows = [("RELEASE", "TIME", "BY", "IMAGE", "CHANGE"), *(_row(entry) for entry in history.entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()


def _row(entry: Entry) -> tuple[str, str, str, str, str]:
    release = entry.release
    number = f"{release.number} (current)" if entry.is_current else str(release.number)
    when = release.making.time.replace("T", " ").removesuffix("Z")
    return number, when or "-", release.making.author or "-", short_image(release.image) or "-", entry.summary()


def short_image(image: str) -> str:
    """The last part of the repository with its tag, or with the start of its digest."""
    name = image.rpartition("/")[2]
    repository, at, digest = name.partition("@")
    return f"{repository}@{digest[: len('sha256:') + _DIGEST_SHOWN]}" if at else name
