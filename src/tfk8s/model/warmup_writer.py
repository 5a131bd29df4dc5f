"""Writes records of warm-up requests, and says why a request would fail the load that replays it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.info import Encoding, Signature, TensorSpec
from tfk8s.model.protos.saved_model_pb2 import PredictionLog, PredictLog, PredictRequest
from tfk8s.model.shown import listed, shape_text, shown

MOST_RECORDS = 1000
"""A file with more of them fails the load (tensorflow_serving, saved_model_warmup_util)."""


def warmup_record(request: bytes) -> bytes:
    """One record: a `PredictionLog` with this `PredictRequest`, in the frame of a TFRecord file."""
    # What our messages do not declare of the request (its values) is kept as it is.
    log = PredictionLog(predict_log=PredictLog(request=PredictRequest.FromString(request)))
    return framed(log.SerializeToString(deterministic=True))


def framed(content: bytes) -> bytes:
    """The frame of a TFRecord: length (8 bytes), its checksum (4), the content, its checksum (4)."""
    length = len(content).to_bytes(8, "little")
    return b"".join((length, _checksum(length), content, _checksum(content)))


def misfits(shapes: Mapping[str, tuple[int, ...]], *, signature: Signature) -> tuple[str, ...]:
    """Why the graph would not answer a request with tensors of these shapes; nothing when it would.

    A server compares no shapes, but the graph fails on most that differ, and a record that fails, fails the load.
    """
    return tuple(_misfits(shapes, signature=signature))


def _misfits(shapes: Mapping[str, tuple[int, ...]], *, signature: Signature) -> Iterator[str]:
    missing = [tensor.key for tensor in signature.inputs if tensor.key not in shapes and not tensor.has_default]
    if missing:
        yield f"{listed(missing)} is missing: signature {shown(signature.name)} needs it"
    for tensor in signature.inputs:
        if tensor.key not in shapes:
            continue
        shape = shapes[tensor.key]
        if tensor.encoding is not Encoding.DENSE:
            yield f"input {shown(tensor.key)} is {tensor.encoding.value}, and a request can feed dense tensors only"
        elif not _fits(shape, tensor):
            yield f"input {shown(tensor.key)} has the shape {_written(shape)}, the signature says {shape_text(tensor)}"
        elif 0 in shape:
            yield f"input {shown(tensor.key)} holds nothing (shape {_written(shape)})"


def _fits(shape: tuple[int, ...], tensor: TensorSpec) -> bool:
    if tensor.shape is None:
        return True
    return len(shape) == len(tensor.shape) and all(
        wanted in (None, size) for size, wanted in zip(shape, tensor.shape, strict=True)
    )


def _written(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _checksum(content: bytes) -> bytes:
    return masked_crc32c(content).to_bytes(4, "little")
