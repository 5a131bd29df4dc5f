"""The change of files that makes a rollback last: else the next sync of a GitOps tool brings the bad release back.

Nothing is committed, and nothing that is not committed is overwritten. Everything is worked out, and refused where it
cannot be, before the cluster is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.manifest_files import compare_files, write_files
from tfk8s.app.rendering import render_service
from tfk8s.app.whole_file import write_whole
from tfk8s.errors import InputError, PreconditionError, Tfk8sError
from tfk8s.manifest import Manifests
from tfk8s.manifest.difference import differences
from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.plan import Revision
from tfk8s.plan.release import image_of
from tfk8s.ports.repository import Repository
from tfk8s.spec import ServiceSpec, load_regions, load_spec
from tfk8s.spec.pinning import with_digest

_SHOWN = 5
_ELSEWHERE = "--no-write leaves files alone, --write-to FILE writes the spec elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecChange:
    """The spec file as it is to be.

    Attributes:
        file: where it stands.
        text: all of it.
        spec: what it says, in the release's environment.
        notes: what it does not bring back, a sentence each.
    """

    file: Path
    text: str
    spec: ServiceSpec
    notes: tuple[str, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether the file says something else now."""
        return _content(self.file) != self.text.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesChange:
    """Rendered files as they are to be: every file of ours in the folder."""

    folder: Path
    files: Mapping[str, str]

    @property
    def is_needed(self) -> bool:
        """Whether a file differs, is missing, or is too much."""
        return bool(compare_files(self.folder, self.files))


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredFolder:
    """A folder as Git had it: `files` at that revision, `gone` those of now that were not there then."""

    folder: Path
    files: Mapping[str, bytes]
    gone: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Whether a file differs, is missing, or is too much."""
        return bool(self.gone) or bool(self.changed)

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the files that are not as they were."""
        return tuple(name for name, content in self.files.items() if _content(self.folder / name) != content)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitChange:
    """What is written after the rollback; None for what is not asked for."""

    spec: SpecChange | None = None
    files: FilesChange | RestoredFolder | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the written files do not bring back."""
        return self.spec.notes if self.spec is not None else ()

    @property
    def kept(self) -> tuple[Path, ...]:
        """What was asked for and is as it is to be already."""
        spec = (self.spec.file,) if self.spec is not None and not self.spec.is_needed else ()
        files = (self.files.folder,) if self.files is not None and not self.files.is_needed else ()
        return (*spec, *files)

    @property
    def paths(self) -> tuple[Path, ...]:
        """What would be written."""
        spec = (self.spec.file,) if self.spec is not None and self.spec.is_needed else ()
        files = (self.files.folder,) if self.files is not None and self.files.is_needed else ()
        return (*spec, *files)


def spec_of_release(
    release: Revision, *, file: Path, base: Path, minor: int, region: str | None = None, is_alone: bool = True
) -> SpecChange:
    """The release's own spec, with the image pinned by digest where it would not be found otherwise.

    Args:
        release: the release.
        file: where it is to be written.
        base: the folder that the spec's paths start from.
        minor: Kubernetes release that the manifests were rendered for.
        region: which region of the spec the release is of; None for a service without regions.
        is_alone: whether the other regions stay as they are.

    Raises:
        InputError: the release's spec is not known, or this version of tfk8s cannot read it.
    """
    making = release.making
    if not making.spec:
        raise InputError(
            f"the spec of release {release.number} is not known: it came from a stream, or from an older tfk8s",
            hint="tfk8s rollback --revision REVISION restores the file as Git had it; --no-write writes nothing",
        )
    source = f"the spec of release {release.number}"
    environment = making.environment or None
    text = making.spec
    spec = _spec_there(text, source=source, environment=environment, region=region)
    digest = _digest_to_pin(spec, release, base=base, minor=minor)
    notes: list[str] = []
    if digest is not None:
        try:
            text = with_digest(text, digest)
            spec = _spec_there(text, source=source, environment=environment, region=region)
        except NotEditableError:
            notes.append(f"set image.digest to {digest} by hand: the spec is written in a way that cannot be edited")
    notes += _not_brought_back(spec, release, base=base, minor=minor)
    others = [
        *(["its other environments"] if spec_environments(text, source=source) else []),
        *(["what it says of the other regions"] if region is not None and is_alone else []),
    ]
    if others:
        notes.append(f"the whole of {file} goes back, {' and '.join(others)} too")
    return SpecChange(file=file, text=text, spec=spec, notes=tuple(notes))


def says_the_same(text: str, release: Revision, *, base: Path, minor: int, region: str | None) -> bool:
    """Whether a spec, read in a region, gives here the objects of a release that was made from another text."""
    source = f"a spec beside release {release.number}"
    spec = _spec_there(text, source=source, environment=release.making.environment or None, region=region)
    return not any(_not_brought_back(spec, release, base=base, minor=minor))


def _spec_there(text: str, *, source: str, environment: str | None, region: str | None) -> ServiceSpec:
    """The spec as the release had it; in its region, where it had that by then."""
    there = load_regions(text, source=source, environment=environment) if region is not None else ()
    known = (each.spec for each in there if each.name == region)
    return next(known, None) or load_spec(text, source=source, environment=environment)


def spec_at_revision(file: Path, *, revision: str, environment: str | None, repository: Repository) -> SpecChange:
    """The spec file as Git had it.

    Raises:
        InputError: it was not there, or this version of tfk8s cannot read it.
    """
    content = repository.text(revision, file)
    if content is None:
        raise InputError(f"{file} was not there at {revision}", hint=f"git log -- {file} shows when it came")
    spec = load_spec(content, source=f"{file}@{revision}", environment=environment)
    return SpecChange(file=file, text=content.decode(), spec=spec)


def folder_at_revision(folder: Path, *, revision: str, repository: Repository) -> RestoredFolder:
    """A folder of rendered files as Git had it, whatever its layout.

    Raises:
        InputError: it was not there.
    """
    files = repository.files(revision, below=folder)
    if not files:
        raise InputError(f"there were no files below {folder} at {revision}", hint="is it the right folder?")
    now = repository.files("HEAD", below=folder)
    gone = tuple(name for name in sorted(now) if name not in files and (folder / name).exists())
    return RestoredFolder(folder=folder, files=files, gone=gone)


def spec_environments(text: str, *, source: str) -> tuple[str, ...]:
    """Names of the environments of a spec."""
    from tfk8s.spec import load_environments

    return tuple(load_environments(text, source=source))


def _digest_to_pin(spec: ServiceSpec, release: Revision, *, base: Path, minor: int) -> str | None:
    """The digest of the release's image, when it is the spec's own image and the models here do not give it."""
    repository, at, digest = release.image.partition("@")
    if not at or repository != spec.image.repository or spec.image.digest == digest:
        return None
    try:
        rendered = render_service(spec, base=base, kubernetes_minor=minor).rendered.manifests
    except Tfk8sError:
        return digest
    return digest if image_of(rendered) != release.image else None


def _not_brought_back(spec: ServiceSpec, release: Revision, *, base: Path, minor: int) -> Iterator[str]:
    """How what the spec renders to here differs from what ran."""
    try:
        rendered = render_service(spec, base=base, kubernetes_minor=minor).rendered.manifests
    except Tfk8sError as error:
        yield f"whether the spec gives the same objects could not be checked: {error.message}"
        return
    if image_of(rendered) != release.image:
        yield (
            f"the models here give the image {image_of(rendered)}, and release {release.number} ran {release.image}: "
            "bring the models of that time back before you render or apply"
        )
    paths = tuple(_differing(rendered, release.manifests))
    if paths:
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        yield f"rendered here, the spec differs from release {release.number} in {', '.join(paths[:_SHOWN])}{more}"


def _differing(rendered: Manifests, then: Manifests) -> Iterator[str]:
    now, before = {item.ref: item.body for item in rendered}, {item.ref: item.body for item in then}
    for ref in sorted({*now, *before}):
        found = differences(before.get(ref, {}), now.get(ref, {}))
        if ref not in now or ref not in before:
            yield str(ref)
        else:
            yield from (f"{ref.kind} {item.path}" for item in found if not item.path.endswith("[model-server].image"))


def require_clean(paths: tuple[Path, ...], *, repository_of: Callable[[Path], Repository]) -> None:
    """Refuse to overwrite what is not committed.

    Raises:
        InputError: a file that would be written has changes of its own.
        PreconditionError: it is in no Git repository, from which it could be had again.
    """
    for path in paths:
        try:
            is_clean = repository_of(path).is_clean(path)
        except PreconditionError as error:
            error.hint = f"{error.hint}; {_ELSEWHERE}" if error.hint else _ELSEWHERE
            raise
        if not is_clean:
            raise InputError(
                f"{path} has changes that are not committed, and would be overwritten",
                hint=f"commit or stash them; {_ELSEWHERE}",
            )


def write_change(change: GitChange) -> tuple[str, ...]:
    """Write, and name what was written or removed; files that say so already are left as they are.

    Raises:
        InputError: a file cannot be written.
    """
    written: list[str] = []
    if change.spec is not None and change.spec.is_needed:
        _write(change.spec.file, change.spec.text.encode())
        written.append(str(change.spec.file))
    if isinstance(change.files, FilesChange):
        result = write_files(change.files.folder, change.files.files)
        written += [str(change.files.folder / name) for name in (*result.written, *result.removed)]
    elif change.files is not None:
        written += _restored(change.files)
    return tuple(written)


def _restored(folder: RestoredFolder) -> list[str]:
    changed = folder.changed
    for name in changed:
        _write(folder.folder / name, folder.files[name])
    for name in folder.gone:
        (folder.folder / name).unlink(missing_ok=True)
    return [str(folder.folder / name) for name in (*changed, *folder.gone)]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", hint="check its folder and its rights") from error
