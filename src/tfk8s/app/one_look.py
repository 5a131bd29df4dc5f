"""A cluster that is only looked at, by one command: what was read once is not asked for again.

Live objects of ours come with one list for each kind, in place of one request for each object; an object that is not
in the list, because somebody else made it or nobody has, is asked for by its name. Where a live object is to the letter
what was applied, the server is not asked what applying it again would do. Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.fields import labels_of
from tfk8s.manifest.ownership import MANAGED_BY_LABEL, MANAGER
from tfk8s.plan.observation import Predicted, Prediction
from tfk8s.plan.settled import is_settled
from tfk8s.ports.cluster import (
    ApplyOptions,
    Cluster,
    ClusterIdentity,
    CommandResult,
    ForbiddenError,
    LogQuery,
    ObjectQuery,
    PodCommand,
)
from tfk8s.ports.logs import LogStream, LogStreamQuery
from tfk8s.rights import Right

T = TypeVar("T")
_Kind = tuple[str, str]
_DEFAULTS = ApplyOptions()
_OURS = {MANAGED_BY_LABEL: MANAGER}
_FEW_NAMESPACES = 3
"""Up to so many are listed one by one, with the rights that applying needs; more are listed with the whole cluster."""


class OneLook:
    """Implements `tfk8s.ports.Cluster` on another one; answers may be as old as the command."""

    def __init__(self, cluster: Cluster, *, manifests: Iterable[Manifest]) -> None:
        """Look through `cluster`; the live objects of `manifests` will be asked for."""
        self._cluster = cluster
        self._namespaces: dict[_Kind, set[str]] = {}
        for item in manifests:
            kind = (item.ref.api_version, item.ref.kind)
            self._namespaces.setdefault(kind, set()).add(item.ref.namespace)
        self._lock = threading.RLock()
        self._answers: dict[object, object] = {}

    @property
    def identity(self) -> ClusterIdentity:
        """Context and server."""
        return self._cluster.identity

    def release(self) -> str:
        """Asked for once."""
        return self._once("release", self._cluster.release)

    def user(self) -> str:
        """Asked for once."""
        return self._once("user", self._cluster.user)

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        """Asked for each time."""
        return self._cluster.lacking(rights)

    def serves(self, *, api_version: str, kind: str) -> bool:
        """Asked for once for each kind."""
        key = ("serves", api_version, kind)
        return self._once(key, lambda: self._cluster.serves(api_version=api_version, kind=kind))

    def get(self, ref: ObjectRef) -> JsonObject | None:
        """Out of the list of its kind; alone when it is not there."""
        found = self._listed(ref)
        return found if found is not None else self._cluster.get(ref)

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        """Asked for once; ours of a kind whose list is needed anyway are looked for there."""
        kind = (query.api_version, query.kind)
        if _OURS.items() <= query.labels.items() and query.namespace in self._namespaces.get(kind, ()):
            ours = self._once(("ours", kind), lambda: self._ours(kind))
            if ours:
                found = (body for ref, body in ours.items() if ref.namespace == query.namespace)
                return tuple(body for body in found if query.labels.items() <= labels_of(body).items())
        return self._once(("list", repr(query)), lambda: self._cluster.list(query))

    def dry_run(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> Prediction:
        """Asked for, unless the live object is to the letter what was applied: then it would stay as it is."""
        live = self._listed(manifest.ref) if options == _DEFAULTS else None
        if live is not None and is_settled(manifest, live):
            return Predicted(body=live)
        return self._cluster.dry_run(manifest, options=options)

    def dry_run_replace(self, manifest: Manifest, *, live: JsonObject) -> Prediction:
        """Asked for each time."""
        return self._cluster.dry_run_replace(manifest, live=live)

    def apply(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> JsonObject:
        """Refused: it would make the answers wrong."""
        raise NotImplementedError(f"{manifest.ref} is only looked at")

    def reassign(self, ref: ObjectRef, *, fields: Sequence[JsonValue], version: str) -> bool:
        """Refused, as `apply`."""
        raise NotImplementedError(f"{ref} is only looked at")

    def delete(self, ref: ObjectRef, *, uid: str | None = None) -> bool:
        """Refused, as `apply`."""
        raise NotImplementedError(f"{ref} is only looked at")

    def logs(self, pod: ObjectRef, *, query: LogQuery) -> tuple[str, ...]:
        """Asked for each time."""
        return self._cluster.logs(pod, query=query)

    def open_log(self, pod: ObjectRef, *, query: LogStreamQuery) -> LogStream | None:
        """A stream of its own each time."""
        return self._cluster.open_log(pod, query=query)

    def forward(self, pod: ObjectRef, *, port: int) -> AbstractContextManager[int]:
        """A way of its own each time."""
        return self._cluster.forward(pod, port=port)

    def run_in(self, pod: ObjectRef, *, command: PodCommand) -> CommandResult:
        """Run each time."""
        return self._cluster.run_in(pod, command=command)

    def _listed(self, ref: ObjectRef) -> JsonObject | None:
        kind = (ref.api_version, ref.kind)
        if kind not in self._namespaces:
            return None
        return self._once(("ours", kind), lambda: self._ours(kind)).get(ref)

    def _ours(self, kind: _Kind) -> dict[ObjectRef, JsonObject]:
        namespaces = self._namespaces[kind]
        wanted = sorted(namespaces) if len(namespaces) <= _FEW_NAMESPACES else [""]
        queries = [
            ObjectQuery(api_version=kind[0], kind=kind[1], namespace=namespace, labels=_OURS) for namespace in wanted
        ]
        try:
            bodies = [body for query in queries for body in self._cluster.list(query)]
        except ForbiddenError:
            return {}
        return {Manifest.of(body).ref: body for body in bodies}

    def _once(self, key: object, ask: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._answers:
                self._answers[key] = ask()
            return self._answers[key]  # type: ignore[return-value]
