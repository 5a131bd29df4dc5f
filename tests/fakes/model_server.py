"""A model server in memory: answers, refuses as the real one does, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tfk8s.manifest import JsonValue
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.model import Signature
from tfk8s.ports import (
    ByLabel,
    ByVersion,
    Endpoint,
    ModelServer,
    PredictRequest,
    PredictResponse,
    ServedSignatures,
    ServerCode,
    ServerRefusedError,
    Target,
    VersionState,
)

Answer = Callable[[PredictRequest], Mapping[str, JsonValue]]


@dataclass
class FakeModelServer:
    """One model; `answer` makes the outputs, and raises to refuse."""

    model: str = "m"
    states: tuple[VersionState, ...] = ()
    signatures: tuple[Signature, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    answer: Answer = lambda _: {}
    asked: list[PredictRequest] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    reloads: list[ServerConfig] = field(default_factory=list)

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        self.endpoints.append(endpoint)
        yield self

    def status(self, model: str) -> tuple[VersionState, ...]:
        if model != self.model:
            raise refused(ServerCode.NOT_FOUND, f"Could not find any versions of model {model}")
        return self.states

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        return ServedSignatures(model=model, version=self._version(model, target), signatures=self.signatures)

    def predict(self, request: PredictRequest) -> PredictResponse:
        version = self._version(request.model, request.target)
        self.asked.append(request)
        return PredictResponse(outputs=self.answer(request), version=version)

    def reload(self, config: ServerConfig) -> None:
        self.reloads.append(config)

    def _version(self, model: str, target: Target) -> int:
        if model != self.model:
            raise refused(ServerCode.NOT_FOUND, f"Servable not found for request: Latest({model})")
        available = [state.number for state in self.states if state.is_available]
        if isinstance(target, ByLabel):
            if target.label not in self.labels:
                raise refused(ServerCode.INVALID_ARGUMENT, f"Unrecognized servable version label: {target.label}")
            return self.labels[target.label]
        if isinstance(target, ByVersion):
            available = [number for number in available if number == target.number]
        if not available:
            raise refused(ServerCode.NOT_FOUND, f"Servable not found for request: {target}")
        return available[-1]


def refused(code: ServerCode, answer: str, *, from_model_server: bool = True) -> ServerRefusedError:
    return ServerRefusedError(answer, code=code, answer=answer, from_model_server=from_model_server)
