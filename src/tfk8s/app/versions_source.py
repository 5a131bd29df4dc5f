"""The directory that becomes a version: which one is meant, under which number, and whether it is there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.errors import InputError
from tfk8s.model import ModelVersion, Severity, content_digest, shown
from tfk8s.model.layout import own_name, survey, version_number
from tfk8s.model.version import GRAPH_FILE, OTHER_GRAPH_FILES, read_version


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVersion:
    """A directory with one SavedModel.

    Attributes:
        path: the directory.
        own: the number that its name says, None for a name that is no number.
        warnings: what is noticed of it and does not keep it from being served.
        digest: of its content.
        version: what was read of it, under the number that it is to get.
    """

    path: Path
    own: int | None
    warnings: tuple[str, ...]
    digest: str
    version: ModelVersion

    @property
    def number(self) -> int:
        """The number that it gets."""
        return self.version.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the versions that are there.

    Attributes:
        digests: of the content, by number; None where it cannot be told from here.
        place: what holds them, for messages.
        earlier: of the content of versions that were served once, and may be gone from there.
    """

    digests: Mapping[int, str | None]
    place: str
    earlier: Mapping[int, str] = field(default_factory=dict)

    @property
    def next_number(self) -> int:
        """The one after the highest."""
        return max((*self.digests, *self.earlier), default=0) + 1


def read_given(directory: Path, *, wished: int | None, known: Known) -> GivenVersion:
    """Find the version in the directory, settle its number, and read it.

    The number is the one that is asked for, else that of the directory, else that of the same content where it is
    known already, else the one after the highest.

    Raises:
        InputError: no SavedModel there, one that could not be served, or the number is taken by another content.
    """
    path, own = _one_version(directory, wished=wished)
    digest = content_digest(ModelVersion(number=own or 0, directory=path.name, path=path, size_bytes=0))
    number = wished if wished is not None else own
    if number is None:
        same = sorted(number for number, content in known.digests.items() if content == digest)
        number = same[-1] if same else known.next_number
    _refuse_another(number, digest=digest, known=known, path=path)
    version, findings = read_version(path, number=number)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        first, *others = errors
        raise InputError(
            f"version {number} cannot be served: {first.message} ({first.where})",
            hint=first.remedy,
            details=tuple(f"{finding.where}: {finding.message}" for finding in others),
        )
    warnings = tuple(f"{item.where}: {item.message}" for item in findings if item.severity is Severity.WARNING)
    return GivenVersion(path=path, own=own, warnings=warnings, digest=digest, version=version)


def _one_version(directory: Path, *, wished: int | None) -> tuple[Path, int | None]:
    if any((directory / name).exists() for name in (GRAPH_FILE, *OTHER_GRAPH_FILES)):
        return directory, version_number(own_name(directory))
    layout = survey(directory)
    if not layout.versions:
        first = next(iter(layout.findings))
        raise InputError(f"there is no SavedModel to add: {first.message}", hint=first.remedy)
    chosen = max(layout.versions) if wished is None or len(layout.versions) == 1 else wished
    if chosen not in layout.versions:
        held = ", ".join(str(number) for number in layout.versions)
        raise InputError(
            f"{shown(directory)} holds no version {chosen}",
            hint=f"versions there: {held}; name the directory of the one that you mean",
        )
    return layout.base / layout.versions[chosen], chosen


def _refuse_another(number: int, *, digest: str, known: Known, path: Path) -> None:
    """A number that was given out means one content for ever: clients, caches and the way back rely on it."""
    was = known.earlier.get(number, digest)
    if number not in known.digests and was != digest:
        raise InputError(
            f"version {number} was served with another content",
            hint=f"a version never means two things: add it as another one, --version {known.next_number}",
            details=(f"{shown(path)}: {digest}", f"version {number}: {was}"),
        )
    if number not in known.digests or known.digests[number] == digest:
        return
    held = known.digests[number]
    how = "with another content" if held is not None else "with a content that cannot be compared from here"
    raise InputError(
        f"version {number} is in {known.place} already, {how}",
        hint=f"a version is never overwritten: add it as another one, --version {known.next_number}",
        details=(f"{shown(path)}: {digest}", *((f"version {number}: {held}",) if held else ())),
    )
