"""Parses what `saved_model_cli show --all` prints, and writes our ModelInfo in the same form."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from tfk8s.model import GraphInfo, ModelVersion, TensorSpec


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor as the tool prints it."""

    direction: str
    key: str
    dtype: str
    shape: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the tool prints of one graph.

    Attributes:
        method_names: by signature.
        tensors: by signature, in the order of the text.
        operations: those that the tool reaches.
    """

    method_names: dict[str, str]
    tensors: dict[str, tuple[Tensor, ...]]
    operations: frozenset[str]


_GRAPH = re.compile(r"^MetaGraphDef with tag-set: '(.*)' contains the following SignatureDefs:$", re.MULTILINE)
_OPERATIONS = re.compile(r"^The MetaGraph with tag set (\[.*\]) contains the following ops: (.*)$", re.MULTILINE)
_SIGNATURE = re.compile(r"^signature_def\['(.*)'\]:$", re.MULTILINE)
_TENSOR = re.compile(
    r"^    (inputs|outputs)\['(.*)'\] tensor_info:\n        dtype: (.*)\n        shape: (.*)\n        name: (.*)$",
    re.MULTILINE,
)
_METHOD = re.compile(r"^  Method name is: (.*)$", re.MULTILINE)


def parse(text: str) -> dict[str, Shown]:
    """Graphs by tag set."""
    _, *parts = _GRAPH.split(text)
    operations = {", ".join(ast.literal_eval(tags)): _set(names) for tags, names in _OPERATIONS.findall(text)}
    return {tags: _graph(body, operations=operations[tags]) for tags, body in zip(parts[::2], parts[1::2], strict=True)}


def as_shown(version: ModelVersion) -> dict[str, Shown]:
    """What we read, in the tool's words."""
    return {", ".join(graph.tags): _as_shown(graph) for graph in version.graphs}


def _set(text: str) -> frozenset[str]:
    found = ast.literal_eval(text)
    assert isinstance(found, set)
    return frozenset(found)


def _graph(body: str, *, operations: frozenset[str]) -> Shown:
    _, *parts = _SIGNATURE.split(body)
    method_names, tensors = {}, {}
    for name, section in zip(parts[::2], parts[1::2], strict=True):
        method = _METHOD.search(section)
        assert method is not None
        method_names[name] = method[1]
        tensors[name] = tuple(
            Tensor(direction=direction, key=key, dtype=dtype, shape=shape, name=tensor_name)
            for direction, key, dtype, shape, tensor_name in _TENSOR.findall(section)
        )
        assert section.count("tensor_info:") == len(tensors[name])
    return Shown(method_names=method_names, tensors=tensors, operations=operations)


def _as_shown(graph: GraphInfo) -> Shown:
    return Shown(
        method_names={signature.name: signature.method_name for signature in graph.signatures},
        tensors={
            signature.name: tuple(
                _tensor(tensor, direction=direction)
                for direction, tensors in (("inputs", signature.inputs), ("outputs", signature.outputs))
                for tensor in tensors
            )
            for signature in graph.signatures
        },
        operations=frozenset(graph.operations),
    )


def _tensor(tensor: TensorSpec, *, direction: str) -> Tensor:
    shape = "unknown_rank"
    if tensor.shape is not None:
        shape = "(" + ", ".join("-1" if axis is None else str(axis) for axis in tensor.shape) + ")"
    return Tensor(direction=direction, key=tensor.key, dtype=tensor.dtype.name, shape=shape, name=tensor.name)
