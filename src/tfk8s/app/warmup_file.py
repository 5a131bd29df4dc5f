"""Writes the records of a warm-up into a version: whole or not at all, and over others only when that is wanted."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.warmup import WarmupPlan
from tfk8s.errors import InputError
from tfk8s.model import content_digest, shown


class Written(enum.Enum):
    """What became of the file."""

    WRITTEN = "written"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupWrite:
    """What was done, or would be; the digests are the version's content's, `after` is None until it is written."""

    action: Written
    before: str
    after: str | None


def foresee_write(plan: WarmupPlan, *, force: bool) -> WarmupWrite:
    """What `write_warmup` would do; changes nothing.

    Raises:
        InputError: other records are there and `force` is not given, or something cannot be read.
    """
    digest = content_digest(plan.version)
    action = _action(plan, force=force)
    return WarmupWrite(action=action, before=digest, after=digest if action is Written.UNCHANGED else None)


def write_warmup(plan: WarmupPlan, *, force: bool) -> WarmupWrite:
    """Write the records, unless the same are there already.

    A run that is killed leaves the old file, and perhaps a part beside it, which the next run writes over.

    Raises:
        InputError: as `foresee_write`; or the place cannot be written. The old file is then as it was.
    """
    foreseen = foresee_write(plan, force=force)
    if foreseen.action is Written.UNCHANGED:
        return foreseen
    try:
        _write_whole(plan.file, plan.content())
    except OSError as error:
        raise InputError(
            f"{shown(plan.file)} cannot be written: {(error.strerror or type(error).__name__).lower()}",
            hint="look at the directory, the rights on it, and the room on the disk",
        ) from error
    return WarmupWrite(action=foreseen.action, before=foreseen.before, after=content_digest(plan.version))


def _action(plan: WarmupPlan, *, force: bool) -> Written:
    if not os.path.lexists(plan.file):
        return Written.WRITTEN
    if _holds(plan.file, plan.content()):
        return Written.UNCHANGED
    if not force:
        raise InputError(f"{shown(plan.file)} is there already, with other requests", hint="write over it with --force")
    return Written.REPLACED


def _holds(path: Path, content: Iterable[bytes]) -> bool:
    """Whether the file is these bytes."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return all(file.read(len(piece)) == piece for piece in content) and not file.read(1)
    except OSError:
        return False


def _write_whole(path: Path, content: Iterable[bytes]) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as file:  # "x" writes through no link
            for piece in content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
