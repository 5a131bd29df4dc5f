"""Reads a SavedModel directory into a ModelInfo, without TensorFlow."""

from __future__ import annotations

from tfk8s.model.digest import content_digest
from tfk8s.model.dtype import FLOATS, INTEGERS, DType
from tfk8s.model.finding import Finding, Severity
from tfk8s.model.info import (
    INIT_OP_SIGNATURE,
    SERVING_DEFAULT,
    Encoding,
    GraphInfo,
    ModelInfo,
    ModelVersion,
    Signature,
    TensorSpec,
)
from tfk8s.model.json_form import from_json, to_json
from tfk8s.model.reader import read_model, require_servable
from tfk8s.model.shown import shape_text, shown, size_text

__all__ = [
    "FLOATS",
    "INIT_OP_SIGNATURE",
    "INTEGERS",
    "SERVING_DEFAULT",
    "DType",
    "Encoding",
    "Finding",
    "GraphInfo",
    "ModelInfo",
    "ModelVersion",
    "Severity",
    "Signature",
    "TensorSpec",
    "content_digest",
    "from_json",
    "read_model",
    "require_servable",
    "shape_text",
    "shown",
    "size_text",
    "to_json",
]
