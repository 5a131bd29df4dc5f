"""What the use-cases need of a running model server: its versions, its signatures and its answers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union

from tfk8s.errors import PredictionError
from tfk8s.manifest import JsonValue
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.ports.reach import Endpoint
from tfk8s.rollout.states import VersionState

if TYPE_CHECKING:  # at run time it would load protobuf into every command that shows progress
    from tfk8s.model.info import Signature, TensorSpec

Scale: TypeAlias = Literal["0..1", "-1..1", "0..255", "caffe"]
"""What a picture's samples 0..255 become for a float input; `caffe` is BGR with the ImageNet mean taken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """Whatever the server takes when a request names neither version nor label: the highest available version."""

    def __str__(self) -> str:
        """As messages say it."""
        return "the latest version"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByVersion:
    """One version by its number."""

    number: int

    def __str__(self) -> str:
        """As messages say it."""
        return f"version {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLabel:
    """The version that a label points to."""

    label: str

    def __str__(self) -> str:
        """As messages say it."""
        return f"label {self.label!r}"


Target: TypeAlias = Union[Latest, ByVersion, ByLabel]
"""Which version of a model is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSignatures:
    """What a served version can be asked.

    Attributes:
        model: the name in the URL.
        version: the version that the target resolved to, or None when the server did not say.
        signatures: the signatures that a request can name, sorted by name.
    """

    model: str
    version: int | None
    signatures: tuple[Signature, ...]

    def signature(self, name: str) -> Signature | None:
        """Find a signature by its name."""
        return next((signature for signature in self.signatures if signature.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Row format: one entry an example; an entry is a tensor, or a tensor by input key. Bytes are `{"b64": ...}`."""

    instances: list[JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columnar format: a whole tensor, or a whole tensor by input key. Bytes are `{"b64": ...}`."""

    inputs: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictRequest:
    """One question to a model; the signature gives the dtypes, and its name is always sent."""

    model: str
    signature: Signature
    body: Rows | Columns
    target: Target = field(default_factory=Latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictResponse:
    """The answer: whole tensors as nested lists by output key, the same over REST and gRPC.

    Attributes:
        outputs: tensors by output key; a string tensor's elements are text, or `{"b64": ...}` when they are not UTF-8.
        version: the version that answered; None over REST, which does not say.
    """

    outputs: Mapping[str, JsonValue]
    version: int | None = None


class ServerCode(enum.Enum):
    """Why a server refused, in gRPC's names; the last two exist only in what stands in front of the server."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNKNOWN = "UNKNOWN"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    BAD_GATEWAY = "BAD_GATEWAY"


class ServerRefusedError(PredictionError):
    """Somebody answered, with an error.

    Attributes:
        code: the structured reason.
        answer: the words of whoever answered.
        from_model_server: False when the answer has not the model server's form, so a proxy in front of it spoke.
    """

    def __init__(
        self,
        message: str,
        *,
        code: ServerCode,
        answer: str,
        from_model_server: bool = True,
        hint: str | None = None,
        details: tuple[str, ...] = (),
    ) -> None:
        """Keep the reason apart from the words."""
        super().__init__(message, hint=hint, details=details)
        self.code = code
        self.answer = answer
        self.from_model_server = from_model_server


class ServerUnreachableError(PredictionError):
    """Nobody answered: refused, reset, no route, an unknown host, or not within the time."""


class ServerUntrustedError(ServerUnreachableError):
    """Somebody answered with a certificate that is not trusted here, or is for another name."""


class ModelServer(Protocol):
    """A running TensorFlow Serving, over REST or gRPC. One request a call, no retries.

    Every method raises ServerRefusedError or ServerUnreachableError.
    """

    def status(self, model: str) -> tuple[VersionState, ...]:
        """States of all versions that the server knows of, ascending; a model it never saw is refused NOT_FOUND."""
        ...

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        """Signatures of the version that the target means; refused unless exactly that version is served."""
        ...

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Ask once.

        Raises:
            InputError: the body does not fit the signature (ragged, wrong keys, wrong kind); nothing was sent.
        """
        ...

    def reload(self, config: ServerConfig) -> None:
        """Replace the configuration of this server alone, until its next start; over gRPC only.

        The answer says that it was taken, not that versions are loaded: the server looks for them at its next poll.
        ServerRefusedError with FAILED_PRECONDITION: a label names a version that is not AVAILABLE; nothing changed.
        ServerUnreachableError: no answer within the client's limit, and the change may have been taken.

        Raises:
            PreconditionError: a client for REST, which has no such call.
        """
        ...


class ModelServers(Protocol):
    """Makes clients."""

    def connect(self, endpoint: Endpoint) -> AbstractContextManager[ModelServer]:
        """A client for the endpoint's transport; nothing is sent yet. Leaving the context closes its connections."""
        ...


class PictureReader(Protocol):
    """Turns a picture file into what an input tensor wants."""

    def encode(self, data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
        """The whole input tensor, batch axis included: the file's bytes for a string input, else samples in its shape.

        Raises:
            InputError: no picture, or the input's shape is not that of a picture.
            PreconditionError: the library that decodes pictures is not installed.
        """
        ...
