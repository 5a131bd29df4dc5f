"""The Kubernetes API as plain objects: one request a method, strict validation, bounded time, our errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tfk8s.clock import Clock, SystemClock
from tfk8s.cluster.access_review import AccessReview
from tfk8s.cluster.apply_body import apply_body
from tfk8s.cluster.connection import Connection, open_connection
from tfk8s.cluster.kinds import Kind, Kinds
from tfk8s.cluster.log_stream import QUIET_S, ResponseLog, log_parameters, opened
from tfk8s.cluster.port_forward import forwarding
from tfk8s.cluster.retry import with_retries
from tfk8s.cluster.translation import answer_of, refusal, translated
from tfk8s.cluster.wire import TIMEOUT_S, Wire, parsed
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.ownership import MANAGER
from tfk8s.manifest.replacement import replacement
from tfk8s.plan.observation import Predicted, Prediction, RefusalReason
from tfk8s.ports import ClusterEndpoint
from tfk8s.ports.cluster import (
    ApplyOptions,
    ClusterIdentity,
    CommandResult,
    LogQuery,
    ObjectQuery,
    PodCommand,
    unserved,
)
from tfk8s.ports.logs import LogStreamQuery
from tfk8s.rights import Right

_LONGEST_LOG_BYTES = 256 * 1024
_IDENTITY_API = "authentication.k8s.io/v1"
_DEFAULTS = ApplyOptions()
_APPLYING = ("patch", "create")
"""Server-side apply asks for the second where there is no such object yet."""

_CONNECTING = ("get", "create")
"""A websocket asks for the first, and from Kubernetes 1.35 on for the second too."""


class KubernetesCluster:
    """Implements `tfk8s.ports.Cluster` on the official client."""

    def __init__(self, connection: Connection, *, clock: Clock | None = None) -> None:
        """Wrap a client; nothing is sent yet."""
        self._connection = connection
        self._clock = clock or SystemClock()
        self._wire = Wire(connection, clock=self._clock)
        self._kinds = Kinds(self._resources)
        self._access = AccessReview(self._review)

    @property
    def identity(self) -> ClusterIdentity:
        """Context and server."""
        return self._connection.identity

    @property
    def namespace(self) -> str:
        """The namespace of the context."""
        return self._connection.namespace

    def release(self) -> str:
        """The release of the API server."""
        return text_at(self._wire.json("asking for the release", "get", "/version"), "gitVersion")

    def user(self) -> str:
        """Ask who this login is; every login may, from Kubernetes 1.28 on."""
        from kubernetes.client.exceptions import ApiException

        body: JsonObject = {"apiVersion": _IDENTITY_API, "kind": "SelfSubjectReview"}
        with translated("asking for the login's name", identity=self.identity):
            try:
                answer = parsed(self._wire.request("post", f"/apis/{_IDENTITY_API}/selfsubjectreviews", body=body))
            except ApiException as error:
                if error.status in (403, 404):
                    return ""
                raise
        return text_at(answer, "status", "userInfo", "username")

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        """Those that the cluster says the login has not."""
        return self._access.lacking(rights)

    def serves(self, *, api_version: str, kind: str) -> bool:
        """Ask the cluster now."""
        self._kinds.forget(api_version)
        return self._kinds.find(api_version=api_version, kind=kind) is not None

    def get(self, ref: ObjectRef) -> JsonObject | None:
        """The live object, or None."""
        kind = self._kinds.find(api_version=ref.api_version, kind=ref.kind)
        if kind is None:
            return None
        with self._access.explaining(*kind.rights("get", namespace=ref.namespace, name=ref.name)):
            return self._wire.optional(f"reading {ref}", kind.item(ref))

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        """All matching objects; () when the cluster does not serve the kind."""
        kind = self._kinds.find(api_version=query.api_version, kind=query.kind)
        if kind is None:
            return ()
        selector = ",".join(f"{key}={value}" for key, value in sorted(query.labels.items()))
        parameters = {"label_selector": selector} if selector else {}
        with self._access.explaining(*kind.rights("list", namespace=query.namespace)):
            found = self._wire.json(f"listing {kind.plural}", "get", kind.collection(query.namespace), **parameters)
        named: JsonObject = {"apiVersion": query.api_version, "kind": query.kind}
        return tuple({**named, **item} for item in objects_at(found, "items"))

    def dry_run(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> Prediction:
        """What applying would store, or the refusal."""
        ref, kind = manifest.ref, self._required(manifest.ref)
        rights = kind.rights(*_APPLYING, namespace=ref.namespace, name=ref.name)

        def applied() -> JsonObject:
            return self._patch(kind.item(ref), manifest.body, options=options, dry_run="All")

        return self._predicted(ref, applied, rights=rights)

    def dry_run_replace(self, manifest: Manifest, *, live: JsonObject) -> Prediction:
        """What the object would be with nothing but the manifest in it, or the refusal."""
        ref, kind = manifest.ref, self._required(manifest.ref)
        path, operations = kind.item(ref), replacement(live, manifest.body)

        def replaced() -> JsonObject:
            data = self._wire.request(
                "patch",
                path,
                body=operations,
                content_type="application/json-patch+json",
                field_manager=MANAGER,
                dry_run="All",
                strict=True,
            )
            return parsed(data)

        return self._predicted(ref, replaced, rights=kind.rights("patch", namespace=ref.namespace, name=ref.name))

    def _predicted(self, ref: ObjectRef, ask: Callable[[], JsonObject], *, rights: tuple[Right, ...]) -> Prediction:
        from kubernetes.client.exceptions import ApiException

        with translated(f"dry run of {ref}", identity=self.identity):
            try:
                return Predicted(body=ask())
            except ApiException as error:
                refused = refusal(answer_of(error))
                if refused is None:
                    raise
                if refused.reason is RefusalReason.FORBIDDEN:
                    return replace(refused, remedy=self._access.remedy(*rights))
                return refused

    def apply(self, manifest: Manifest, *, options: ApplyOptions = _DEFAULTS) -> JsonObject:
        """Apply on the server."""
        ref, kind = manifest.ref, self._required(manifest.ref)
        rights = kind.rights(*_APPLYING, namespace=ref.namespace, name=ref.name)
        with self._access.explaining(*rights), translated(f"applying {ref}", identity=self.identity):
            return self._patch(kind.item(ref), manifest.body, options=options)

    def reassign(self, ref: ObjectRef, *, fields: Sequence[JsonValue], version: str) -> bool:
        """Write `managedFields` at a version."""
        from kubernetes.client.exceptions import ApiException

        operations: list[JsonValue] = [
            {"op": "replace", "path": "/metadata/managedFields", "value": [*fields]},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        ]
        kind = self._required(ref)
        rights = kind.rights("patch", namespace=ref.namespace, name=ref.name)
        with self._access.explaining(*rights), translated(f"taking over {ref}", identity=self.identity):
            try:
                path = kind.item(ref)
                self._wire.request(
                    "patch", path, body=operations, content_type="application/json-patch+json", field_manager=MANAGER
                )
            except ApiException as error:
                if error.status in (404, 409):
                    return False
                raise
        return True

    def delete(self, ref: ObjectRef, *, uid: str | None = None) -> bool:
        """Start deleting; a Deployment stays visible until its pods are gone."""
        from kubernetes.client.exceptions import ApiException

        kind = self._kinds.find(api_version=ref.api_version, kind=ref.kind)
        if kind is None:
            return False
        body: JsonObject = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Foreground" if ref.kind == "Deployment" else "Background",
        }
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        rights = kind.rights("delete", namespace=ref.namespace, name=ref.name)
        with self._access.explaining(*rights), translated(f"deleting {ref}", identity=self.identity):
            try:
                self._wire.request("delete", kind.item(ref), body=body)
            except ApiException as error:
                if error.status in (404, 409):  # gone, or another object than the one that was meant
                    return False
                raise
        return True

    def logs(self, pod: ObjectRef, *, query: LogQuery) -> tuple[str, ...]:
        """The last lines of a container."""
        from kubernetes.client.exceptions import ApiException

        parameters = [("container", query.container), ("tailLines", str(query.tail_lines))]
        parameters += [("limitBytes", str(_LONGEST_LOG_BYTES)), ("previous", str(query.previous).lower())]
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
        reading = translated(f"reading the log of {pod}", identity=self.identity)
        with self._access.explaining(*_on_pod(pod, "log", "get")), reading:
            try:
                data = self._wire.request("get", path, query_params=parameters)
            except ApiException as error:
                if error.status in (401, 403):
                    raise
                return ()  # not started, gone, or its node does not answer: there are no lines
        return tuple(data.decode(errors="replace").splitlines())

    def open_log(self, pod: ObjectRef, *, query: LogStreamQuery) -> ResponseLog | None:
        """The log of a container as a stream."""
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"

        def ask() -> Any:
            waits = (TIMEOUT_S[0], QUIET_S if query.follow else TIMEOUT_S[1])
            return self._wire.answer("get", path, query_params=log_parameters(query), timeout_s=waits)

        ask_again = partial(with_retries, ask, clock=self._clock)
        with self._access.explaining(*_on_pod(pod, "log", "get")):
            return opened(ask_again, what=f"reading the log of {pod}", identity=self.identity)

    @contextmanager
    def forward(self, pod: ObjectRef, *, port: int) -> Iterator[int]:
        """A local port that leads to the pod."""
        way = forwarding(self._connection.client, pod, port=port, identity=self.identity)
        with ExitStack() as stack:
            with self._access.explaining(*_on_pod(pod, "portforward", *_CONNECTING)):
                local = stack.enter_context(way)
            yield local

    def run_in(self, pod: ObjectRef, *, command: PodCommand) -> CommandResult:
        """Run a command in a container to its end."""
        from tfk8s.cluster.execute import execute

        with self._access.explaining(*_on_pod(pod, "exec", *_CONNECTING)):
            return execute(self._connection.client, pod, command=command, identity=self.identity, clock=self._clock)

    def _review(self, path: str, body: JsonObject) -> JsonObject:
        return self._wire.json("asking for the login's rights", "post", path, body=body)

    def _required(self, ref: ObjectRef) -> Kind:
        kind = self._kinds.find(api_version=ref.api_version, kind=ref.kind)
        if kind is None:
            raise unserved(ref)
        return kind

    def _resources(self, path: str) -> JsonObject | None:
        return self._wire.optional(f"asking for the kinds under {path}", path)

    def _patch(self, path: str, body: JsonObject, *, options: ApplyOptions, dry_run: str | None = None) -> JsonObject:
        data = self._wire.request(
            "patch",
            path,
            body=apply_body(body),
            content_type="application/apply-patch+yaml",
            field_manager=options.field_manager,
            force_conflicts="true" if options.force_conflicts else None,
            dry_run=dry_run,
            strict=True,
        )
        return parsed(data)


def connect(*, kubeconfig: Path | None = None, context: str | None = None) -> KubernetesCluster:
    """The cluster of a kubeconfig's context.

    Raises:
        PreconditionError: see `open_connection`.
    """
    return KubernetesCluster(open_connection(kubeconfig=kubeconfig, context=context))


def connect_endpoint(endpoint: ClusterEndpoint, *, context: str) -> KubernetesCluster:
    """The cluster at an address that its provider gave, without a kubeconfig; `context` is what people call it.

    Raises:
        PreconditionError: see `open_endpoint`.
    """
    from tfk8s.cluster.direct import open_endpoint

    return KubernetesCluster(open_endpoint(endpoint, context=context))


def _on_pod(pod: ObjectRef, part: str, *verbs: str) -> tuple[Right, ...]:
    """Of any pod: no role can name those that a Deployment makes."""
    return tuple(Right(verb=verb, resource=f"pods/{part}", namespace=pod.namespace) for verb in verbs)
