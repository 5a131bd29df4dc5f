"""Reads saved_model.pb: graphs with their signatures, operations and assets."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from google.protobuf.message import DecodeError

from tfk8s.model.dtype import DType, dtype_of
from tfk8s.model.info import Encoding, GraphInfo, Signature, TensorSpec
from tfk8s.model.message_size import TooManyPartsError, require_decodable
from tfk8s.model.protos.saved_model_pb2 import (
    AssetFileDef,
    MetaGraphDef,
    SavedModel,
    SignatureDef,
    TensorInfo,
    TensorShapeProto,
)
from tfk8s.model.wire import Buffer, CutOffError, OverlongError, read_varint

_VARIABLE_OPERATIONS = frozenset({"VarHandleOp", "VariableV2", "Variable", "_VarHandlesOp"})
_VERSION_TAG, _META_GRAPH_TAG = 0x08, 0x12  # the two fields of a SavedModel: number and wire type in one byte
_ASSETS_COLLECTION = "saved_model_assets"  # where TF1 lists them; TF2 has a field


_MOST_GRAPHS, _MOST_SIGNATURES, _MOST_TENSORS, _MOST_NAMES = 64, 10_000, 100_000, 100_000
"""Far more than any model has; a hostile one has millions in a few megabytes, and each becomes an object here."""

_MOST_AXES = 254  # of TensorFlow: https://github.com/tensorflow/tensorflow, tensor_shape.h


class GraphDecodeError(ValueError):
    """The bytes are not a SavedModel message."""


class GraphTooManyError(GraphDecodeError):
    """The message holds more of something than any model does; the text says of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A graph as it is in the file: what users see of it, and what only the checks need.

    Attributes:
        info: what users see.
        assets: names of the files in `assets/` that the graph lists.
        unknown_dtypes: `signature/key` of each tensor with an element type that we do not know.
    """

    info: GraphInfo
    assets: tuple[str, ...]
    unknown_dtypes: tuple[str, ...]


def read_graphs(data: bytes) -> tuple[Graph, ...]:
    """Decode the bytes of saved_model.pb.

    Raises:
        GraphDecodeError: they are not a SavedModel message, or one of far too many parts.
    """
    try:
        require_decodable(data, SavedModel)
        meta_graphs = SavedModel.FromString(data).meta_graphs
        _require(len(meta_graphs), at_most=_MOST_GRAPHS, what="graphs")
        return tuple(_graph(meta_graph) for meta_graph in meta_graphs)
    except DecodeError as error:
        raise GraphDecodeError(str(error)) from error
    except TooManyPartsError as error:
        raise GraphTooManyError(str(error)) from error


def is_cut_off(data: Buffer) -> bool:
    """Whether the outermost message ends in the middle of a field, as a file does that was not copied to its end."""
    position = 0
    while position < len(data):
        tag = data[position]
        if tag not in (_VERSION_TAG, _META_GRAPH_TAG):
            return False  # not cut off but something else
        try:
            value, position = read_varint(data, position + 1)
        except CutOffError:
            return True
        except OverlongError:
            return False
        if tag == _META_GRAPH_TAG:
            position += value
    return position > len(data)


def _graph(meta_graph: MetaGraphDef) -> Graph:
    _require_plausible(meta_graph)
    unknown: list[str] = []
    signatures = tuple(
        _signature(name, meta_graph.signature_def[name], unknown=unknown) for name in sorted(meta_graph.signature_def)
    )
    return Graph(
        info=GraphInfo(
            tags=tuple(sorted(set(meta_graph.meta_info_def.tags))),
            signatures=signatures,
            operations=tuple(sorted(_operations(meta_graph))),
            tensorflow_version=meta_graph.meta_info_def.tensorflow_version or None,
            has_variables=any(node.op in _VARIABLE_OPERATIONS for node in meta_graph.graph_def.node),
        ),
        assets=_asset_names(meta_graph),
        unknown_dtypes=tuple(unknown),
    )


def _require_plausible(meta_graph: MetaGraphDef) -> None:
    _require(len(meta_graph.meta_info_def.tags), at_most=_MOST_NAMES, what="tags")
    _require(len(meta_graph.signature_def), at_most=_MOST_SIGNATURES, what="signatures")
    infos = [
        info
        for signature in meta_graph.signature_def.values()
        for tensors in (signature.inputs, signature.outputs)
        for info in islice(tensors.values(), _MOST_TENSORS + 1)
    ]
    _require(len(infos), at_most=_MOST_TENSORS, what="tensors of signatures")
    _require(
        max((len(info.tensor_shape.dim) for info in infos), default=0), at_most=_MOST_AXES, what="axes of a tensor"
    )


def _require(count: int, *, at_most: int, what: str) -> None:
    if count > at_most:
        raise GraphTooManyError(f"holds {count:,} {what}, no model has more than {at_most:,}")


def signature_of(name: str, signature: SignatureDef) -> Signature:
    """Read one signature, as a server gives it; a dtype that this release does not know is `DT_INVALID`."""
    return _signature(name, signature, unknown=[])


def _signature(name: str, signature: SignatureDef, *, unknown: list[str]) -> Signature:
    def tensors(infos: Mapping[str, TensorInfo], *, defaults: Container[str] = ()) -> tuple[TensorSpec, ...]:
        unknown.extend(f"{name}/{key}" for key in sorted(infos) if dtype_of(infos[key].dtype) is None)
        return tuple(_tensor(key, infos[key], has_default=key in defaults) for key in sorted(infos))

    return Signature(
        name=name,
        method_name=signature.method_name,
        inputs=tensors(signature.inputs, defaults=signature.defaults),
        outputs=tensors(signature.outputs),
    )


def _tensor(key: str, info: TensorInfo, *, has_default: bool) -> TensorSpec:
    match info.WhichOneof("encoding"):
        case "coo_sparse":
            encoding = Encoding.SPARSE
        case "composite_tensor":
            encoding = Encoding.COMPOSITE
        case _:
            encoding = Encoding.DENSE
    return TensorSpec(
        key=key,
        name=info.name,
        dtype=dtype_of(info.dtype) or DType.DT_INVALID,
        shape=_shape(info.tensor_shape),
        encoding=encoding,
        has_default=has_default,
    )


def _shape(shape: TensorShapeProto) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    return tuple(None if dim.size < 0 else dim.size for dim in shape.dim)


def _operations(meta_graph: MetaGraphDef) -> set[str]:
    functions = meta_graph.graph_def.library.function
    found = {node.op for node in meta_graph.graph_def.node}
    for function in functions:
        found.update([node.op for node in function.node_def])
    _require(len(found), at_most=_MOST_NAMES, what="different operations")
    return found - {function.signature.name for function in functions}  # a node may have a function as its operation


def _asset_names(meta_graph: MetaGraphDef) -> tuple[str, ...]:
    names = {asset.filename for asset in _assets(meta_graph)}
    _require(len(names), at_most=_MOST_SIGNATURES, what="assets")
    return tuple(sorted(names))


def _assets(meta_graph: MetaGraphDef) -> Iterable[AssetFileDef]:
    if meta_graph.asset_file_def:
        return meta_graph.asset_file_def
    if _ASSETS_COLLECTION not in meta_graph.collection_def:
        return ()
    return [
        AssetFileDef.FromString(item.value) for item in meta_graph.collection_def[_ASSETS_COLLECTION].any_list.value
    ]
