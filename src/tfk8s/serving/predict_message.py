"""The message of one prediction, as it travels over gRPC and as recorded warm-up requests keep it."""

from __future__ import annotations

from typing_extensions import assert_never

from tfk8s.ports import ByLabel, ByVersion, EncodedRequest, Latest, PredictRequest, Target
from tfk8s.serving.instances import check_body
from tfk8s.serving.protos import serving_pb2 as pb
from tfk8s.serving.tensors import to_proto


class MessageEncoder:
    """The real `ports.RequestEncoder`."""

    def encode(self, request: PredictRequest) -> EncodedRequest:
        """See ports.RequestEncoder."""
        message = predict_message(request)
        shapes = {key: tuple(dim.size for dim in tensor.tensor_shape.dim) for key, tensor in message.inputs.items()}
        return EncodedRequest(content=message.SerializeToString(deterministic=True), shapes=shapes)


def predict_message(request: PredictRequest) -> pb.PredictRequest:
    """Encode a question.

    Raises:
        InputError: the body does not fit the signature: an unknown key, ragged, an element of another dtype.
    """
    tensors = check_body(request.body, signature=request.signature)
    dtypes = {tensor.key: tensor.dtype for tensor in request.signature.inputs}
    spec = model_spec(request.model, request.target)
    spec.signature_name = request.signature.name
    return pb.PredictRequest(
        model_spec=spec,
        inputs={key: to_proto(tensor, dtype=dtypes[key], key=key) for key, tensor in tensors.items()},
    )


def model_spec(model: str, target: Target) -> pb.ModelSpec:
    """Which version of which model a request is for."""
    match target:
        case Latest():
            return pb.ModelSpec(name=model)
        case ByVersion():
            return pb.ModelSpec(name=model, version=pb.Int64Value(value=target.number))
        case ByLabel():
            return pb.ModelSpec(name=model, version_label=target.label)
        case _:
            assert_never(target)
