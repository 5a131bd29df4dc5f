"""Warm-up requests that lie beside a model; they run within its load, and one that fails, fails the load."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.modelserver.server import log, runtime
from tests.modelserver.server.errors import Code, ServingError, invalid_argument

runtime.prepare()

from tensorflow.python.framework import tensor_util  # noqa: E402 - needs prepare()
from tensorflow_serving.apis import prediction_log_pb2  # noqa: E402

from tests.modelserver.server.prediction import predict  # noqa: E402

if TYPE_CHECKING:
    from tests.modelserver.server.metrics import Metrics
    from tests.modelserver.server.savedmodel import Servable

FILE: Final = "assets.extra/tf_serving_warmup_requests"
MAX_RECORDS: Final = 1000
_PLACE: Final = "servables/tensorflow/saved_model_warmup_util.cc"
_LENGTH_BYTES, _CHECKSUM_BYTES = 8, 4


def run(servable: Servable, *, iterations: int, metrics: Metrics) -> None:
    """Replays the records of the servable's directory, each `iterations` times.

    Raises:
        ServingError: for more than 1000 records, a file that is no TFRecord, and a request that fails.
    """
    file = Path(servable.path) / FILE
    if not file.exists():
        log.info(_PLACE, f"No warmup data file found at {file}")
        return
    log.info(_PLACE, f"Starting to read warmup data for model at {file} with model-warmup-options ")
    count = 0
    for record in _records(file):
        count += 1
        if count > MAX_RECORDS:
            raise invalid_argument(f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {file}")
        for _ in range(max(iterations, 1)):
            _replay(servable, record, metrics=metrics)
    log.info(_PLACE, f"Finished reading warmup data for model at {file}. Number of warmup records read: {count}. ")


def _replay(servable: Servable, record: bytes, *, metrics: Metrics) -> None:
    entry = prediction_log_pb2.PredictionLog()
    try:
        entry.ParseFromString(record)
    except Exception as error:  # protobuf's DecodeError is not exported by every implementation of it
        raise invalid_argument("Failed to parse warmup record") from error
    if not entry.HasField("predict_log"):
        kind = entry.WhichOneof("log_type")
        raise ServingError(Code.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}")
    request = entry.predict_log.request
    inputs: dict[str, Any] = {name: tensor_util.MakeNdarray(tensor) for name, tensor in request.inputs.items()}
    started = time.perf_counter()
    predict(servable, inputs, signature_name=request.model_spec.signature_name, metrics=metrics)
    metrics.warm_up_latency.record((time.perf_counter() - started) * 1e6, servable.path, "OK")


def _records(file: Path) -> Iterator[bytes]:
    """TFRecord framing: length, checksum, data, checksum. The checksums are not verified."""
    data = file.read_bytes()
    position = 0
    while position < len(data):
        header = data[position : position + _LENGTH_BYTES + _CHECKSUM_BYTES]
        if len(header) < _LENGTH_BYTES + _CHECKSUM_BYTES:
            raise ServingError(Code.DATA_LOSS, f"truncated record at {position}")
        length = struct.unpack("<Q", header[:_LENGTH_BYTES])[0]
        start = position + len(header)
        position = start + length + _CHECKSUM_BYTES
        if position > len(data):
            raise ServingError(Code.DATA_LOSS, f"corrupted record at {start - len(header)}")
        yield data[start : start + length]
