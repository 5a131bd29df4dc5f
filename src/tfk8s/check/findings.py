"""What a check finds: which object, which field, what is wrong with it, and how bad that is."""

from __future__ import annotations

import enum
from typing import NamedTuple

from tfk8s.manifest import Manifest, ObjectRef
from tfk8s.manifest.yaml import Path, path_text


class Level(enum.Enum):
    """An error must not be applied; a warning should be known; a note says what was taken for granted. Worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class CheckFinding(NamedTuple):
    """One thing found on one object.

    Attributes:
        code: stable name of the rule, such as `probe-bare-path`; `tfk8s.spec.check_codes` has them all.
        level: how bad it is.
        ref: the object.
        path: the field, () for the object as a whole.
        message: what is wrong; lower case, no full stop.
    """

    code: str
    level: Level
    ref: ObjectRef
    path: Path
    message: str

    def __str__(self) -> str:
        """`Kind/name in ns: spec.field: message`, one line."""
        place = f"{path_text(self.path)}: " if self.path else ""
        return f"{self.ref}: {place}{self.message}"


def wrong(code: str, manifest: Manifest, *, path: Path = (), message: str) -> CheckFinding:
    """An error on a field of a manifest."""
    return CheckFinding(code=code, level=Level.ERROR, ref=manifest.ref, path=path, message=message)


def doubtful(code: str, manifest: Manifest, *, path: Path = (), message: str) -> CheckFinding:
    """A warning on a field of a manifest."""
    return CheckFinding(code=code, level=Level.WARNING, ref=manifest.ref, path=path, message=message)


def noted(code: str, manifest: Manifest, *, path: Path = (), message: str) -> CheckFinding:
    """A note on a field of a manifest."""
    return CheckFinding(code=code, level=Level.NOTE, ref=manifest.ref, path=path, message=message)
