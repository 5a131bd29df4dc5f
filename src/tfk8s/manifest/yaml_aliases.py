"""Events of a text in which each alias is the part that it stands for, so that what reads them knows none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)

from tfk8s.manifest.yaml_document import Mark

MAX_COPIED = 20_000
"""Parts that aliases of one text may repeat. A manifest repeats some hundreds; ten lines of nine each, billions."""


class TooManyCopiesError(Exception):
    """The aliases of the text repeat more than any manifest does; reading stops."""

    def __init__(self, mark: Mark) -> None:
        """Remember where."""
        super().__init__(str(mark))
        self.mark = mark


class _Recording:
    """The events of an anchored part, while it is open."""

    __slots__ = ("depth", "events", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.events: list[Event] = []

    def take(self, event: Event) -> bool:
        """Add an event; whether the part is complete with it."""
        self.events.append(event)
        self.depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        return self.depth == 0


class _Expansion:
    """Where reading stands: what anchors of this document name, and what aliases of this text have repeated."""

    def __init__(self) -> None:
        self._complete: dict[str, list[Event]] = {}
        self._open: list[_Recording] = []
        self._copied = 0

    def of(self, event: Event) -> list[Event]:
        """What stands in the place of an event, without anchors; an alias of nothing complete stays."""
        if isinstance(event, DocumentStartEvent):
            self._complete = {}
        if isinstance(event, AliasEvent):
            return self._aliased(event)
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._complete.pop(event.anchor, None)  # named anew: the earlier part has no name from here on
            self._open.append(_Recording(event.anchor))
            event.anchor = None
        self._record(event)
        return [event]

    def _aliased(self, event: AliasEvent) -> list[Event]:
        events = self._complete.get(event.anchor or "", [event])
        self._copied += len(events)
        if self._copied > MAX_COPIED:
            place = event.start_mark
            raise TooManyCopiesError(Mark(place.line + 1, place.column + 1) if place else Mark(1, 1))
        for copied in events:
            self._record(copied)
        return events

    def _record(self, event: Event) -> None:
        complete = [recording for recording in self._open if recording.take(event)]
        for recording in complete:
            self._open.remove(recording)
            self._complete[recording.name] = recording.events


def without_aliases(events: Iterable[Event]) -> Iterator[Event]:
    """The events with each alias replaced, and without anchors.

    An alias stays where its anchor is missing, or names a part that the alias itself stands in.

    Raises:
        TooManyCopiesError: they repeat more than MAX_COPIED parts.
    """
    expansion = _Expansion()
    for event in events:
        yield from expansion.of(event)
