"""The use-case of `tfk8s diff --revisions`: specs or rendered files as two revisions have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tfk8s.app.diff_offline import Rendering, by_region, homes_of, infos_of, report_of
from tfk8s.app.diff_report import DiffReport, in_region, joined
from tfk8s.app.git_objects import SUFFIXES, files_below, objects_in
from tfk8s.app.spec_files import SpecFile, looks_like_spec
from tfk8s.errors import InputError
from tfk8s.manifest import Manifest, Manifests
from tfk8s.manifest.order import in_apply_order, namespaces_once
from tfk8s.model import ModelInfo, read_model
from tfk8s.ports.repository import Repository
from tfk8s.render import render
from tfk8s.spec import LocalSource, ServiceSpec, load_regions, load_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """Which two states are compared; `after` None means the files as they are now."""

    before: str
    after: str | None = None

    def __str__(self) -> str:
        """As a title says it."""
        return f"{self.before} to {self.after or 'the working copy'}"


def diff_folder_revisions(
    place: Path, *, revisions: Revisions, repository: Repository, namespace: str | None = None
) -> DiffReport:
    """What changes in rendered files, a folder of them or one, between two revisions.

    Raises:
        InputError: no such revision, no objects at either, or a file is no YAML.
        PreconditionError: git cannot read the repository.
    """
    old = _files_at(revisions.before, place=place, repository=repository)
    new = (
        _files_at(revisions.after, place=place, repository=repository)
        if revisions.after is not None
        else (files_below(place) if place.exists() else {})
    )
    if not old and not new:
        raise InputError(f"there are no files in {place} at either revision", hint="name the folder with --against")
    sides = ((old, revisions.before), (new, revisions.after or "now"))
    before, after = (
        objects_in(files, place=f"{place}@{revision}", namespace=namespace) if files else ()
        for files, revision in sides
    )
    return report_of(before, after, title=f"{place}, {revisions}", notes=())


def diff_spec_revisions(
    paths: Sequence[Path],
    *,
    now: Sequence[SpecFile],
    revisions: Revisions,
    repository: Repository,
    rendering: Rendering,
    regions: Sequence[str] = (),
) -> DiffReport:
    """What changes in what specs are rendered to between two revisions, in each region by itself.

    Args:
        paths: files and folders, as the command line names them.
        now: the specs as they are now, for a comparison with the working copy.
        revisions: which two.
        repository: where the revisions are.
        rendering: how to render either.
        regions: those that are meant; () for all that a spec has or had.

    Raises:
        InputError: no such revision, no spec at either, or a spec that was wrong then.
        PreconditionError: git cannot read the repository.
    """

    def specs_at(revision: str) -> tuple[SpecFile, ...]:
        found = _specs_at(revision, paths=paths, repository=repository, environment=rendering.environment)
        return tuple(there for file in found for there in file.in_regions(regions or _names(file)))

    old = specs_at(revisions.before)
    new = tuple(now) if revisions.after is None else specs_at(revisions.after)
    if not old and not new:
        named = ", ".join(map(str, paths))
        raise InputError(
            f"there is no spec at {named} at either revision", hint="name it with -f, as it was called then"
        )
    notes = list[str]()
    old, new = _beside(old, new, notes=notes), _beside(new, old, notes=notes)
    sides = (by_region(old), by_region(new))
    reports = [
        _in_one_place(
            (sides[0].get(region, []), sides[1].get(region, [])), region, rendering=rendering, title=str(revisions)
        )
        for region in dict.fromkeys((*sides[1], *sides[0]))
    ]
    report = reports[0] if len(reports) == 1 else joined(reports, title=str(revisions))
    return replace(report, notes=(*notes, *report.notes))


def _in_one_place(
    sides: tuple[Sequence[SpecFile], Sequence[SpecFile]], region: str | None, *, rendering: Rendering, title: str
) -> DiffReport:
    notes = list[str]()
    before, after = (_rendered(side, rendering=rendering, notes=notes) for side in sides)
    homes = (homes_of(sides[0], rendering), homes_of(sides[1], rendering))
    return in_region(report_of(before, after, title=title, notes=notes, homes=homes), region)


def _names(file: SpecFile) -> tuple[str, ...]:
    return tuple(region.name for region in file.regions)


def _beside(files: Sequence[SpecFile], others: Sequence[SpecFile], *, notes: list[str]) -> tuple[SpecFile, ...]:
    """The specs; one that has regions on the other side alone is compared with the first of them."""
    first = {file.path: file.region for file in reversed(others) if file.region is not None}
    alone = [file for file in files if file.region is None and file.path in first]
    notes += [f"{file.source} has regions on one side alone: it is compared with {first[file.path]}" for file in alone]
    return tuple(file._replace(region=first[file.path]) if file in alone else file for file in files)


def _files_at(revision: str, *, place: Path, repository: Repository) -> Mapping[str, bytes]:
    text = repository.text(revision, place) if place.suffix in SUFFIXES else None
    return {place.name: text} if text is not None else repository.files(revision, below=place, suffixes=SUFFIXES)


def _specs_at(
    revision: str, *, paths: Sequence[Path], repository: Repository, environment: str | None
) -> tuple[SpecFile, ...]:
    """The specs of a revision; a path that was no file then may have been a folder, or not have been."""
    found = dict[Path, bytes]()
    for path in paths:
        text = repository.text(revision, path)
        if text is not None:
            found[path] = text
            continue
        below = repository.files(revision, below=path, suffixes=(".yaml", ".yml"))
        found |= {path / name: content for name, content in below.items() if looks_like_spec(content)}
    return tuple(
        SpecFile(
            path=path,
            spec=load_spec(text, source=f"{revision}:{path}", environment=environment),
            base=path.parent,
            regions=load_regions(text, source=f"{revision}:{path}", environment=environment),
        )
        for path, text in found.items()
    )


def _rendered(files: Sequence[SpecFile], *, rendering: Rendering, notes: list[str]) -> Manifests:
    """Every spec rendered with its models as they are here now; one that is not here has no size to follow from."""
    made = list[Manifest]()
    for file in files:
        spec = rendering.placed(file.spec)
        infos = infos_of(spec, rendering)
        notes += _read_missing(spec, base=file.base, infos=infos)
        made += render(spec, infos, options=rendering.options).manifests
    return in_apply_order(namespaces_once(made))


def _read_missing(spec: ServiceSpec, *, base: Path, infos: dict[str, ModelInfo]) -> Iterator[str]:
    """Read the models that are folders here and not known yet, and say what that leaves out."""
    for model in spec.served_models:
        source = model.parsed_source
        if model.name in infos or not isinstance(source, LocalSource):
            continue
        yield "models that are folders count as they are here now: their contents are not compared"
        directory = source.directory(base)
        if directory.is_dir():
            infos[model.name] = read_model(directory)
        else:
            yield f"{directory} is not here: what follows from the size of the model is not compared"
