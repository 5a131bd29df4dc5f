"""Broken SavedModels, each in its own way: a finding with a remedy, never a traceback.

The table below is what the project means by "broken SavedModels tried"; the random ones come on top.
"""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.model.savedmodels import (
    Variable,
    Version,
    add_block,
    block,
    footer,
    graph,
    index,
    init_op,
    record,
    saved_model,
    signature,
    tensor,
    with_variables,
)
from tfk8s.cli.main import root
from tfk8s.model import Severity, from_json, read_model, to_json
from tfk8s.model.crc32c import masked_crc32c
from tfk8s.model.wire import varint

WHOLE = saved_model(graph(operations=("VarHandleOp", "ReadVariableOp"), functions={"f": ("MatMul", "Const")}))
INDEX = index(Variable(name="w", size=8), Variable(name="x", size=8, offset=8))
INDEX_FILE = "variables/variables.index"
DATA_FILE = "variables/variables.data-00000-of-00001"
WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def _graph_bytes(content: bytes) -> Version:
    return dataclasses.replace(with_variables(), graph_bytes=content)


def _index_bytes(content: bytes) -> Version:
    return with_variables(files={INDEX_FILE: content})


def _index_of_block(content: bytes) -> Version:
    written = bytearray()
    data = add_block(written, content, kind=0)
    top = add_block(written, block([(b"z", data)]), kind=0)
    return _index_bytes(bytes(written) + footer(data, top))


def _without(version: Version, *names: str) -> Version:
    return dataclasses.replace(
        version, files={name: content for name, content in version.files.items() if name not in names}
    )


def _operations(*operations: str) -> Version:
    return Version(graph_bytes=saved_model(graph(operations=operations)))


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _nested_graph(depth: int) -> bytes:
    info = functools.reduce(lambda inner, _: _field(5, _field(2, inner)), range(depth), b"")
    inputs = _field(1, _field(2, info))
    return _field(2, _field(5, _field(2, inputs)))


def _with_broken_attribute() -> bytes:
    """A node whose attribute is no message, beside an operation that makes tfk8s ask who calls it."""
    node = _field(1, b"n") + _field(2, b"ReadFile") + _field(5, _field(1, b"f") + _field(2, b"\x52\xff"))
    return _field(2, _field(1, _field(4, b"serve")) + _field(2, _field(1, node)))


