"""A container's log as a stream: lines with the time at which the node took them, for as long as somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class StampedLine(NamedTuple):
    """One line of a container.

    Attributes:
        at_ns: when the node's container runtime took it, in nanoseconds since 1970; None of a line that has no time,
            which is the kubelet's own word (a log that it cannot open).
        text: without its line end; what is no UTF-8 is replaced, and what is too long is cut, with a word that says so.
    """

    at_ns: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStreamQuery:
    """Which lines of which container.

    Attributes:
        container: of the pod.
        previous: the run before the last restart; the node keeps that one alone.
        follow: go on until the container ends.
        tail_lines: so many of the last ones at most; None for all.
        since_ns: from this time on, nanoseconds since 1970. The API knows whole seconds: earlier lines of the same
            second come too.
        since_s: from so many seconds ago on, by the node's clock.
    """

    container: str
    previous: bool = False
    follow: bool = False
    tail_lines: int | None = None
    since_ns: int | None = None
    since_s: int | None = None


class LogStream(Protocol):
    """Lines of one container; bounded in memory, whatever the container writes."""

    def __iter__(self) -> Iterator[StampedLine]:
        """Each line as it comes; the end is that of the log, or of the container when it is followed.

        Raises:
            ClusterUnreachableError: the connection broke, or said nothing for minutes; whoever follows asks again.
        """
        ...

    def close(self) -> None:
        """End it, from any thread: a reader that waits for a line sees the end."""
        ...
