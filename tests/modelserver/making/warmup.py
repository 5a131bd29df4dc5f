"""Models with warm-up records beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from tests.modelserver.making import modules

if TYPE_CHECKING:
    from pathlib import Path


def half_plus_with_records(directory: Path, *, good: bool) -> None:
    """Writes y = x / 2 + 2 with two warm-up requests; the second names no input of it unless `good`."""
    modules.half_plus(directory, 2.0)
    extra = directory / "assets.extra"
    extra.mkdir()
    with tf.io.TFRecordWriter(str(extra / "tf_serving_warmup_requests")) as writer:
        for name in ("x", "x" if good else "no_such_input"):
            writer.write(_record(name).SerializeToString())


def _record(input_name: str) -> prediction_log_pb2.PredictionLog:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "any"
    request.model_spec.signature_name = "serving_default"
    request.inputs[input_name].CopyFrom(tf.make_tensor_proto([1.0, 2.0], tf.float32))
    return prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
