"""One small real prediction, made up from the signature alone: the proof that a service answers."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Protocol, TypeAlias, Union

from tfk8s.manifest import JsonValue
from tfk8s.model import FLOATS, INTEGERS, SERVING_DEFAULT, DType, Encoding, Signature, TensorSpec
from tfk8s.ports import (
    Columns,
    Latest,
    PredictRequest,
    PredictResponse,
    ServedSignatures,
    ServerCode,
    ServerRefusedError,
    Target,
)

MAX_ELEMENTS = 2_000_000
"""A larger sample (8 MB of floats) is no small request."""

_SMALL, _LARGER = 1, 64
"""Sizes that unknown axes are tried with; strided graphs refuse pictures of one pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A made-up request.

    Attributes:
        body: a value for every input.
        is_exact: whether the signature leaves nothing open but the batch, so that a refusal is the model's fault.
    """

    body: Columns
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A prediction was answered."""

    signature: str
    version: int | None

    def __str__(self) -> str:
        """As progress says it."""
        by = f" by version {self.version}" if self.version is not None else ""
        return f"a prediction was answered{by} (signature {self.signature})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturesOnly:
    """The version is served and lists its signatures, but no request can be made up for them; `reason` says why."""

    version: int | None
    reason: str

    def __str__(self) -> str:
        """As progress says it."""
        by = f"version {self.version}" if self.version is not None else "the model"
        return f"{by} is served; no prediction was tried: {self.reason}"


SmokeResult: TypeAlias = Union[Answered, SignaturesOnly]


class Askable(Protocol):
    """What a smoke request needs of a model server; see ports.ModelServer."""

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        """Signatures of the version that the target means."""
        ...

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Ask once."""
        ...


def smoke(server: Askable, *, model: str, target: Target | None = None) -> SmokeResult:
    """Ask for the signatures, then for one prediction.

    Raises:
        ServerUnreachableError: nobody answered.
        ServerRefusedError: the version is not served, or it refused a request that its signature promises to take.
    """
    chosen = target or Latest()
    served = server.metadata(model, target=chosen)
    signature = _first_choice(served)
    if signature is None:
        return SignaturesOnly(version=served.version, reason="it has no signature that a request can name")
    samples = sample_requests(signature)
    refusal = ""
    for sample in samples:
        request = PredictRequest(model=model, signature=signature, body=sample.body, target=chosen)
        try:
            response = server.predict(request)
        except ServerRefusedError as error:
            if sample.is_exact or not _is_about_the_sample(error):
                raise
            refusal = error.answer
        else:
            return Answered(signature=signature.name, version=response.version or served.version)
    reason = f"made-up input does not fit it ({refusal})" if samples else "its inputs cannot be made up"
    return SignaturesOnly(version=served.version, reason=reason)


def sample_requests(signature: Signature) -> tuple[Sample, ...]:
    """Requests to try in turn; none when an input cannot be made up safely.

    Numbers are zero, axes of any length are 1, then 64; strings are empty, then a picture of one pixel.
    """
    if not all(_can_be_made_up(tensor) for tensor in signature.inputs):
        return ()
    if all(_is_exact(tensor) for tensor in signature.inputs):
        choices = [(_SMALL, "")]
    else:
        choices = [(_SMALL, ""), (_LARGER, base64.b64encode(one_pixel()).decode("ascii"))]
    samples = []
    for size, text in choices:
        shapes = {tensor.key: _shape(tensor, size=size) for tensor in signature.inputs}
        if sum(math.prod(shape) for shape in shapes.values()) > MAX_ELEMENTS:
            continue
        string: JsonValue = {"b64": text} if text else ""
        inputs = {tensor.key: _fill(tensor.dtype, shapes[tensor.key], string=string) for tensor in signature.inputs}
        is_exact = all(_is_exact(tensor) for tensor in signature.inputs)
        samples.append(Sample(body=Columns(inputs=inputs), is_exact=is_exact))
    return tuple(samples)


def one_pixel() -> bytes:
    """A black PNG of 1 x 1, RGB."""
    header = struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0\0\0\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _first_choice(served: ServedSignatures) -> Signature | None:
    usual = served.signature(SERVING_DEFAULT)
    if usual is not None:
        return usual
    return next((each for each in served.signatures if sample_requests(each)), next(iter(served.signatures), None))


def _is_about_the_sample(error: ServerRefusedError) -> bool:
    return error.from_model_server and error.code in (ServerCode.INVALID_ARGUMENT, ServerCode.INTERNAL)


def _can_be_made_up(tensor: TensorSpec) -> bool:
    is_known = tensor.dtype in FLOATS | INTEGERS | {DType.DT_BOOL, DType.DT_STRING}
    return is_known and tensor.shape is not None and tensor.encoding is Encoding.DENSE


def _is_exact(tensor: TensorSpec) -> bool:
    """Whether only the first axis is open, and the content is a number."""
    return tensor.dtype is not DType.DT_STRING and tensor.shape is not None and None not in tensor.shape[1:]


def _shape(tensor: TensorSpec, *, size: int) -> tuple[int, ...]:
    shape = tensor.shape or ()
    return tuple((_SMALL if axis == 0 else size) if known is None else known for axis, known in enumerate(shape))


def _fill(dtype: DType, shape: tuple[int, ...], *, string: JsonValue) -> JsonValue:
    value: JsonValue = 0
    if dtype in FLOATS:
        value = 0.0
    elif dtype is DType.DT_BOOL:
        value = False
    elif dtype is DType.DT_STRING:
        value = string
    for size in reversed(shape):
        value = [value] * size
    return value
