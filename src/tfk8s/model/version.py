"""Reads one version directory."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from tfk8s.model import rules
from tfk8s.model.finding import Finding
from tfk8s.model.graph import Graph, GraphDecodeError, is_cut_off, read_graphs
from tfk8s.model.info import SERVE_TAGS, SERVING_DEFAULT, Encoding, ModelVersion
from tfk8s.model.mistakes import other_format
from tfk8s.model.operations import check_operations
from tfk8s.model.shown import listed, shown
from tfk8s.model.variables import check_variables

GRAPH_FILE = "saved_model.pb"
_MESSAGE_LIMIT_BYTES = 2**31  # of protobuf
_OTHER_GRAPH_FILES = ("saved_model.pbtxt", "saved_model.cpb")
_WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"


def read_version(path: Path, *, number: int) -> tuple[ModelVersion, tuple[Finding, ...]]:
    """Read the version directory `path`; whatever is wrong with it becomes a finding."""
    version = ModelVersion(number=number, directory=path.name, path=path, size_bytes=0)
    try:
        version, findings = _read(version)
    except OSError as error:
        findings = (unreadable(error, path=path),)
    return version, tuple(dataclasses.replace(finding, version=number) for finding in findings)


def unreadable(error: OSError, *, path: Path) -> Finding:
    """The finding for a file or directory that the system refuses."""
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else path
    reason = (error.strerror or type(error).__name__).lower()
    return rules.PATH_UNREADABLE.found(f"{shown(place)} cannot be read: {reason}", where=shown(place))


def _read(version: ModelVersion) -> tuple[ModelVersion, tuple[Finding, ...]]:
    if not version.path.is_dir():
        message = f"the server takes {shown(version.directory)} for version {version.number}, but it is not a directory"
        return version, (rules.NOT_A_DIRECTORY.found(message, where=shown(version.path)),)
    version = dataclasses.replace(
        version, size_bytes=sum(_sizes(version.path)), has_warmup=(version.path / _WARMUP).exists()
    )
    graph_file = version.path / GRAPH_FILE
    try:
        if graph_file.stat().st_size >= _MESSAGE_LIMIT_BYTES:
            return version, (rules.GRAPH_TOO_LARGE.found("saved_model.pb is too large", where=shown(graph_file)),)
        data = graph_file.read_bytes()
    except FileNotFoundError:
        return version, (_without_graph(version.path),)
    try:
        graphs = read_graphs(data)
    except GraphDecodeError:
        return version, (_undecodable(graph_file, data),)
    version = dataclasses.replace(version, graphs=tuple(graph.info for graph in graphs))
    serving = next((graph for graph in graphs if graph.info.tags == SERVE_TAGS), None)
    variables_bytes, findings = check_variables(version.path / "variables", has_variables=version.has_variables)
    version = dataclasses.replace(version, variables_bytes=variables_bytes)
    if serving is None:
        return version, (_no_serve_graph(graphs, where=shown(graph_file)), *findings)
    return version, (*_check_graph(serving, where=shown(graph_file)), *findings)


def _sizes(directory: Path) -> Iterator[int]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _sizes(Path(entry.path))
            elif entry.is_file():
                yield entry.stat().st_size


def _without_graph(directory: Path) -> Finding:
    names = sorted(child.name for child in directory.iterdir())
    for name in _OTHER_GRAPH_FILES:
        if name in names:
            message = f"the graph is stored as {name}, which tfk8s does not read"
            return rules.GRAPH_NOT_READ.found(message, where=shown(directory / name))
    mistake = other_format(directory, names=names)
    if mistake:
        return mistake
    held = f"it holds {listed(names)}" if names else "it is empty"
    return rules.GRAPH_MISSING.found(f"the version directory has no saved_model.pb; {held}", where=shown(directory))


def _undecodable(graph_file: Path, data: bytes) -> Finding:
    if not data:
        return rules.GRAPH_TRUNCATED.found("saved_model.pb is empty", where=shown(graph_file))
    if is_cut_off(data):
        message = f"saved_model.pb ends in the middle, after {len(data):,} bytes"
        return rules.GRAPH_TRUNCATED.found(message, where=shown(graph_file))
    message = f"saved_model.pb ({len(data):,} bytes) is not a SavedModel, or is damaged"
    return rules.GRAPH_CORRUPT.found(message, where=shown(graph_file))


def _no_serve_graph(graphs: tuple[Graph, ...], *, where: str) -> Finding:
    if not graphs:
        return rules.GRAPH_TRUNCATED.found("saved_model.pb holds no graph", where=where)
    sets = ", ".join("{" + ", ".join(shown(tag) for tag in graph.info.tags) + "}" for graph in graphs)
    return rules.NO_SERVE_GRAPH.found(f"no graph has the tag set {{serve}}; there are: {sets}", where=where)


def _check_graph(graph: Graph, *, where: str) -> tuple[Finding, ...]:
    info = graph.info
    findings = list(check_operations(graph.places, where=where))
    names = [signature.name for signature in info.usable_signatures]
    if not names:
        others = [signature.name for signature in info.signatures]
        message = "no signature that a request can name" + (f"; the graph has only {listed(others)}" if others else "")
        findings.append(rules.NO_SIGNATURE.found(message, where=where))
    elif SERVING_DEFAULT not in names:
        message = f"no signature is called {SERVING_DEFAULT}; a request must name one of: {listed(names)}"
        findings.append(rules.NO_DEFAULT_SIGNATURE.found(message, where=where))
    if graph.unknown_dtypes:
        findings.append(rules.DTYPE_UNKNOWN.found(f"unknown dtype: {listed(graph.unknown_dtypes)}", where=where))
    for signature in info.usable_signatures:
        tensors = [*signature.inputs, *signature.outputs]
        others = [tensor.key for tensor in tensors if tensor.encoding is not Encoding.DENSE]
        if others:
            message = f"signature {shown(signature.name)} has tensors that are not dense: {listed(others)}"
            findings.append(rules.SIGNATURE_NOT_DENSE.found(message, where=where))
    if info.tensorflow_version is None:
        findings.append(rules.VERSION_NOT_STATED.found("no TensorFlow version is stored in the graph", where=where))
    return tuple(findings)
