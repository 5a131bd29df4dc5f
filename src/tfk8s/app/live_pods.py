"""The pods of a live change: what is seen of them, and how one is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfk8s.app.fleet import fleet_of, read_workload
from tfk8s.app.journal import BY_VERSIONS
from tfk8s.app.live_config import LiveConfig
from tfk8s.app.mounted_config import LIVE_CONFIG_ANNOTATION
from tfk8s.app.reach import SERVER_PORTS
from tfk8s.app.service import ServiceName
from tfk8s.clock import Clock
from tfk8s.errors import ClusterRejectedError, PreconditionError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.ownership import MODEL_SERVER
from tfk8s.manifest.snapshot import name_of, restarts_of
from tfk8s.ports import Endpoint, ModelServers, ServerCode, ServerRefusedError, ServerUnreachableError
from tfk8s.ports.cluster import Cluster, ForbiddenError
from tfk8s.rollout.promotion import Facts, Order
from tfk8s.rollout.reports import Configuration

_MARGIN_S = 3.0
"""How long after its look at the disk a server may take to show what it found."""

_FRUITLESS = 5
"""So many times in a row one server is told in vain before that is given up."""


@dataclass(slots=True, kw_only=True)
class LivePods:
    """What this run knows of the pods; nothing of it is needed to go on after a death.

    Attributes:
        settle_s: seconds until a server that was told has looked for versions.
    """

    name: ServiceName
    cluster: Cluster
    servers: ModelServers
    clock: Clock
    settle_s: float
    _begun_s: float = 0.0
    _told: dict[str, tuple[str, float]] = field(default_factory=dict)
    _restarts: dict[str, int] = field(default_factory=dict)
    _vain: dict[str, int] = field(default_factory=dict)
    _bodies: dict[str, JsonObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the time of this run."""
        self._begun_s = self.clock.monotonic_s()
        self.settle_s += _MARGIN_S

    def look(self, live: LiveConfig) -> Facts:
        """Ask every pod."""
        snapshot = read_workload(self.name, cluster=self.cluster)
        fleet = fleet_of(snapshot, name=self.name, cluster=self.cluster, servers=self.servers)
        now = self.clock.monotonic_s()
        self._bodies = {text_at(pod, "metadata", "uid"): pod for pod in snapshot.pods}
        for uid, body in self._bodies.items():
            self._restarts.setdefault(uid, restarts_of(body))
        pods = tuple(pod for pod in fleet.pods if pod.component == MODEL_SERVER)
        by_us = {uid for uid, (given, _) in self._told.items() if given == live.hash}
        by_others = {pod.uid for pod in pods if pod.configuration is Configuration.CURRENT} - by_us
        fresh = {uid for uid, (_, at_s) in self._told.items() if now - at_s < self.settle_s}
        return Facts(
            config=live.config,
            pods=pods,
            told=frozenset(by_us | by_others),
            asked=frozenset(by_us - fresh),
            settling=frozenset(fresh | (by_others if now - self._begun_s < self.settle_s else set())),
            outside=frozenset(uid for uid, body in self._bodies.items() if not _has_started(body)),
            died={uid: how for uid in by_us for how in (self._death(uid),) if how},
        )

    def tell(self, order: Order, *, live: LiveConfig) -> str:
        """Give one server its configuration, and note that on its pod; returns why it was not taken, "" if it was.

        Raises:
            PreconditionError: the server's gRPC API cannot be used.
        """
        body = self._bodies[order.uid]
        problem = self._reload(order, body=body)
        if problem:
            self._vain[order.uid] = self._vain.get(order.uid, 0) + 1
            if self._vain[order.uid] >= _FRUITLESS:
                raise PreconditionError(
                    f"pod {order.pod} cannot be told another configuration: {problem}",
                    hint=f"its gRPC port ({_grpc_port(body)}) must answer a port-forward; "
                    "or let new pods take its place: change the spec, then tfk8s apply",
                )
            return problem
        self._vain.pop(order.uid, None)
        is_whole = order.config == live.config
        self._told[order.uid] = (live.hash if is_whole else "", self.clock.monotonic_s())
        return self._note(order, live=live) if is_whole else ""

    def _reload(self, order: Order, *, body: JsonObject) -> str:
        ref = _pod_ref(body)
        try:
            with self.cluster.forward(ref, port=_grpc_port(body)) as port:
                how = f"port-forward to pod {ref.name}"
                endpoint = Endpoint(transport="grpc", host="127.0.0.1", port=port, how=how)
                with self.servers.connect(endpoint) as server:
                    server.reload(order.config)
        except ServerRefusedError as error:
            if error.code is ServerCode.UNIMPLEMENTED:
                raise PreconditionError(
                    f"the server of pod {order.pod} has no call that changes its configuration",
                    hint="let new pods take its place: change the spec, then tfk8s apply",
                ) from error
            return error.answer or error.message
        except (ServerUnreachableError, PreconditionError) as error:
            return error.message
        return ""

    def _note(self, order: Order, *, live: LiveConfig) -> str:
        """On the pod, which also makes the kubelet bring it the changed files at once."""
        ref = _pod_ref(self._bodies[order.uid])
        metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace, "uid": order.uid}
        metadata["annotations"] = {LIVE_CONFIG_ANNOTATION: live.hash}
        manifest: JsonObject = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}
        try:
            self.cluster.apply(Manifest(ref=ref, body=manifest), options=BY_VERSIONS)
        except ForbiddenError:
            return ""  # the file reaches the pod a minute later then
        except ClusterRejectedError as error:
            if self.cluster.get(ref) is None:
                return ""  # it has gone meanwhile
            return error.message
        return ""

    def _death(self, uid: str) -> str:
        """How the server of a pod ended since this run first saw it; "" when it lives."""
        body = self._bodies.get(uid, {})
        if restarts_of(body) <= self._restarts.get(uid, 0):
            return ""
        for status in objects_at(body, "status", "containerStatuses"):
            last = object_at(status, "lastState", "terminated")
            if last:
                reason = text_at(last, "reason") or "it ended"
                return f"{reason} (exit code {integer_at(last, 'exitCode')})"
        return "its container was started again"


def _has_started(pod: JsonObject) -> bool:
    states = objects_at(pod, "status", "containerStatuses")
    return any(object_at(item, "state", "running") or integer_at(item, "restartCount") for item in states)


def _grpc_port(pod: JsonObject) -> int:
    """Where the server listens for gRPC: it always does, whether or not the Service leads there."""
    for container in objects_at(pod, "spec", "containers"):
        for port in objects_at(container, "ports"):
            if text_at(port, "name") == "grpc":
                return integer_at(port, "containerPort")
    return SERVER_PORTS["grpc"]


def _pod_ref(pod: JsonObject) -> ObjectRef:
    namespace = text_at(pod, "metadata", "namespace")
    return ObjectRef(api_version="v1", kind="Pod", namespace=namespace, name=name_of(pod))