def _zeros(size: int) -> bytes:
    """Zeros in Snappy's format: one, and copies of it."""
    return varint(size) + b"\x00\x00" + b"\xfe\x01\x00" * ((size - 1) // 64) + _copies((size - 1) % 64)


def _copies(count: int) -> bytes:
    return bytes([(count - 1) << 2 | 2, 1, 0]) if count else b""


def _packed_index(blocks: list[bytes]) -> bytes:
    """A table of blocks that are packed already."""
    written, handles = bytearray(), []
    for packed in blocks:
        handles.append((b"z", varint(len(written)) + varint(len(packed))))
        written += packed + b"\x01" + masked_crc32c(packed + b"\x01").to_bytes(4, "little")
    top = add_block(written, block(handles), kind=0)
    return bytes(written) + footer(top, top)


def _repeated_key(length: int, times: int) -> bytes:
    first = varint(0) + varint(length) + varint(0) + bytes(length)
    return first + (varint(length) + b"\0\0") * times + bytes(4) + (1).to_bytes(4, "little")


BROKEN: dict[str, tuple[str, Callable[[], Version]]] = {
    "empty graph": ("graph-truncated", lambda: _graph_bytes(b"")),
    "only the schema version": ("graph-truncated", lambda: _graph_bytes(b"\x08\x01")),
    "one byte": ("graph-truncated", lambda: _graph_bytes(b"\x12")),
    "half of the graph": ("graph-truncated", lambda: _graph_bytes(WHOLE[: len(WHOLE) // 2])),
    "graph without its last byte": ("graph-truncated", lambda: _graph_bytes(WHOLE[:-1])),
    "graph of zero bytes": ("graph-corrupt", lambda: _graph_bytes(bytes(4096))),
    "graph of 0xff": ("graph-corrupt", lambda: _graph_bytes(b"\xff" * 4096)),
    "graph that is text": ("graph-corrupt", lambda: _graph_bytes(b"saved_model_schema_version: 1\n")),
    "graph that is HTML": ("graph-corrupt", lambda: _graph_bytes(b"<!DOCTYPE html><title>404</title>")),
    "graph that is a git-lfs pointer": (
        "graph-corrupt",
        lambda: _graph_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
    ),
    "graph that is a zip": ("graph-corrupt", lambda: _graph_bytes(b"PK\x03\x04" + bytes(60))),
    "graph with bytes behind its end": ("graph-corrupt", lambda: _graph_bytes(WHOLE + b"\x00" * 10)),
    "graph whose text is no UTF-8": (
        "graph-corrupt",
        lambda: _graph_bytes(WHOLE.replace(b"serve", b"\xff\xfe\xfd..", 1)),
    ),
    "graph with a length of 2**63": ("graph-truncated", lambda: _graph_bytes(b"\x12" + varint(2**63) + b"a")),
    "graph nested too deep": ("graph-corrupt", lambda: _graph_bytes(_nested_graph(200))),
    "no tags": ("no-serve-graph", lambda: _graph_bytes(saved_model(graph(tags=())))),
    "tag train": ("no-serve-graph", lambda: _graph_bytes(saved_model(graph(tags=("train",))))),
    "tags serve and gpu": ("no-serve-graph", lambda: _graph_bytes(saved_model(graph(tags=("serve", "gpu"))))),
    "no signature": ("no-signature", lambda: _graph_bytes(saved_model(graph(signatures={})))),
    "only the init signature": (
        "no-signature",
        lambda: _graph_bytes(saved_model(graph(signatures={"__saved_model_init_op": init_op()}))),
    ),
    "signature without outputs": (
        "no-signature",
        lambda: _graph_bytes(saved_model(graph(signatures={"serving_default": signature(outputs={})}))),
    ),
    "no variables at all": ("variables-missing", lambda: _without(with_variables(), INDEX_FILE, DATA_FILE)),
    "no index": ("variables-missing", lambda: _without(with_variables(), INDEX_FILE)),
    "no data": ("shard-missing", lambda: _without(with_variables(), DATA_FILE)),
    "empty data": ("shard-truncated", lambda: with_variables(data_bytes=0)),
    "data one byte short": ("shard-truncated", lambda: with_variables(data_bytes=7)),
    "data under another count of shards": (
        "shard-missing",
        lambda: _without(with_variables(files={"variables/variables.data-00000-of-00002": bytes(8)}), DATA_FILE),
    ),
    "empty index": ("variables-corrupt", lambda: _index_bytes(b"")),
    "half of the index": ("variables-corrupt", lambda: _index_bytes(INDEX[: len(INDEX) // 2])),
    "index without its last byte": ("variables-corrupt", lambda: _index_bytes(INDEX[:-1])),
    "index of zero bytes": ("variables-corrupt", lambda: _index_bytes(bytes(500))),
    "index with a flipped bit": ("variables-corrupt", lambda: _index_bytes(bytes([INDEX[0] ^ 1]) + INDEX[1:])),
    "index without header": (
        "variables-corrupt",
        lambda: _index_bytes(index(Variable(name="w", size=8), has_header=False)),
    ),
    "index with a shard that is not counted": (
        "variables-corrupt",
        lambda: _index_bytes(index(Variable(name="w", size=8, shard=5))),
    ),
    "index with a negative shard": (
        "variables-corrupt",
        lambda: _index_bytes(index(Variable(name="w", size=8, shard=-1))),
    ),
    "index of an unknown compression": (
        "variables-corrupt",
        lambda: _index_bytes(index(Variable(name="w", size=8), kind=9)),
    ),
    "index with a block outside of the file": (
        "variables-corrupt",
        lambda: _index_bytes(bytes(100) + footer(varint(0) + varint(0), varint(2**60) + varint(2**60))),
    ),
    "index with an endless block": (
        "variables-corrupt",
        lambda: _index_bytes(bytes(100) + footer(varint(0) + varint(2**40), varint(0) + varint(2**40))),
    ),
    "index entry that is no message": ("variables-corrupt", lambda: _index_of_block(block([(b"", b"\xff")]))),
    "index block of nothing": ("variables-corrupt", lambda: _index_of_block(b"")),
    "index block with too many restarts": ("variables-corrupt", lambda: _index_of_block(b"\xff\xff\xff\xff")),
    "index that claims an exabyte": (
        "shard-truncated",
        lambda: _index_bytes(index(Variable(name="w", size=2**60))),
    ),
    "missing vocabulary": (
        "asset-missing",
        lambda: Version(graph_bytes=saved_model(graph(operations=("InitializeTableFromTextFileV2",), assets=("v",)))),
    ),
    "asset outside of the model": (
        "asset-outside",
        lambda: Version(graph_bytes=saved_model(graph(operations=("ReadFile",), assets=("../../../../nowhere",)))),
    ),
    "asset outside of the model that is there": (
        "asset-outside",
        lambda: Version(graph_bytes=saved_model(graph(operations=("ReadFile",), assets=("/etc/passwd",)))),
    ),
    "asset of a name that no file can have": (
        "asset-missing",
        lambda: Version(graph_bytes=saved_model(graph(operations=("ReadFile",), assets=("a" * 5000,)))),
    ),
    "attributes of a node that are no messages": ("graph-corrupt", lambda: _graph_bytes(_with_broken_attribute())),
    "more signatures than any model has": (
        "graph-corrupt",
        lambda: _graph_bytes(_field(2, b"".join(_field(5, _field(1, b"%x" % name)) for name in range(10_001)))),
    ),
    "more graphs than any model has": ("graph-corrupt", lambda: _graph_bytes(b"\x12\x00" * 65)),
    "more axes than a tensor can have": (
        "graph-corrupt",
        lambda: _graph_bytes(saved_model(graph(signatures={"s": signature({"x": tensor(shape=[1] * 255)})}))),
    ),
    "an index larger than any": ("variables-corrupt", lambda: _index_bytes(bytes((8 << 20) + 1))),
    "an index that unpacks to more than any": (
        "variables-corrupt",
        lambda: _index_bytes(_packed_index([_zeros(9 << 20)] * 2)),
    ),
    "an index whose keys repeat a long one": ("variables-corrupt", lambda: _index_of_block(_repeated_key(1 << 20, 70))),
    "a block that says it is larger than any": (
        "variables-corrupt",
        lambda: _index_bytes(_packed_index([varint((16 << 20) + 1) + bytes(1 << 20)])),
    ),
    "warm-up that is text": ("warmup-broken", lambda: Version(files={WARMUP_FILE: b"not a record file"})),
    "warm-up cut off": ("warmup-broken", lambda: Version(files={WARMUP_FILE: record(b"abc")[:-2]})),
    "too many warm-up requests": ("warmup-broken", lambda: Version(files={WARMUP_FILE: record(b"") * 1001})),
    "Python function": ("operation-python", lambda: _operations("EagerPyFunc")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_gets_its_finding_a_remedy_and_exit_code_3(tmp_path: Path, name: str) -> None:
    code, make = BROKEN[name]
    make().write(tmp_path / "model" / "1")

    info = read_model(tmp_path / "model")
    result = CliRunner().invoke(root, ["inspect", str(tmp_path / "model")])

    errors = [finding for finding in info.findings if finding.severity is Severity.ERROR]
    assert code in [finding.code for finding in errors]
    assert not info.servable
    assert all(finding.message and finding.remedy and finding.version == 1 for finding in errors)
    assert result.exit_code == 3
    assert code in result.stdout
    assert "Traceback" not in result.output


def test_there_are_at_least_thirty_kinds_of_broken_models() -> None:
    versions = [make() for _, make in BROKEN.values()]

    distinct = {(version.graph_bytes, tuple(sorted(version.files.items()))) for version in versions}

    assert len(distinct) == len(BROKEN) >= 30


def _damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """The file cut off, with flipped bits, with a piece replaced, or random altogether."""
    places = st.integers(0, len(whole) - 1)
    return st.one_of(
        places.map(lambda length: whole[:length]),
        st.lists(st.tuples(places, st.integers(0, 7)), min_size=1, max_size=8).map(lambda bits: _flip(whole, bits)),
        st.tuples(places, st.binary(max_size=40)).map(lambda cut: whole[: cut[0]] + cut[1] + whole[cut[0] :]),
        st.binary(max_size=200),
        st.binary(max_size=100).map(lambda tail: b"\x12" + varint(len(tail)) + tail),
    )


def _flip(whole: bytes, bits: list[tuple[int, int]]) -> bytes:
    damaged = bytearray(whole)
    for place, bit in bits:
        damaged[place] ^= 1 << bit
    return bytes(damaged)


FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(graph_bytes=_damaged(WHOLE))
def test_no_damage_to_the_graph_ends_in_an_exception(graph_bytes: bytes) -> None:
    _read_and_write_back(_graph_bytes(graph_bytes))


@FUZZ
@given(index_bytes=st.one_of(_damaged(INDEX), _damaged(index(Variable(name="w", size=8), kind=1))))
def test_no_damage_to_the_index_ends_in_an_exception(index_bytes: bytes) -> None:
    _read_and_write_back(_index_bytes(index_bytes))


@FUZZ
@given(content=st.binary(max_size=120), kind=st.integers(0, 2))
def test_no_block_with_a_good_checksum_ends_in_an_exception(content: bytes, kind: int) -> None:
    written = bytearray()
    data = add_block(written, content, kind=0)
    written[len(content) : len(content) + 5] = _trailer(content, kind)
    top = add_block(written, block([(b"z", data)]), kind=0)

    _read_and_write_back(_index_bytes(bytes(written) + footer(data, top)))


@FUZZ
@given(content=_damaged(record(b"one") + record(b"two")))
def test_no_damage_to_the_warm_up_requests_ends_in_an_exception(content: bytes) -> None:
    _read_and_write_back(Version(files={WARMUP_FILE: content}))


@FUZZ
@given(name=st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=20))
@example(name="0\x1f")  # blank to Python, not to the server
def test_no_name_of_a_directory_ends_in_an_exception(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / name).mkdir(exist_ok=True)
        except (OSError, UnicodeEncodeError):
            return  # no file system takes it
        info = read_model(Path(folder))
        assert info.servable is False
        assert from_json(to_json(info)) == info


def _trailer(content: bytes, kind: int) -> bytes:
    return bytes([kind]) + masked_crc32c(content + bytes([kind])).to_bytes(4, "little")


def _read_and_write_back(version: Version) -> None:
    with tempfile.TemporaryDirectory() as folder:
        version.write(Path(folder) / "1")
        info = read_model(Path(folder))
        assert info.latest is not None
        assert info.servable is (not any(finding.severity is Severity.ERROR for finding in info.findings))
        assert from_json(to_json(info)) == info
        for finding in info.findings:
            (finding.message + finding.where).encode()
