"""Writes tiny SavedModels, whole or broken on purpose, without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.dtype import DType
from tfk8s.model.protos.saved_model_pb2 import (
    AssetFileDef,
    BundleEntryProto,
    BundleHeaderProto,
    CallingFunction,
    CallingGraph,
    CallingNode,
    FunctionDef,
    GraphDef,
    MetaGraphDef,
    MetaInfoDef,
    NodeDef,
    OpDef,
    SavedModel,
    SignatureDef,
    TensorInfo,
    TensorShapeProto,
)
from tfk8s.model.wire import varint

PREDICT = "tensorflow/serving/predict"
MAGIC = bytes.fromhex("57fb808b247547db")


def tensor(
    name: str = "x:0", *, dtype: DType | int = DType.DT_FLOAT, shape: Sequence[int] | None = (-1,)
) -> TensorInfo:
    """A tensor as a signature has it; -1 for an axis of any length, None for an unknown rank."""
    form = TensorShapeProto(unknown_rank=True)
    if shape is not None:
        form = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
    number = dtype.value if isinstance(dtype, DType) else dtype
    return TensorInfo(name=name, dtype=number, tensor_shape=form)


def signature(
    inputs: Mapping[str, TensorInfo] | None = None,
    outputs: Mapping[str, TensorInfo] | None = None,
    *,
    method_name: str = PREDICT,
) -> SignatureDef:
    """A signature from x to y unless it says otherwise."""
    return SignatureDef(
        inputs={"x": tensor("x:0")} if inputs is None else inputs,
        outputs={"y": tensor("y:0")} if outputs is None else outputs,
        method_name=method_name,
    )


def init_op() -> SignatureDef:
    """The signature that `tf.saved_model.save` writes for its initialisation operation."""
    outputs = {"__saved_model_init_op": tensor("NoOp", dtype=DType.DT_INVALID, shape=None)}
    return SignatureDef(outputs=outputs)


def graph(
    *,
    tags: Sequence[str] = ("serve",),
    signatures: Mapping[str, SignatureDef] | None = None,
    operations: Sequence[str] = ("Placeholder", "Const", "AddV2"),
    functions: Mapping[str, Sequence[str]] | None = None,
    tensorflow_version: str = "2.21.0",
    assets: Sequence[str] = (),
) -> MetaGraphDef:
    """A graph of operations; `functions` maps a function's name to its operations."""
    library = [
        FunctionDef(signature=OpDef(name=name), node_def=[NodeDef(name=op.lower(), op=op) for op in body])
        for name, body in (functions or {}).items()
    ]
    definition = GraphDef(node=[NodeDef(name=op.lower(), op=op) for op in operations])
    definition.library.function.extend(library)
    return MetaGraphDef(
        meta_info_def=MetaInfoDef(tags=list(tags), tensorflow_version=tensorflow_version),
        graph_def=definition,
        signature_def={"serving_default": signature()} if signatures is None else signatures,
        asset_file_def=[AssetFileDef(filename=name) for name in assets],
    )


def with_calls(meta_graph: MetaGraphDef, *, calls: Mapping[str, Sequence[str]]) -> MetaGraphDef:
    """Let the graph ("") or a function call functions, by nodes with a function as attribute."""
    definition = meta_graph.graph_def
    functions = {function.signature.name: function for function in definition.library.function}
    for caller, callees in calls.items():
        nodes = [_call(callee) for callee in callees]
        if caller == "":
            definition.MergeFromString(CallingGraph(node=nodes).SerializeToString())
        else:
            functions[caller].MergeFromString(CallingFunction(node_def=nodes).SerializeToString())
    return meta_graph


def _call(function: str) -> CallingNode:
    node = CallingNode(op="StatefulPartitionedCall")
    node.attr["f"].func.name = function
    return node


def saved_model(*graphs: MetaGraphDef) -> bytes:
    """The bytes of saved_model.pb; one whole graph when none is given."""
    return SavedModel(saved_model_schema_version=1, meta_graphs=graphs or (graph(),)).SerializeToString()


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One tensor's place in a shard."""

    name: str
    size: int
    shard: int = 0
    offset: int = 0
    is_sliced: bool = False


def index(
    *variables: Variable, num_shards: int = 1, has_header: bool = True, block_entries: int = 16, kind: int = 0
) -> bytes:
    """The bytes of variables.index; `kind` 1 packs the blocks with Snappy."""
    entries = [(b"", BundleHeaderProto(num_shards=num_shards).SerializeToString())] if has_header else []
    for variable in sorted(variables, key=lambda variable: variable.name):
        entry = BundleEntryProto(shard_id=variable.shard, offset=variable.offset, size=variable.size)
        if variable.is_sliced:
            entry.slices.add()
        entries.append((variable.name.encode(), entry.SerializeToString()))
    return table(entries, block_entries=block_entries, kind=kind)


def table(entries: Sequence[tuple[bytes, bytes]], *, block_entries: int = 16, kind: int = 0) -> bytes:
    """A LevelDB table of sorted entries."""
    written = bytearray()
    handles = []
    for start in range(0, max(len(entries), 1), block_entries):
        rows = entries[start : start + block_entries]
        handles.append((rows[-1][0] if rows else b"", add_block(written, block(rows), kind=kind)))
    meta = add_block(written, block([]), kind=0)
    root = add_block(written, block(handles), kind=0)
    return bytes(written) + footer(meta, root)


def block(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A block with keys that share what they can with the one before."""
    body, before = bytearray(), b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        body += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return bytes(body) + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def add_block(written: bytearray, content: bytes, *, kind: int) -> bytes:
    """Append a block with its trailer, and return the handle that points to it."""
    stored = snappy(content) if kind == 1 else content
    handle = varint(len(written)) + varint(len(stored))
    trailer = bytes([kind])
    written += stored + trailer + masked_crc32c(stored + trailer).to_bytes(4, "little")
    return handle


def footer(meta: bytes, index_handle: bytes) -> bytes:
    """The last 48 bytes of a table."""
    return (meta + index_handle).ljust(40, b"\0") + MAGIC


def snappy(content: bytes) -> bytes:
    """Snappy's format by literals alone, as a packer may write what does not repeat."""
    packed = bytearray(varint(len(content)))
    for start in range(0, len(content), 60):
        piece = content[start : start + 60]
        packed += bytes([(len(piece) - 1) << 2]) + piece
    return bytes(packed)


@dataclass(frozen=True, kw_only=True)
class Version:
    """The files of a version directory; by default a whole model of constants."""

    graph_bytes: bytes = field(default_factory=saved_model)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def write(self, directory: Path) -> Path:
        """Write the files into `directory`, which is made."""
        for name, content in {"saved_model.pb": self.graph_bytes, **self.files}.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return directory


def with_variables(*, data_bytes: int = 8, files: Mapping[str, bytes] | None = None) -> Version:
    """A model with one variable of 8 bytes, and a data file of `data_bytes`."""
    return Version(
        graph_bytes=saved_model(graph(operations=("VarHandleOp", "ReadVariableOp"))),
        files={
            "variables/variables.index": index(Variable(name="w", size=8)),
            "variables/variables.data-00000-of-00001": bytes(data_bytes),
            **(files or {}),
        },
    )


def record(content: bytes) -> bytes:
    """One record of a TFRecord file."""
    length = len(content).to_bytes(8, "little")
    checksums = [masked_crc32c(part).to_bytes(4, "little") for part in (length, content)]
    return length + checksums[0] + content + checksums[1]
