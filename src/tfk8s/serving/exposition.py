"""Reads Prometheus' text format, strictly: https://prometheus.io/docs/instrumenting/exposition_formats/.

Own code because the client library of Prometheus costs a tenth of a second and 650 kB for its parser alone, and takes
a page that was cut off for a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfk8s.errors import PredictionError

_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?[ \t]+(?P<value>[^ \t]+)(?:[ \t]+-?[0-9]+)?[ \t]*\Z"
)
_LABEL = re.compile(r'[ \t]*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"(?P<value>(?:[^"\\]|\\.)*)"[ \t]*(?:,|\Z)')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample:
    """One line: a name, its labels, and a number, which may be infinite or none."""

    name: str
    labels: Mapping[str, str]
    value: float


def read_samples(text: str) -> Iterator[MetricSample]:
    """Read every sample of a page; comments and empty lines are passed over.

    Raises:
        PredictionError: a line that is none, or a page whose last line has no end: it was cut off.
    """
    if text and not text.endswith("\n"):
        raise _unreadable(text.rpartition("\n")[2])
    for line in text.split("\n"):  # not splitlines: a label may hold other line ends of Unicode
        stripped = line.strip(" \t\r")
        if stripped and not stripped.startswith("#"):
            yield _sample(stripped)


def _sample(line: str) -> MetricSample:
    match = _SAMPLE.match(line)
    if match is None:
        raise _unreadable(line)
    try:
        value = float(match["value"])
    except ValueError as error:
        raise _unreadable(line) from error
    return MetricSample(name=match["name"], labels=_labels(match["labels"] or "", line=line), value=value)


def _labels(text: str, *, line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place, end = 0, len(text.rstrip(" \t"))
    while place < end:
        match = _LABEL.match(text, place)
        if match is None or match["name"] in found:
            raise _unreadable(line)
        found[match["name"]] = re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), match["value"])
        place = match.end()
    return found


def _unreadable(line: str) -> PredictionError:
    return PredictionError(
        f"the metrics of the server are not in Prometheus' text format: {line[:120]!r}",
        hint="see /monitoring/prometheus/metrics of the pod: a server without monitoring answers something else there",
    )
