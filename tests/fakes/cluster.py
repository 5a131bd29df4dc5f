"""A Kubernetes API server in memory, as far as our use-cases can tell; `tests/contract/cluster` proves that it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from tests.fakes.fieldset import Path, dotted, fields_v1, leaves, paths_of, value_of, with_value, without
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.fields import integer_at, labels_of, object_at, text_at
from tfk8s.plan.observation import Cause, Predicted, Prediction, RefusalReason, Refused
from tfk8s.ports.cluster import (
    ApplyOptions,
    ClusterIdentity,
    CommandResult,
    ForbiddenError,
    LogQuery,
    ObjectQuery,
    PodCommand,
    unserved,
)
from tfk8s.ports.logs import LogStream, LogStreamQuery
from tfk8s.rights import Right, rights_on

_DEFAULTS = ApplyOptions()
_PRECONDITIONS: frozenset[Path] = frozenset({("metadata", "resourceVersion"), ("metadata", "uid")})
_CLUSTER_SCOPED = frozenset({"Namespace", "Node"})
_DEPLOYMENT_SPEC = frozenset(
    {"replicas", "selector", "template", "strategy", "minReadySeconds", "revisionHistoryLimit"}
)
_DEPLOYMENT_SPEC |= {"progressDeadlineSeconds", "paused"}
SERVED = frozenset(
    {("v1", kind) for kind in ("Namespace", "Node", "ConfigMap", "Secret", "Service", "ServiceAccount", "Pod", "Event")}
    | {("v1", "PersistentVolumeClaim"), ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("batch/v1", "Job")}
    | {("autoscaling/v2", "HorizontalPodAutoscaler"), ("policy/v1", "PodDisruptionBudget")}
    | {("networking.k8s.io/v1", "NetworkPolicy"), ("discovery.k8s.io/v1", "EndpointSlice")}
)


@dataclass(slots=True)
class _Stored:
    """One object: its body without managedFields, and who holds what."""

    body: JsonObject
    held: dict[tuple[str, str, str], set[Path]] = field(default_factory=dict)


class FakeCluster:
    """Implements `tfk8s.ports.Cluster`.

    Attributes:
        writes: every write that was stored, in order, as `verb ref`.
        rights: what each call of a use-case needs; those of controllers that a test plays are left out.
        changes: a number that grows whenever anything is stored or deleted.
        before_read: called before each read: controllers that a test plays.
        before_write: called before each write with `verb ref`; what it raises is what the caller sees.
        forbidden: kinds that may not be read or written; `pods/log` and `pods/portforward` as well.
        unpatchable: kinds that may be read, and not patched.
        withheld: tells of a right whether the login lacks it.
        pod_logs: lines by pod name.
        log_streams: opens a stream, as `tests/fakes/pod_logs.py` does; there is no log without it.
        run_command: plays the containers: gets the pod's body and the command.
    """

    def __init__(
        self, *, namespaces: tuple[str, ...] = ("serving",), served: frozenset[tuple[str, str]] = SERVED
    ) -> None:
        """An empty cluster with some namespaces."""
        self.writes: list[str] = []
        self.rights: set[Right] = set()
        self.changes = 0
        self.before_read: Callable[[], None] = lambda: None
        self.before_write: Callable[[str], None] = lambda _: None
        self.forbidden: frozenset[str] = frozenset()
        self.unpatchable: frozenset[str] = frozenset()
        self.withheld: Callable[[Right], bool] = lambda _: False
        self.pod_logs: dict[str, tuple[str, ...]] = {}
        self.log_streams: Callable[[ObjectRef, LogStreamQuery], LogStream | None] = lambda *_: None
        self.run_command: Callable[[JsonObject, PodCommand], CommandResult] = _no_program
        self._served = served
        self._objects: dict[ObjectRef, _Stored] = {}
        self._numbers = count(1)
        self._played = 0
        for name in namespaces:
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    @property
    def identity(self) -> ClusterIdentity:
        return ClusterIdentity(context="fake", server="https://127.0.0.1:6443")

    def release(self) -> str:
        return "v1.34.0"

    def user(self) -> str:
        return "somebody@example.test"

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        return tuple(right for right in sorted(rights) if self.withheld(right))

    def serves(self, *, api_version: str, kind: str) -> bool:
        return (api_version, kind) in self._served

    def get(self, ref: ObjectRef) -> JsonObject | None:
        self._read(ref, "get")
        self._check_right(ref.kind)
        stored = self._objects.get(ref)
        return None if stored is None else _shown(stored)

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        self._read(
            ObjectRef(api_version=query.api_version, kind=query.kind, namespace=query.namespace, name=""), "list"
        )
        self._check_right(query.kind)
        found = (
            _shown(stored)
            for ref, stored in sorted(self._objects.items())
            if (ref.api_version, ref.kind) == (query.api_version, query.kind) and query.namespace in ("", ref.namespace)
        )
        return tuple(body for body in found if query.labels.items() <= labels_of(body).items())

    def dry_run(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> Prediction:
        self._check_served(manifest.ref)
        self._note(manifest.ref, "patch", "create")
        if manifest.ref.kind in self.forbidden | self.unpatchable:
            remedy = f"an administrator gives the right to {manifest.ref.kind}"
            return Refused(reason=RefusalReason.FORBIDDEN, message=f"{manifest.ref} is forbidden", remedy=remedy)
        outcome = self._merged(manifest, options=options)
        return outcome if isinstance(outcome, Refused) else Predicted(body=_shown(outcome))

    def dry_run_replace(self, manifest: Manifest, *, live: JsonObject) -> Prediction:
        self._check_served(manifest.ref)
        self._note(manifest.ref, "patch")
        if manifest.ref.kind in self.forbidden | self.unpatchable:
            return Refused(reason=RefusalReason.FORBIDDEN, message=f"{manifest.ref} may not be patched")
        stored = self._objects[manifest.ref]
        kept: JsonObject = {key: stored.body[key] for key in ("apiVersion", "kind", "status") if key in stored.body}
        metadata = {
            key: value
            for key, value in object_at(stored.body, "metadata").items()
            if key not in ("labels", "annotations")
        }
        wanted = _copied(manifest.body)
        new = _Stored(body={**kept, **wanted, "metadata": {**metadata, **object_at(wanted, "metadata")}})
        _default(new.body)
        return _refused_selector(stored, new) or Predicted(body=_shown(new))

    def apply(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> JsonObject:
        self._check_served(manifest.ref)
        self._note(manifest.ref, "patch", "create")
        self.before_write(f"apply {manifest.ref}")
        self._check_right(manifest.ref.kind)
        outcome = self._merged(manifest, options=options)
        if isinstance(outcome, Refused):
            raise _error(manifest.ref, outcome)
        if self._objects.get(manifest.ref) != outcome:
            self._store(manifest.ref, outcome)
            self.writes.append(f"apply {manifest.ref}")
        return _shown(self._objects[manifest.ref])

    def reassign(self, ref: ObjectRef, *, fields: Sequence[JsonValue], version: str) -> bool:
        stored = self._objects.get(ref)
        if stored is None or text_at(stored.body, "metadata", "resourceVersion") != version:
            return False
        self._note(ref, "patch")
        self.before_write(f"reassign {ref}")
        entries = [entry for entry in fields if isinstance(entry, dict)]
        held = {
            (text_at(entry, "manager"), text_at(entry, "operation"), text_at(entry, "subresource")): paths_of(
                object_at(entry, "fieldsV1")
            )
            for entry in entries
        }
        self._store(ref, _Stored(body=_copied(stored.body), held=held))
        self.writes.append(f"reassign {ref}")
        return True

    def delete(self, ref: ObjectRef, *, uid: str | None = None) -> bool:
        self._note(ref, "delete")
        stored = self._objects.get(ref)
        if stored is None or (uid is not None and text_at(stored.body, "metadata", "uid") != uid):
            return False
        self.before_write(f"delete {ref}")
        del self._objects[ref]
        self.changes += 1
        self.writes.append(f"delete {ref}")
        return True

    def logs(self, pod: ObjectRef, *, query: LogQuery) -> tuple[str, ...]:
        self._note(pod, "get", part="/log")
        return self.pod_logs.get(pod.name, ())[-query.tail_lines :]

    def open_log(self, pod: ObjectRef, *, query: LogStreamQuery) -> LogStream | None:
        self._note(pod, "get", part="/log")
        self._check_right("pods/log")
        return self.log_streams(pod, query)

    @contextmanager
    def forward(self, pod: ObjectRef, *, port: int) -> Iterator[int]:
        self._note(pod, "get", "create", part="/portforward")
        self._check_right("pods/portforward")
        if pod not in self._objects:
            raise PreconditionError(f"no port-forward to port {port} of {pod}")
        yield port

    def run_in(self, pod: ObjectRef, *, command: PodCommand) -> CommandResult:
        self._note(pod, "get", "create", part="/exec")
        stored = self._objects.get(pod)
        if stored is None or text_at(stored.body, "status", "phase") != "Running":
            raise PreconditionError(f"{pod} is gone")
        return self.run_command(_shown(stored), command)

    def put(self, body: JsonObject, *, manager: str = "test", subresource: str = "") -> JsonObject:
        """Store a body as another program would by an update: fields that change become its own, whoever held them."""
        ref = Manifest.of(body).ref
        old = self._objects.get(ref) or _Stored(body={})
        kept = {key: value for key, value in object_at(old.body, "metadata").items() if key in ("uid", "generation")}
        new = _Stored(body={**_copied(body), "metadata": {**kept, **object_at(body, "metadata")}})
        changed = {path for path in leaves(body) if value_of(old.body, path) != value_of(body, path)}
        new.held = {key: paths - changed for key, paths in old.held.items()}
        new.held.setdefault((manager, "Update", subresource), set()).update(changed)
        new.held = {key: paths for key, paths in new.held.items() if paths}
        self._store(ref, new)
        return _shown(self._objects[ref])

    def scale(self, ref: ObjectRef, replicas: int, *, manager: str = "kube-controller-manager") -> None:
        """Write through the scale subresource, as the autoscaler does; a count that nobody held stays without owner."""
        stored = self._objects[ref]
        body = _copied(stored.body)
        with_value(body, ("spec", "replicas"), replicas)
        is_held = any(("spec", "replicas") in paths for paths in stored.held.values())
        self.put(body, manager=manager, subresource="scale")
        if not is_held:
            self._objects[ref].held.pop((manager, "Update", "scale"), None)

    def refs(self) -> set[ObjectRef]:
        """What is stored, namespaces left out."""
        return {ref for ref in self._objects if ref.kind != "Namespace"}

    def _read(self, ref: ObjectRef, verb: str) -> None:
        self._note(ref, verb)
        self._played += 1
        try:
            self.before_read()
        finally:
            self._played -= 1

    def _note(self, ref: ObjectRef, *verbs: str, part: str = "") -> None:
        """`create` is asked for only where the object is not there yet."""
        if self._played:
            return
        is_there = ref in self._objects and not part
        for right in rights_on([ref], *verbs):
            if right.verb != "create" or not is_there:
                self.rights.add(replace(right, resource=right.resource + part))

    def _check_served(self, ref: ObjectRef) -> None:
        if not self.serves(api_version=ref.api_version, kind=ref.kind):
            raise unserved(ref)

    def _check_right(self, kind: str) -> None:
        if kind in self.forbidden:
            raise ForbiddenError(f"{kind} is forbidden", hint=f"an administrator gives the right to {kind}")

    def _merged(self, manifest: Manifest, *, options: ApplyOptions) -> _Stored | Refused:
        ref = manifest.ref
        if ref.kind not in _CLUSTER_SCOPED and not self._has_namespace(ref.namespace):
            return Refused(reason=RefusalReason.NO_NAMESPACE, message=f'namespaces "{ref.namespace}" not found')
        unknown = _unknown_field(manifest)
        if unknown:
            return Refused(reason=RefusalReason.UNKNOWN_FIELD, message=f"{unknown}: field not declared in schema")
        old = self._objects.get(ref) or _Stored(body={})
        key = (options.field_manager, "Apply", "")
        wanted = set(leaves(manifest.body)) - _PRECONDITIONS
        for path in _PRECONDITIONS:
            expected = value_of(manifest.body, path)
            if expected is not None and expected != value_of(old.body, path):
                return Refused(reason=RefusalReason.CONFLICT, message="the object has been modified")
        differing = {path for path in wanted if value_of(old.body, path) != value_of(manifest.body, path)}
        conflicts = [] if options.force_conflicts else _conflicts(old, differing=differing, key=key)
        if conflicts:
            return Refused(reason=RefusalReason.CONFLICT, message="Apply failed", causes=tuple(conflicts))
        new = _Stored(body={**_copied(old.body), "apiVersion": ref.api_version, "kind": ref.kind})
        with_value(new.body, ("metadata", "name"), ref.name)
        if ref.namespace:
            with_value(new.body, ("metadata", "namespace"), ref.namespace)
        new.held = {owner: paths - differing if owner != key else wanted for owner, paths in old.held.items()}
        new.held[key] = wanted
        new.held = {owner: paths for owner, paths in new.held.items() if paths or (owner == key and wanted)}
        for path in old.held.get(key, set()) - wanted - set().union(*new.held.values()):
            without(new.body, path)
        for path in wanted:
            with_value(new.body, path, value_of(manifest.body, path))
        _default(new.body)
        return _refused_selector(old, new) or new

    def _has_namespace(self, name: str) -> bool:
        return any(ref.kind == "Namespace" and ref.name == name for ref in self._objects)

    def _store(self, ref: ObjectRef, new: _Stored) -> None:
        old = self._objects.get(ref)
        metadata = object_at(new.body, "metadata")
        if not text_at(metadata, "uid"):
            metadata["uid"] = f"uid-{next(self._numbers)}"
        metadata["resourceVersion"] = str(next(self._numbers))
        if old is None or old.body.get("spec") != new.body.get("spec"):
            metadata["generation"] = integer_at(metadata, "generation") + 1
        self._objects[ref] = new
        self.changes += 1


def _no_program(body: JsonObject, command: PodCommand) -> CommandResult:
    raise PreconditionError(f"a command could not be started in {text_at(body, 'metadata', 'name')}")


def _copied(body: JsonObject) -> JsonObject:
    copied: JsonObject = json.loads(json.dumps(body))  # several times faster than copy.deepcopy
    return copied


def _conflicts(old: _Stored, *, differing: set[Path], key: tuple[str, str, str]) -> list[Cause]:
    return [
        Cause(field=dotted(path), message=f'conflict with "{owner}"')
        for path in sorted(differing)
        for (owner, operation, subresource), paths in sorted(old.held.items())
        if (owner, operation, subresource) != key and path in paths
    ]


def _default(body: JsonObject) -> None:
    if body.get("kind") == "Deployment" and value_of(body, ("spec", "replicas")) is None:
        with_value(body, ("spec", "replicas"), 1)


def _refused_selector(old: _Stored, new: _Stored) -> Refused | None:
    before, after = (value_of(item.body, ("spec", "selector")) for item in (old, new))
    if new.body.get("kind") != "Deployment" or before is None or before == after:
        return None
    cause = Cause(field="spec.selector", message="Invalid value: field is immutable")
    return Refused(reason=RefusalReason.INVALID, message="spec.selector: field is immutable", causes=(cause,))


def _unknown_field(manifest: Manifest) -> str:
    if manifest.ref.kind != "Deployment":
        return ""
    return next((f".spec.{key}" for key in object_at(manifest.body, "spec") if key not in _DEPLOYMENT_SPEC), "")


def _shown(stored: _Stored) -> JsonObject:
    body = _copied(stored.body)
    managed: list[JsonValue] = []
    for (manager, operation, subresource), paths in sorted(stored.held.items()):
        entry: JsonObject = {"manager": manager, "operation": operation, "fieldsV1": fields_v1(paths)}
        entry["apiVersion"] = body["apiVersion"]
        if subresource:
            entry["subresource"] = subresource
        managed.append(entry)
    object_at(body, "metadata")["managedFields"] = managed
    return body


def _error(ref: ObjectRef, refused: Refused) -> Tfk8sError:
    message, details = f"applying {ref}: {refused.message}", tuple(str(cause) for cause in refused.causes)
    match refused.reason:
        case RefusalReason.UNKNOWN_FIELD:
            return InputError(message)
        case RefusalReason.NO_NAMESPACE:
            return PreconditionError(message)
        case RefusalReason.FORBIDDEN:
            return ForbiddenError(message, details=details)
        case _:
            return ClusterRejectedError(message, details=details)
