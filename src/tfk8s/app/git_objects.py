"""Objects out of files that somebody rendered: a folder, a file or a stream, as they are or as Git held them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from tfk8s.app.drift import Expected
from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.manifest.fields import labels_of, object_at, objects_at
from tfk8s.manifest.order import in_apply_order, namespaces_once
from tfk8s.manifest.ownership import INSTANCE_LABEL
from tfk8s.manifest.yaml import load_documents

SUFFIXES = (".yaml", ".yml", ".json")
_BUILT = {
    "kustomization.yaml": "pipe what it makes into --against -: kustomize build {folder}",
    "kustomization.yml": "pipe what it makes into --against -: kustomize build {folder}",
    "Chart.yaml": "pipe what it makes into --against -: helm template NAME {folder} -f VALUES",
}
_CLUSTER_SCOPED = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"})
_HOOK = "helm.sh/hook"


def files_below(path: Path) -> dict[str, bytes]:
    """The files of a folder that may hold objects, by their path from it; of a file, that file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if path.is_file():
            return {path.name: path.read_bytes()}
        found = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        if path.is_dir():
            return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}
    except OSError as error:
        raise InputError(f"cannot read {error.filename or path}: {error.strerror}", hint="check its rights") from error
    raise InputError(f"there is no {path}", hint="--against names rendered files, a folder of them, or - for stdin")


def of_region(
    region: str | None, files: Mapping[str, bytes], *, among: Collection[str | None] = ()
) -> Mapping[str, bytes]:
    """The files of a region: those of its own folder, as `render --out` writes it.

    Args:
        region: its name; None for what is of services without regions, in no such folder.
        files: text by path.
        among: everything that is looked at; of one region alone all files may be, where it has no folder.
    """
    if region is None:
        names = [name for name in among if name is not None]
        return {path: text for path, text in files.items() if not path.startswith(tuple(f"{name}/" for name in names))}
    own = {path: text for path, text in files.items() if path.startswith(f"{region}/")}
    return own if own or len(among) > 1 else files


def objects_in(files: Mapping[str, bytes], *, place: str, namespace: str | None = None) -> Manifests:
    """The objects in the files, in apply order; tests and hooks of a chart are none of them.

    Args:
        files: text by path from `place`.
        place: what messages call the folder.
        namespace: for objects that name none.

    Raises:
        InputError: a file is no YAML, needs a tool of its own, holds no object, or an object is there twice. Only a
            Namespace may be, which services share.
    """
    for name in files:
        _refuse_unbuilt(name, place=place)
    bodies = [body for name, text in files.items() for body in _bodies(text, source=str(PurePosixPath(place, name)))]
    manifests = [_placed(body, namespace=namespace) for body in bodies if _HOOK not in _annotations(body)]
    if not manifests:
        where = "stdin" if [*files] == ["<stdin>"] else place
        raise InputError(f"there are no objects in {where}", hint="tfk8s render --out DIR writes some")
    return in_apply_order(namespaces_once(manifests))


def services_of(manifests: Manifests) -> tuple[Expected, ...]:
    """The objects by the service that their labels name.

    A Namespace, which services share, belongs to the first in it; anything else without such a label to the first.
    """
    groups: dict[str, list[Manifest]] = {}
    in_namespace: dict[str, str] = {}
    for manifest in manifests:
        name = labels_of(manifest.body).get(INSTANCE_LABEL, "")
        groups.setdefault(name, []).append(manifest)
        if name:
            in_namespace.setdefault(manifest.ref.namespace, name)
    unlabelled = groups.pop("", [])
    first = next(iter(groups), unlabelled[0].ref.name if unlabelled else "")
    for manifest in unlabelled:
        owner = in_namespace.get(manifest.ref.name, first) if manifest.ref.kind == "Namespace" else first
        groups.setdefault(owner, []).append(manifest)
    return tuple(_expected(name, in_apply_order(items)) for name, items in groups.items())


def _expected(name: str, manifests: Manifests) -> Expected:
    namespace = next((item.ref.namespace for item in manifests if item.ref.namespace), "")
    return Expected(name=ServiceName(name=name, namespace=namespace), manifests=manifests)


def _refuse_unbuilt(name: str, *, place: str) -> None:
    path = PurePosixPath(place) / name
    command = _BUILT.get(path.name)
    if command is not None:
        raise InputError(f"{path} is the input of a tool, not what it makes", hint=command.format(folder=path.parent))


def _bodies(text: bytes, *, source: str) -> Iterator[JsonObject]:
    for document in load_documents(text, source=source):
        yield from _unpacked(document.value)


def _unpacked(value: JsonValue) -> Iterator[JsonObject]:
    if isinstance(value, dict) and "kind" in value:
        if value["kind"] == "List":
            yield from objects_at(value, "items")
        else:
            yield value


def _annotations(body: JsonObject) -> JsonObject:
    return object_at(body, "metadata", "annotations")


def _placed(body: JsonObject, *, namespace: str | None) -> Manifest:
    manifest = Manifest.of(body)
    if manifest.ref.namespace or manifest.ref.kind in _CLUSTER_SCOPED:
        return manifest
    if namespace is None:
        raise InputError(f"{manifest.ref} names no namespace", hint="say which one with -n")
    return Manifest.of({**body, "metadata": {**object_at(body, "metadata"), "namespace": namespace}})
