"""The objects of some files, each with a ledger of which of its fields were used and which were told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tfk8s.adoption.notes import Note, NoteKind
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.yaml import Document, Path, load_documents, path_text

_SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_SERVER_ANNOTATIONS = (
    "autoscaling.alpha.kubernetes.io/conditions",
    "autoscaling.alpha.kubernetes.io/current-metrics",
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


_DEFAULTS: JsonObject = {
    "allocateLoadBalancerNodePorts": True,
    "dnsPolicy": "ClusterFirst",
    "externalTrafficPolicy": "Cluster",
    "internalTrafficPolicy": "Cluster",
    "ipFamilyPolicy": "SingleStack",
    "progressDeadlineSeconds": 600,
    "restartPolicy": "Always",
    "revisionHistoryLimit": 10,
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "resources": {},
    "sessionAffinity": "None",
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
    "terminationGracePeriodSeconds": 30,
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
"""What the API server writes where nothing is said: it says nothing of what somebody wanted."""


@dataclass(slots=True, kw_only=True)
class Found:
    """An object of a file.

    Attributes:
        base: where it stands in its document: () or an item of a List.
        used: paths below the object that the spec speaks of; with each, all that is below it.
        notes: what was told of it.
        is_part: whether it is part of the service that was found.
    """

    document: Document
    base: Path
    body: JsonObject
    used: set[Path] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    is_part: bool = False

    @property
    def kind(self) -> str:
        """Its kind."""
        return text_at(self.body, "kind")

    @property
    def name(self) -> str:
        """Its name."""
        return text_at(self.body, "metadata", "name")

    @property
    def namespace(self) -> str:
        """Its namespace, "" when it names none."""
        return text_at(self.body, "metadata", "namespace")

    @property
    def title(self) -> str:
        """`Kind/name`."""
        return f"{self.kind}/{self.name}"

    @property
    def root(self) -> Part:
        """The whole object, to be read."""
        return Part(found=self, path=(), value=self.body)

    def tell(self, kind: NoteKind, path: Path, message: str) -> None:
        """Add a note about a field, which then is not told as lost."""
        self.used.add(path)
        self.notes.append(self._note(kind, path, message))

    def lost(self, is_kept: Callable[[Path, JsonValue], bool]) -> Iterator[Note]:
        """A note for every field that nobody used, the highest that is whole; those that are `is_kept` are left out."""
        for path, _ in self._unused((), self.body, is_kept):
            yield self._note(NoteKind.LOST, path, "is not carried over")

    def _unused(
        self, path: Path, value: JsonValue, is_kept: Callable[[Path, JsonValue], bool]
    ) -> Iterator[tuple[Path, JsonValue]]:
        if path in self.used or is_kept(path, value):
            return
        touched = any(len(other) > len(path) and other[: len(path)] == path for other in self.used)
        children = _children(value)
        if not children:
            if not (touched or value is None):
                yield path, value
            return
        below = [found for step, child in children for found in self._unused((*path, step), child, is_kept)]
        if not touched and path and len(below) == _leaves(value):
            yield path, value
        else:
            yield from below

    def _note(self, kind: NoteKind, path: Path, message: str) -> Note:
        return Note(
            source=self.document.source,
            line=self.document.key_mark((*self.base, *path)).line,
            object=self.title,
            field=path_text(path),
            kind_text=kind.value,
            message=message,
        )


def _children(value: JsonValue) -> list[tuple[str | int, JsonValue]]:
    if isinstance(value, dict):
        return [*value.items()]
    return [*enumerate(value)] if isinstance(value, list) else []


def _leaves(value: JsonValue) -> int:
    children = _children(value)
    return sum(_leaves(child) for _, child in children) if children else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an object. Reading a field through it marks the field as used."""

    found: Found
    path: Path
    value: JsonValue

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.value)

    def at(self, *path: str | int) -> Part:
        """What is below, not used by this alone."""
        value: JsonValue = self.value
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                value = None
        return Part(found=self.found, path=(*self.path, *path), value=value)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return isinstance(self.value, dict) and key in self.value

    def items(self, *path: str | int) -> list[Part]:
        """The items of the list below."""
        there = self.at(*path)
        values = there.value if isinstance(there.value, list) else []
        return [there.at(index) for index in range(len(values))]

    def use(self, *path: str | int) -> JsonValue:
        """The value below, used whole; None when there is none."""
        there = self.at(*path)
        if there.value is not None:
            self.found.used.add(there.path)
        return there.value

    def use_keys(self, *keys: str) -> None:
        """These keys of a map are used, whatever else is in it."""
        for key in keys:
            self.use(key)

    def text(self, *path: str | int) -> str:
        """The text below, used when it is one."""
        value = self.at(*path).value
        return str(self.use(*path)) if isinstance(value, str) else ""

    def number(self, *path: str | int) -> int | None:
        """The whole number below, used when it is one."""
        value = self.at(*path).value
        if isinstance(value, int) and not isinstance(value, bool):
            self.use(*path)
            return value
        return None

    def texts(self, *path: str | int) -> dict[str, str]:
        """The map of texts below; each of them is used."""
        there = self.at(*path)
        value = there.value if isinstance(there.value, dict) else {}
        return {key: there.text(key) for key, item in value.items() if isinstance(item, str)}

    def tell(self, kind: NoteKind, message: str) -> None:
        """Add a note about this part, used with it whole."""
        self.found.tell(kind, self.path, message)


def read_objects(files: dict[str, str | bytes]) -> tuple[Found, ...]:
    """The objects of some files, by what messages call each; Lists are opened.

    Raises:
        InputError: a file is no YAML, or a document is no Kubernetes object.
    """
    found: list[Found] = []
    for source, text in files.items():
        for document in load_documents(text, source=source, follows_aliases=True):
            found += _opened(document, (), document.value)
    for item in found:
        _use_what_the_server_wrote(item)
    return tuple(found)


def _opened(document: Document, base: Path, value: JsonValue) -> Iterator[Found]:
    kind = text_at(value, "kind")
    if kind == "List" or (kind.endswith("List") and "items" in object_at(value)):
        for index, item in enumerate(objects_at(value, "items")):
            yield from _opened(document, (*base, "items", index), item)
        return
    if not isinstance(value, dict) or not kind or not text_at(value, "metadata", "name"):
        place = document.value_mark(base)
        raise InputError(
            f"{document.source}:{place}: is no Kubernetes object: kind or metadata.name is missing",
            hint="give manifests, as kubectl apply takes them",
        )
    yield Found(document=document, base=base, body=value)


def _use_what_the_server_wrote(found: Found) -> None:
    for key in ("apiVersion", "kind", "status"):
        found.used.add((key,))
    for key in ("name", "namespace", *_SERVER_METADATA):
        found.used.add(("metadata", key))
    for key in _SERVER_ANNOTATIONS:
        found.used.add(("metadata", "annotations", key))
    found.used.add(("spec", "template", "metadata", "creationTimestamp"))
    if found.kind == "Service" and text_at(found.body, "spec", "clusterIP") != "None":
        found.used |= {("spec", key) for key in ("clusterIP", "clusterIPs", "ipFamilies")}
    found.used |= set(_at_their_defaults((), found.body))


def _at_their_defaults(path: Path, value: JsonValue) -> Iterator[Path]:
    for step, child in _children(value):
        if isinstance(step, str) and step in _DEFAULTS and child == _DEFAULTS[step]:
            yield (*path, step)
        else:
            yield from _at_their_defaults((*path, step), child)
