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
    ScalarEvent,
)

from tfk8s.manifest.yaml_builder import StopReadingError, mark_of

MAX_COPIED = 20_000
"""Parts that aliases of one text may repeat. A manifest repeats some hundreds; ten lines of nine each, billions."""

MAX_COPIED_TEXT = 1 << 20
"""Characters that they may repeat: one text of a megabyte, repeated, is written as often as it stands there."""

MAX_RECORDED = 100_000
"""Parts below anchors, each as often as it is below one: anchors in anchors would record one part many times."""


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
        self._copied_text = 0
        self._recorded = 0

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
        self._copied_text += sum(len(copied.value) for copied in events if isinstance(copied, ScalarEvent))
        if self._copied > MAX_COPIED or self._copied_text > MAX_COPIED_TEXT:
            much = f"{MAX_COPIED} parts" if self._copied > MAX_COPIED else f"{MAX_COPIED_TEXT:,} characters"
            message = f"aliases repeat more than {much}, no manifest does: write the values in full"
            raise StopReadingError(mark_of(event), message)
        for copied in events:
            self._record(copied)
        return events

    def _record(self, event: Event) -> None:
        self._recorded += len(self._open)
        if self._recorded > MAX_RECORDED:
            message = f"more than {MAX_RECORDED:,} parts stand below anchors, no manifest does that"
            raise StopReadingError(mark_of(event), message)
        complete = [recording for recording in self._open if recording.take(event)]
        for recording in complete:
            self._open.remove(recording)
            self._complete[recording.name] = recording.events


def without_aliases(events: Iterable[Event]) -> Iterator[Event]:
    """The events with each alias replaced, and without anchors.

    An alias stays where its anchor is missing, or names a part that the alias itself stands in.

    Raises:
        StopReadingError: they repeat more than MAX_COPIED parts or MAX_COPIED_TEXT characters, or there are too many
            parts below anchors.
    """
    expansion = _Expansion()
    for event in events:
        yield from expansion.of(event)
