"""The use-case of `tfk8s import`: hand-written manifests in, a spec and everything worth knowing about it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfk8s.adoption import AdoptOptions, Note, NoteKind, adopt, read_objects
from tfk8s.errors import InputError, Tfk8sError
from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.release import DEFAULT_MINOR
from tfk8s.manifest.yaml import Comments, dump
from tfk8s.render import RenderOptions, render
from tfk8s.spec import LocalSource, ServiceSpec, load_spec

MAX_BYTES = 16 << 20
"""Longer than any manifest; what is longer is another file."""

_COMMENTS: Comments = {
    ("name",): "Name of the service, and of every object that was not there before.",
    ("model", "source"): "Where the versions lie: a directory here, gs://, pvc://, or image:// for inside the image.",
    ("image", "base"): "The image that the pods run; a release, so that all of them run the same server.",
    ("resources",): "Request and limit are the same.",
    ("scaling",): "A fixed number is {replicas: 2}; a range is {min: 1, max: 3, metrics: [{cpu: 60}]}.",
    ("expose",): "Type, ports and numbers as clients know them.",
    ("serving",): "Flags and variables of the server, as far as they are not computed.",
    ("labels",): "Of every object.",
    ("annotations",): "Of every object.",
    ("existing",): "Objects made by hand, which are changed in place. What cannot change must stay as it is here.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outcome.

    Attributes:
        text: the spec file.
        document: the same as data.
        notes: what was lost, dangerous, or chosen, by place.
    """

    text: str
    document: JsonObject
    spec: ServiceSpec
    notes: tuple[Note, ...]

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        return {"spec": self.document, "notes": [note.as_json() for note in self.notes]}

    def summary(self) -> str:
        """`12 notes: 3 lost, 5 unsafe, 4 changed`."""
        counts = {kind: sum(note.kind is kind for note in self.notes) for kind in NoteKind}
        told = ", ".join(f"{count} {kind.value}" for kind, count in counts.items() if count)
        return f"{len(self.notes)} note{'' if len(self.notes) == 1 else 's'}" + (f": {told}" if told else "")


def import_manifests(files: Mapping[str, str | bytes], *, options: AdoptOptions | None = None) -> Imported:
    """Read manifests, by what messages call each file.

    Raises:
        InputError: no model server is in them, several are, or one cannot be understood.
    """
    draft = adopt(read_objects(dict(files)), options=options)
    text = _spec_text(draft.document, sources=tuple(files))
    try:
        spec = load_spec(text, source="the imported spec")
    except InputError as error:
        raise InputError(
            "what was read makes no spec that tfk8s takes",
            hint="repair these fields in the manifests, and import again",
            details=error.details or (error.message,),
        ) from error
    return Imported(text=text, document=draft.document, spec=spec, notes=draft.notes(_rendered(spec)))


def _rendered(spec: ServiceSpec) -> Manifests:
    """What the spec renders to; () when that takes a model that is not here yet."""
    if any(isinstance(model.parsed_source, LocalSource) for model in spec.served_models):
        return ()
    try:
        return render(spec, {}, options=RenderOptions(kubernetes_minor=DEFAULT_MINOR)).manifests
    except Tfk8sError:
        return ()


def _spec_text(document: JsonObject, *, sources: tuple[str, ...]) -> str:
    named = ", ".join("stdin" if source == "<stdin>" else Path(source).name for source in sources)
    head = f"# A TensorFlow Serving service for tfk8s, imported from {named}; docs/spec.md explains every field.\n"
    comments = {path: text for path, text in _COMMENTS.items() if _is_there(document, path)}
    return head + dump(document, comments=comments)


def _is_there(document: JsonObject, path: tuple[str | int, ...]) -> bool:
    value: object = document
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


def read_files(paths: tuple[Path, ...]) -> dict[str, bytes]:
    """The bytes of each file.

    Raises:
        InputError: one cannot be read, or is larger than any manifest.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(
                f"cannot read {path}: {error.strerror}", hint="check the path and its permissions"
            ) from error
        if len(data) > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES >> 20} MiB, no manifest is", hint="name another file")
        found[str(path)] = data
    return found


def write_spec_file(text: str, out: Path, *, force: bool) -> None:
    """Write the spec; a file that is there stays, unless it may be replaced.

    Raises:
        InputError: it exists, or cannot be written.
    """
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{out} exists", hint="choose another --out, or replace it with --force") from error
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror}", hint="check the folder and its permissions"
        ) from error
