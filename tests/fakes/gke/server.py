"""The server: real gRPC on a real port of this computer, driven by Google's own client library."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import grpc
from google.cloud import container_v1 as gke
from google.protobuf import json_format
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from typing_extensions import Self

from tests.fakes.gke import faults
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.state import load, save
from tests.fakes.gke.world import Refused, World
from tests.testbed.certificates import Certificate
from tfk8s.manifest import JsonObject

METHODS: dict[str, tuple[str, type[Any], type[Any]]] = {
    "CreateCluster": ("create_cluster", gke.CreateClusterRequest, gke.Operation),
    "GetCluster": ("get_cluster", gke.GetClusterRequest, gke.Cluster),
    "ListClusters": ("list_clusters", gke.ListClustersRequest, gke.ListClustersResponse),
    "DeleteCluster": ("delete_cluster", gke.DeleteClusterRequest, gke.Operation),
    "UpdateCluster": ("update_cluster", gke.UpdateClusterRequest, gke.Operation),
    "GetOperation": ("get_operation", gke.GetOperationRequest, gke.Operation),
    "ListOperations": ("list_operations", gke.ListOperationsRequest, gke.ListOperationsResponse),
    "GetServerConfig": ("get_server_config", gke.GetServerConfigRequest, gke.ServerConfig),
    "CreateNodePool": ("create_node_pool", gke.CreateNodePoolRequest, gke.Operation),
    "GetNodePool": ("get_node_pool", gke.GetNodePoolRequest, gke.NodePool),
    "ListNodePools": ("list_node_pools", gke.ListNodePoolsRequest, gke.ListNodePoolsResponse),
    "SetNodePoolSize": ("set_node_pool_size", gke.SetNodePoolSizeRequest, gke.Operation),
    "SetNodePoolAutoscaling": ("set_node_pool_autoscaling", gke.SetNodePoolAutoscalingRequest, gke.Operation),
    "DeleteNodePool": ("delete_node_pool", gke.DeleteNodePoolRequest, gke.Operation),
}
"""Method, its name in `World`, its request and its answer; the messages of proto-plus have no common type."""
CHANGES = frozenset(name for name in METHODS if not name.startswith(("Get", "List")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that came in, as JSON in the API's own spelling."""

    method: str
    request: JsonObject
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(kw_only=True)
class Plan:
    """A failure that is to come.

    Attributes:
        status: what is answered; "carried out" first when the answer is what gets lost.
        times: how many calls get it; below 0 for ever.
        after: calls that pass before.
    """

    status: Status
    times: int = 1
    after: int = 0
    is_carried_out: bool = False


class Watcher(Protocol):
    """Called in the server's thread before a call is carried out, and again before its answer is sent."""

    def __call__(self, method: str, moment: str) -> None: ...


def unwatched(method: str, moment: str) -> None:
    """Let every call through."""


@dataclass
class FakeGke:
    """The server; a context manager. It keeps its state when its clients die, and in a file when it is given one.

    Attributes:
        certificate: of `localhost`; with one it speaks TLS.
        token: what every call must show, or "" for none.
    """

    port: int = 0
    state_file: Path | None = None
    world: World = field(default_factory=World)
    calls: list[Call] = field(default_factory=list)
    plans: dict[str, list[Plan]] = field(default_factory=dict)
    watch: Watcher = unwatched
    certificate: Certificate | None = None
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=8))
        handlers = {name: self._handler(name) for name in METHODS}
        generic = grpc.method_handlers_generic_handler("google.container.v1.ClusterManager", handlers)
        self._server.add_generic_rpc_handlers((generic,))
        if self.state_file is not None and self.state_file.exists():
            load(self.world, self.state_file)

    def __enter__(self) -> Self:
        if self.certificate is None:
            self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        else:
            pair = (self.certificate.key.read_bytes(), self.certificate.certificate.read_bytes())
            credentials = grpc.ssl_server_credentials([pair])
            self.port = self._server.add_secure_port(f"localhost:{self.port}", credentials)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=None).wait(5)

    @property
    def endpoint(self) -> str:
        """As TFK8S_GKE_ENDPOINT takes it."""
        return f"https://localhost:{self.port}" if self.certificate else f"http://127.0.0.1:{self.port}"

    def fail(
        self, method: str, status: Status, *, times: int = 1, after: int = 0, is_carried_out: bool = False
    ) -> None:
        """Answer calls of a method with a failure: `times` of them (below 0: all), after `after` that pass."""
        assert method in METHODS
        plan = Plan(status=status, times=times, after=after, is_carried_out=is_carried_out)
        self.plans.setdefault(method, []).append(plan)

    def fail_operation(self, kind: str, failure: faults.OperationFailure) -> None:
        """Let the next operation of a kind (CREATE_CLUSTER ...) end without success."""
        self.world.failures.setdefault(kind, []).append(failure)

    def stand_behind(self, name: str, behind: Behind) -> None:
        """Let clusters of this name be a real control plane."""
        self.world.behind[name] = behind

    def environment(self, name: str = "") -> dict[str, str]:
        """What a program needs in its environment to find this server, and the control plane behind a cluster."""
        token = self.world.behind[name].token if name in self.world.behind else "no-token"
        return {"TFK8S_GKE_ENDPOINT": self.endpoint, "GOOGLE_OAUTH_ACCESS_TOKEN": token}

    def requests(self, method: str) -> list[JsonObject]:
        """The requests of a method, in order."""
        return [call.request for call in self.calls if call.method == method]

    def _handler(self, method: str) -> grpc.RpcMethodHandler[Any, Any]:
        name, request_type, answer_type = METHODS[method]
        carry_out = cast("Callable[[Any], Any]", getattr(self.world, name))

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            try:
                return self._answer(method, request, context, carry_out)
            except Refused as refused:
                context.abort_with_status(rpc_status.to_status(refused.status))
                raise  # never reached: the line above raises

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=request_type.deserialize, response_serializer=answer_type.serialize
        )

    def _answer(
        self,
        method: str,
        request: Any,
        context: grpc.ServicerContext,
        carry_out: Callable[[Any], Any],
    ) -> Any:
        self.watch(method, "before")
        try:
            with self._lock:
                return self._carried_out(method, request, context, carry_out)
        finally:
            self.watch(method, "after")

    def _carried_out(
        self, method: str, request: Any, context: grpc.ServicerContext, carry_out: Callable[[Any], Any]
    ) -> Any:
        metadata = tuple((str(key), str(value)) for key, value in context.invocation_metadata())
        self.calls.append(Call(method=method, request=as_json(request), metadata=metadata))
        if self.token and ("authorization", f"Bearer {self.token}") not in metadata:
            raise Refused(faults.unauthenticated())
        plan = self._due(method)
        if plan is not None and not plan.is_carried_out:
            raise Refused(plan.status)
        found = carry_out(request)
        answer = type(found)(found)
        if self.state_file is not None:
            save(self.world, self.state_file)
        if plan is not None:
            raise Refused(plan.status)
        return answer

    def _due(self, method: str) -> Plan | None:
        for plan in self.plans.get(method, []):
            if plan.after > 0:
                plan.after -= 1
                return None
            if plan.times != 0:
                plan.times -= 1
                return plan
        return None


def as_json(message: Any) -> JsonObject:
    """A message in the API's own spelling; fields that hold their default are left out."""
    return cast("JsonObject", json.loads(json_format.MessageToJson(type(message).pb(message), sort_keys=True)))
