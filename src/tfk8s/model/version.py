"""Reads one version directory."""

from __future__ import annotations

import dataclasses
import mmap
import os
from pathlib import Path

from google.protobuf.message import DecodeError

from tfk8s.model import rules
from tfk8s.model.files import is_directory, regular_size, walk
from tfk8s.model.finding import Finding
from tfk8s.model.graph import GraphDecodeError, GraphTooManyError, is_cut_off, read_graphs
from tfk8s.model.info import ModelVersion
from tfk8s.model.message_size import TooManyPartsError
from tfk8s.model.mistakes import other_format
from tfk8s.model.pruning import MalformedError, MuchLeftError, read_graph_bytes
from tfk8s.model.serving_graph import check_graphs
from tfk8s.model.shown import listed, shown
from tfk8s.model.variables import check_variables
from tfk8s.model.warmup import WARMUP_FILE, check_warmup

GRAPH_FILE = "saved_model.pb"
OTHER_GRAPH_FILES = ("saved_model.pbtxt", "saved_model.cpb")
_MESSAGE_LIMIT_BYTES = 2**31  # of protobuf
_GIT_LFS_POINTER = b"version https://git-lfs"


def read_version(path: Path, *, number: int) -> tuple[ModelVersion, tuple[Finding, ...]]:
    """Read the version directory `path`; whatever is wrong with it becomes a finding."""
    version = ModelVersion(number=number, directory=path.name, path=path, size_bytes=0)
    findings: tuple[Finding, ...] = ()
    for step in (_read_files, _read_graphs, _read_variables, _read_warmup):
        try:
            version, found = step(version)
        except OSError as error:
            found = (unreadable(error, path=path),)
        findings = (*findings, *found)
        if any(finding.code in _ENDS for finding in found):
            break
    unique = dict.fromkeys(findings)  # a file that two steps cannot read
    return version, tuple(dataclasses.replace(finding, version=number) for finding in unique)


def unreadable(error: OSError, *, path: Path) -> Finding:
    """The finding for a file or directory that the system refuses."""
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else path
    reason = (error.strerror or type(error).__name__).lower()
    return rules.PATH_UNREADABLE.found(f"{shown(place)} cannot be read: {reason}", where=shown(place))


_ENDS = frozenset({rules.NOT_A_DIRECTORY.code, rules.GRAPH_MISSING.code, rules.CHECKPOINT.code})
"""After these there is no SavedModel to look further into."""


def _read_files(version: ModelVersion) -> tuple[ModelVersion, tuple[Finding, ...]]:
    if not is_directory(version.path):
        message = f"the server takes {shown(version.directory)} for version {version.number}, but it is not a directory"
        return version, (rules.NOT_A_DIRECTORY.found(message, where=shown(version.path)),)
    size_bytes = sum(file.size_bytes for file in walk(version.path))
    return dataclasses.replace(version, size_bytes=size_bytes), ()


def _read_graphs(version: ModelVersion) -> tuple[ModelVersion, tuple[Finding, ...]]:
    path = version.path / GRAPH_FILE
    try:
        size = regular_size(path)
        if size >= _MESSAGE_LIMIT_BYTES:
            return version, (rules.GRAPH_TOO_LARGE.found(f"saved_model.pb has {size:,} bytes", where=shown(path)),)
    except FileNotFoundError:
        return version, (_without_graph(version.path),)
    try:
        data = read_graph_bytes(path)
        graphs = read_graphs(data)
        read = dataclasses.replace(version, graphs=tuple(graph.info for graph in graphs))
        return read, check_graphs(data, graphs, path=path)
    except (GraphTooManyError, TooManyPartsError, MuchLeftError) as error:
        return version, (rules.GRAPH_CORRUPT.found(f"saved_model.pb {error}", where=shown(path)),)
    except (GraphDecodeError, DecodeError, MalformedError):
        return version, (_undecodable(path, size=size),)


def _read_variables(version: ModelVersion) -> tuple[ModelVersion, tuple[Finding, ...]]:
    variables_bytes, findings = check_variables(version.path / "variables", has_variables=version.has_variables)
    return dataclasses.replace(version, variables_bytes=variables_bytes), findings


def _read_warmup(version: ModelVersion) -> tuple[ModelVersion, tuple[Finding, ...]]:
    path = version.path / WARMUP_FILE
    if not path.exists():
        return version, ()
    return dataclasses.replace(version, has_warmup=True), check_warmup(path, version.signatures)


def _without_graph(directory: Path) -> Finding:
    names = sorted(child.name for child in directory.iterdir())
    for name in OTHER_GRAPH_FILES:
        if name in names:
            message = f"the graph is stored as {name}, which tfk8s does not read"
            return rules.GRAPH_NOT_READ.found(message, where=shown(directory / name))
    mistake = other_format(directory, names=names)
    if mistake:
        return mistake
    held = f"it holds {listed(names)}" if names else "it is empty"
    return rules.GRAPH_MISSING.found(f"the version directory has no saved_model.pb; {held}", where=shown(directory))


def _undecodable(path: Path, *, size: int) -> Finding:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        cut_off, start = is_cut_off(data), data[: len(_GIT_LFS_POINTER)]
    if cut_off:
        message = f"saved_model.pb ends in the middle, after {size:,} bytes"
        return rules.GRAPH_TRUNCATED.found(message, where=shown(path))
    if start == _GIT_LFS_POINTER:
        message = "saved_model.pb is the pointer that Git LFS leaves in place of a file"
        return rules.GRAPH_CORRUPT.found(message, where=shown(path), remedy="fetch the file itself: git lfs pull")
    message = f"saved_model.pb ({size:,} bytes) is not a SavedModel, or is damaged"
    return rules.GRAPH_CORRUPT.found(message, where=shown(path))
