"""Which functions of a graph anything calls, so that a left-over of training is told from what a request runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from tfk8s.model.message_size import require_decodable
from tfk8s.model.protos.saved_model_pb2 import CallingModel, CallingNode

GRAPH = ""
"""The place of an operation that is in the graph itself and not in a function."""


def places(data: bytes, *, index: int, operations: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Find `operations` in the graph at `index` of a SavedModel that `read_graphs` could decode.

    Returns:
        For each operation that is reached from the graph, a function that holds it (or GRAPH); and the same for those
        that are only in functions that nothing calls.

    Raises:
        DecodeError: attributes of a node, which `read_graphs` does not look into, are no messages.
        TooManyPartsError: or far too many.
    """
    require_decodable(data, CallingModel)
    graph = CallingModel.FromString(data).meta_graphs[index].graph_def
    bodies: dict[str, Iterable[CallingNode]] = {
        function.signature.name: function.node_def for function in graph.library.function
    }
    reached_names = _reach(graph.node, bodies)
    reached = _first_place({GRAPH: graph.node, **{name: bodies[name] for name in reached_names}}, operations)
    rest = {name: body for name, body in bodies.items() if name not in reached_names}
    return reached, _first_place(rest, [name for name in operations if name not in reached])


def _reach(nodes: Iterable[CallingNode], bodies: Mapping[str, Iterable[CallingNode]]) -> list[str]:
    reached: dict[str, None] = {}  # a set that keeps the order
    open_bodies = [nodes]
    while open_bodies:
        for name in _called(open_bodies.pop()):
            if name in bodies and name not in reached:
                reached[name] = None
                open_bodies.append(bodies[name])
    return list(reached)


def _called(nodes: Iterable[CallingNode]) -> Iterator[str]:
    for node in nodes:
        yield node.op  # an operation may be a function's name
        for attribute in node.attr.values():
            yield attribute.func.name
            yield from (function.name for function in attribute.list.func)


def _first_place(bodies: Mapping[str, Iterable[CallingNode]], operations: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, nodes in bodies.items():
        for node in nodes:
            if node.op in operations:
                found.setdefault(node.op, name)
    return found
