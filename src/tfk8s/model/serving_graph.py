"""Judges the graph that the server would load: its signatures, operations and assets."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from tfk8s.model import rules
from tfk8s.model.calls import places
from tfk8s.model.finding import Finding
from tfk8s.model.graph import Graph
from tfk8s.model.info import SERVE_TAGS, SERVING_DEFAULT, Encoding, GraphInfo, Signature
from tfk8s.model.operations import check_operations, is_suspect, reads_assets
from tfk8s.model.shown import listed, shown


def check_graphs(data: bytes, graphs: Sequence[Graph], *, path: Path) -> tuple[Finding, ...]:
    """Find the serving graph and what is wrong with it.

    Args:
        data: the bytes of the file.
        graphs: what was read from them.
        path: the file, in the version directory.
    """
    where = shown(path)
    if not graphs:
        message = f"saved_model.pb ({len(data):,} bytes) holds no graph" if data else "saved_model.pb is empty"
        return (rules.GRAPH_TRUNCATED.found(message, where=where),)
    for index, graph in enumerate(graphs):
        if graph.info.tags == SERVE_TAGS:
            return (
                *_check_signatures(graph, where=where),
                *_check_operations(data, graph.info, index=index, where=where),
                *_check_assets(graph, directory=path.parent),
            )
    sets = ", ".join("{" + ", ".join(shown(tag) for tag in graph.info.tags) + "}" for graph in graphs)
    return (rules.NO_SERVE_GRAPH.found(f"no graph has the tag set {{serve}}; there are: {sets}", where=where),)


def _check_signatures(graph: Graph, *, where: str) -> tuple[Finding, ...]:
    info = graph.info
    findings = []
    names = [signature.name for signature in info.usable_signatures]
    if not names:
        others = [signature.name for signature in info.signatures]
        message = "no signature that a request can name" + (f"; the graph has only {listed(others)}" if others else "")
        findings.append(rules.NO_SIGNATURE.found(message, where=where))
    elif SERVING_DEFAULT not in names:
        message = f"no signature is called {SERVING_DEFAULT}; a request must name one of: {listed(names)}"
        findings.append(rules.NO_DEFAULT_SIGNATURE.found(message, where=where))
    findings.extend(
        _not_dense(signature, where=where) for signature in info.usable_signatures if _other_keys(signature)
    )
    if graph.unknown_dtypes:
        findings.append(rules.DTYPE_UNKNOWN.found(f"unknown dtype: {listed(graph.unknown_dtypes)}", where=where))
    if info.tensorflow_version is None:
        findings.append(rules.VERSION_NOT_STATED.found("no TensorFlow version is stored in the graph", where=where))
    return tuple(findings)


def _other_keys(signature: Signature) -> list[str]:
    tensors = (*signature.inputs, *signature.outputs)
    return [tensor.key for tensor in tensors if tensor.encoding is not Encoding.DENSE]


def _not_dense(signature: Signature, *, where: str) -> Finding:
    message = f"signature {shown(signature.name)} has tensors that are not dense: {listed(_other_keys(signature))}"
    return rules.SIGNATURE_NOT_DENSE.found(message, where=where)


def _check_operations(data: bytes, info: GraphInfo, *, index: int, where: str) -> tuple[Finding, ...]:
    suspects = frozenset(filter(is_suspect, info.operations))
    if not suspects:
        return ()
    reached, unreached = places(data, index=index, operations=suspects)
    return check_operations(reached, unreached=unreached, where=where)


def _check_assets(graph: Graph, *, directory: Path) -> tuple[Finding, ...]:
    assets = directory / "assets"
    outside = [name for name in graph.assets if _leads_outside(name)]
    rule = rules.ASSET_MISSING if reads_assets(graph.info.operations) else rules.ASSET_ABSENT
    missing = (
        rule.found(f"the graph needs the file {shown(name)}, which is missing", where=shown(assets / name))
        for name in graph.assets
        if name not in outside and not _exists(assets / name)
    )
    if not outside:
        return tuple(missing)
    message = f"the graph names files outside of assets/: {listed(outside)}"
    return (rules.ASSET_OUTSIDE.found(message, where=shown(assets)), *missing)


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except ValueError:  # a zero byte in the name
        return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
