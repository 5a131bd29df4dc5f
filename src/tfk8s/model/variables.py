"""Checks `variables/`: the index that names every tensor's place, and the data files against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from tfk8s.model import rules
from tfk8s.model.files import is_directory, read_regular, regular_size
from tfk8s.model.finding import Finding
from tfk8s.model.protos.saved_model_pb2 import BundleEntryProto, BundleHeaderProto
from tfk8s.model.shown import listed, shown
from tfk8s.model.sstable import TableError, read_table

_HEADER_KEY = b""
_LARGEST_INDEX_BYTES = 8 << 20
"""Of 80,000 tensors; those of the largest models are a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What variables.index says.

    Attributes:
        num_shards: how many data files there are.
        extents: for each data file that holds a tensor, the bytes it must have at least.
        size_bytes: bytes of all tensors.
    """

    num_shards: int
    extents: Mapping[int, int]
    size_bytes: int


def read_bundle(data: bytes) -> Bundle:
    """Decode the bytes of variables.index.

    Raises:
        TableError: the table or a message in it is damaged.
    """
    num_shards: int | None = None
    extents: dict[int, int] = {}
    size_bytes = 0
    try:
        for key, value in read_table(data):
            if key == _HEADER_KEY:
                num_shards = BundleHeaderProto.FromString(value).num_shards
                continue
            entry = BundleEntryProto.FromString(value)
            if entry.slices:
                continue
            size_bytes += entry.size
            extents[entry.shard_id] = max(extents.get(entry.shard_id, 0), entry.offset + entry.size)
    except DecodeError as error:
        raise TableError("an entry is not a message of a tensor bundle") from error
    if num_shards is None:
        raise TableError("the header is missing")
    if any(not 0 <= shard < num_shards for shard in extents):
        raise TableError(f"a tensor lies in a shard beyond the {num_shards} that there are")
    return Bundle(num_shards=num_shards, extents=extents, size_bytes=size_bytes)


def check_variables(directory: Path, *, has_variables: bool) -> tuple[int, tuple[Finding, ...]]:
    """Compare `directory` (a version's `variables/`) with what the graph and the index need.

    Returns:
        Bytes of all tensors, and what is wrong.

    Raises:
        OSError: a file is there but cannot be read.
    """
    index = directory / "variables.index"
    try:
        size = regular_size(index)
        data = read_regular(index) if size <= _LARGEST_INDEX_BYTES else b""
    except (FileNotFoundError, NotADirectoryError):
        return 0, _without_index(directory) if has_variables else ()
    if size > _LARGEST_INDEX_BYTES:
        message = (
            f"variables.index has {size:,} bytes, no table of tensors' names has more than {_LARGEST_INDEX_BYTES:,}"
        )
        return 0, (rules.VARIABLES_CORRUPT.found(message, where=shown(index)),)
    try:
        bundle = read_bundle(data)
    except TableError as error:
        message = f"variables.index ({len(data)} bytes) is damaged: {error}"
        return 0, (rules.VARIABLES_CORRUPT.found(message, where=shown(index)),)
    return bundle.size_bytes, _check_shards(directory, bundle)


def _without_index(directory: Path) -> tuple[Finding, ...]:
    absent = directory.name if not is_directory(directory) else f"{directory.name}/variables.index"
    message = f"the graph has variables, but {absent} is missing, so they have no values"
    return (rules.VARIABLES_MISSING.found(message, where=shown(directory)),)


def _check_shards(directory: Path, bundle: Bundle) -> tuple[Finding, ...]:
    missing, findings = [], []
    for shard, needed in sorted(bundle.extents.items()):
        name = f"variables.data-{shard:05d}-of-{bundle.num_shards:05d}"
        path = directory / name
        try:
            size = regular_size(path)
        except FileNotFoundError:
            missing.append(name)
            continue
        if size < needed:
            message = f"{name} has {size:,} bytes, but variables.index places tensors up to byte {needed:,}"
            findings.append(rules.SHARD_TRUNCATED.found(message, where=shown(path)))
    if missing:
        message = f"variables.index counts {bundle.num_shards} data files; missing: {listed(missing)}"
        findings.append(rules.SHARD_MISSING.found(message, where=shown(directory)))
    return tuple(findings)
