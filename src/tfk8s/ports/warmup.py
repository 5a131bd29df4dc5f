"""What recording requests for warm-up needs of the room that speaks with model servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tfk8s.ports.serving import PredictRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedRequest:
    """A question as bytes.

    Attributes:
        content: the `PredictRequest` message of TensorFlow Serving; the same question gives the same bytes.
        shapes: of its tensors, by input key.
    """

    content: bytes
    shapes: Mapping[str, tuple[int, ...]]


class RequestEncoder(Protocol):
    """Encodes questions without asking anybody."""

    def encode(self, request: PredictRequest) -> EncodedRequest:
        """The bytes that `predict` would send over gRPC.

        Raises:
            InputError: the body does not fit the signature: an unknown key, ragged, an element of another dtype.
        """
        ...
