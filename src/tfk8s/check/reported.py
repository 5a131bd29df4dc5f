"""A finding as it is shown: in which file and line, what to do about it, and whether somebody switched it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tfk8s.check.findings import Level
from tfk8s.manifest import JsonObject
from tfk8s.spec.check_codes import CheckCode


class Reported(NamedTuple):
    """One finding of a run.

    Attributes:
        code: stable name, explained in docs/checks.md or docs/savedmodel.md.
        level: how bad it is.
        source: the file; `<stdin>` for what was read there.
        line: counts from 1; None when the file says nothing at that place, as for what is rendered.
        object: `Kind/name in namespace`, `model NAME`, or "".
        field: as `spec.replicas`, or a path of the model; "" for the whole.
        message: what is wrong; lower case, no full stop.
        remedy: the next thing to do.
        environment: of the spec, "" when it is found without one too.
        ignored: why it is switched off, None when it is not.
    """

    code: str
    level: Level
    source: str
    message: str
    remedy: str
    line: int | None = None
    object: str = ""
    field: str = ""
    environment: str = ""
    ignored: str | None = None

    @property
    def place(self) -> str:
        """`k8s.yaml:12`, or the file alone."""
        return f"{self.source}:{self.line}" if self.line is not None else self.source

    @property
    def what(self) -> str:
        """`Deployment/resnet: spec.replicas: nobody says how many pods there are`, with the environment."""
        parts = (f"environment {self.environment}" if self.environment else "", self.object, self.field, self.message)
        return ": ".join(part for part in parts if part)

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        return {
            "code": self.code,
            "level": self.level.value,
            "file": self.source,
            "line": self.line,
            "environment": self.environment,
            "object": self.object,
            "field": self.field,
            "message": self.message,
            "remedy": self.remedy,
            "ignored": self.ignored,
        }


def with_ignored(
    found: Iterable[Reported], reasons: Mapping[str, str], *, known: Mapping[str, CheckCode]
) -> tuple[Reported, ...]:
    """The same, those of these codes with the reason why nobody wants to hear of them; what is final stays."""
    return tuple(
        item._replace(ignored=reasons[item.code])
        if item.code in reasons and not (known[item.code].stays_because and item.level is Level.ERROR)
        else item
        for item in found
    )


def in_order(found: Iterable[Reported]) -> tuple[Reported, ...]:
    """By file and line, worst first within one place; those that are switched off last."""
    levels = list(Level)
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda item: (item.ignored is not None, item.source, item.line or 0, levels.index(item.level)),
        )
    )
