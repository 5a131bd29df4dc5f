"""Artifact Registry's repositories over real gRPC on loopback: the library's own messages, and long-running operations.

Only what tfk8s calls is there. A test may make any call fail, or an operation end without success.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import grpc
from google.cloud.artifactregistry_v1 import (
    CreateRepositoryRequest,
    DeleteRepositoryRequest,
    GetRepositoryRequest,
    Repository,
)
from google.longrunning import operations_pb2
from google.protobuf import any_pb2, empty_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

Call: TypeAlias = Literal["GetRepository", "CreateRepository", "DeleteRepository", "GetOperation"]
_SERVICE = "google.devtools.artifactregistry.v1.ArtifactRegistry"
_DETAILS_KEY = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a call or an operation ends.

    Attributes:
        details: `google.rpc` messages that say more.
        times: how often it happens; then all is well again.
    """

    code: grpc.StatusCode
    message: str
    details: tuple[Message, ...] = ()
    times: int = 1_000

    def status(self) -> status_pb2.Status:
        """As the wire carries it."""
        packed = []
        for detail in self.details:
            wrapped = any_pb2.Any()
            wrapped.Pack(detail)
            packed.append(wrapped)
        number: int = self.code.value[0]
        return status_pb2.Status(code=number, message=self.message, details=packed)


def reason(name: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    """What Google's errors carry first: https://google.aip.dev/193."""
    return error_details_pb2.ErrorInfo(reason=name, domain="googleapis.com", metadata=metadata)


@dataclass
class FakeArtifactRegistry:
    """The server's state.

    Attributes:
        address: host and port.
        repositories: by resource name.
        failures: what a call answers in place of its work.
        polls: how often an operation is looked at before it is over.
        ending: how the next operations end, when not well.
        calls: every call, in order, with the resource name it was about.
        meanwhile: called when a creation arrives, before it is looked at.
    """

    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    failures: dict[Call, Failure] = field(default_factory=dict)
    polls: int = 2
    ending: Failure | None = None
    calls: list[tuple[Call, str]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    _operations: dict[str, tuple[int, Callable[[], operations_pb2.Operation]]] = field(default_factory=dict)
    _failed: dict[Call, int] = field(default_factory=dict)

    def add(self, path: str, **fields: object) -> None:
        """Put a repository there, for images unless `fields` say otherwise."""
        self.repositories[path] = Repository({"name": path, "format_": Repository.Format.DOCKER, **fields})

    def get(self, request: GetRepositoryRequest, context: grpc.ServicerContext) -> Repository:
        """GetRepository."""
        self._begin("GetRepository", request.name, context)
        if request.name not in self.repositories:
            _abort(context, Failure(code=grpc.StatusCode.NOT_FOUND, message="Requested entity was not found."))
        return self.repositories[request.name]

    def create(self, request: CreateRepositoryRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """CreateRepository: the repository is there when the operation is over."""
        path = f"{request.parent}/repositories/{request.repository_id}"
        self.meanwhile()
        self._begin("CreateRepository", path, context)
        if path in self.repositories:
            _abort(context, Failure(code=grpc.StatusCode.ALREADY_EXISTS, message="the repository already exists"))

        def finish() -> Message:
            made = Repository(request.repository)
            made.name = path
            self.repositories[path] = made
            message: Message = Repository.pb(made)
            return message

        return self._operation(request.parent, finish)

    def delete(self, request: DeleteRepositoryRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """DeleteRepository."""
        self._begin("DeleteRepository", request.name, context)
        if request.name not in self.repositories:
            _abort(context, Failure(code=grpc.StatusCode.NOT_FOUND, message="Requested entity was not found."))

        def finish() -> Message:
            del self.repositories[request.name]
            return empty_pb2.Empty()

        return self._operation(request.name.partition("/repositories/")[0], finish)

    def operation(
        self, request: operations_pb2.GetOperationRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        """GetOperation: over at the last of `polls`."""
        self._begin("GetOperation", request.name, context)
        left, finish = self._operations[request.name]
        self._operations[request.name] = (left - 1, finish)
        return finish() if left <= 1 else operations_pb2.Operation(name=request.name)

    def _operation(self, parent: str, work: Callable[[], Message]) -> operations_pb2.Operation:
        name = f"{parent}/operations/{len(self._operations)}"

        def finish() -> operations_pb2.Operation:
            over = operations_pb2.Operation(name=name, done=True)
            if self.ending is not None:
                over.error.CopyFrom(self.ending.status())
            else:
                over.response.Pack(work())
            return over

        self._operations[name] = (self.polls, finish)
        return operations_pb2.Operation(name=name) if self.polls else finish()

    def _begin(self, call: Call, name: str, context: grpc.ServicerContext) -> None:
        self.calls.append((call, name))
        failure = self.failures.get(call)
        if failure is not None and self._failed.get(call, 0) < failure.times:
            self._failed[call] = self._failed.get(call, 0) + 1
            _abort(context, failure)


def _abort(context: grpc.ServicerContext, failure: Failure) -> None:
    context.set_trailing_metadata(((_DETAILS_KEY, failure.status().SerializeToString()),))
    context.abort(failure.code, failure.message)


def _serve(server: grpc.Server, fake: FakeArtifactRegistry) -> None:
    answer = operations_pb2.Operation.SerializeToString
    repositories = {
        "GetRepository": grpc.unary_unary_rpc_method_handler(
            fake.get, GetRepositoryRequest.deserialize, Repository.serialize
        ),
        "CreateRepository": grpc.unary_unary_rpc_method_handler(
            fake.create, CreateRepositoryRequest.deserialize, answer
        ),
        "DeleteRepository": grpc.unary_unary_rpc_method_handler(
            fake.delete, DeleteRepositoryRequest.deserialize, answer
        ),
    }
    operations = {
        "GetOperation": grpc.unary_unary_rpc_method_handler(
            fake.operation, operations_pb2.GetOperationRequest.FromString, answer
        )
    }
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(_SERVICE, repositories),
            grpc.method_handlers_generic_handler("google.longrunning.Operations", operations),
        )
    )


@contextmanager
def artifact_registry() -> Iterator[FakeArtifactRegistry]:
    """Run the server on a free port of loopback."""
    fake = FakeArtifactRegistry()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    _serve(server, fake)
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield fake
    finally:
        server.stop(grace=None).wait(timeout=60)
