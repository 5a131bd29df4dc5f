"""The options of `tfk8s autoscale simulate` about traffic, pods and nodes, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.app.simulate_candidate import Assumptions
    from tfk8s.autoscale.trace import Trace

F = TypeVar("F", bound=Callable[..., Any])


class Finite(click.FloatRange):
    """A number within bounds; neither `inf` nor `nan`, which click takes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is no number that can be", param, ctx)
        return found


_ABOVE = Finite(min=0, min_open=True)
_LEAST = Finite(min=0)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_READS = ("answered", "arriving", "inFlight", "latency")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Traffic, pods, nodes and the controller, as they were written; None: not said."""

    trace_file: Path | None = None
    generated: str | None = None
    pod_rate: float | None = None
    bench_file: Path | None = None
    service_time: float | None = None
    cpu_at_full: float | None = None
    cpu_at_start: float | None = None
    burn: float | None = None
    memory: tuple[float, float] | None = None
    queue: float | None = None
    pull: float | None = None
    load: float | None = None
    warm_up: float | None = None
    node_start: float | None = None
    pods_per_node: int | None = None
    nodes: int | None = None
    max_nodes: int | None = None
    reads: tuple[str, ...] = ()
    metric_delay: float | None = None
    metric_window: float | None = None
    tolerance: float | None = None
    downscale_stabilization: float | None = None
    cpu_initialization: float | None = None


def world_options(command: F) -> F:
    """Add the options that `World` holds."""
    for option in reversed((*_TRAFFIC, *_PODS, *_NODES, *_CONTROLLER)):
        command = option(command)
    return command


_TRAFFIC = (
    click.option("--trace", "trace_file", type=_FILE, help="Traffic: CSV, or JSON of a range query of Prometheus."),
    click.option("--generate", "generated", metavar="TEXT", help="Traffic that is made, as step:10,200,30m; see docs."),
)
_PODS = (
    click.option("--pod-rate", type=_ABOVE, help="Requests/s that one pod answers at most."),
    click.option(
        "--bench", "bench_file", type=_FILE, help="The same and latencies, as `tfk8s bench --save` wrote them."
    ),
    click.option("--service-time", type=_ABOVE, help="Seconds of an answer without a queue.  [default: 0.05]"),
    click.option("--cpu-at-full", type=_ABOVE, help="CPU at the full rate, as a part of the request.  [default: 1]"),
    click.option("--cpu-at-start", type=_LEAST, help="CPU while a pod starts, likewise.  [default: 1]"),
    click.option(
        "--burn", type=_LEAST, help="Seconds from its start that a pod uses that, though ready.  [default: 0]"
    ),
    click.option("--memory", type=(_ABOVE, _ABOVE), metavar="USED REQUESTED", help="MiB of a pod, without a spec."),
    click.option("--queue", type=_LEAST, help="Seconds of work that may wait; more is dropped.  [default: 5]"),
    click.option("--pull", type=_LEAST, help="Seconds of pulling the image, once a node.  [default: 0]"),
    click.option("--load", type=_LEAST, help="Seconds of start and load.  [default: from the spec's models, or 30]"),
    click.option("--warm-up", type=_LEAST, help="Seconds of warm-up after it.  [default: 0]"),
)
_NODES = (
    click.option(
        "--pods-per-node", type=click.IntRange(min=1), help="Places.  [default: from the spec's cluster, or 4]"
    ),
    click.option(
        "--nodes", type=click.IntRange(min=0), help="Nodes at least.  [default: from the spec's cluster, or 1]"
    ),
    click.option("--max-nodes", type=click.IntRange(min=1), help="Nodes at most.  [default: from the spec's cluster]"),
    click.option("--node-start", type=_LEAST, help="Seconds until a node is there.  [default: 120]"),
)
_CONTROLLER = (
    click.option(
        "--reads", metavar="NAME=WHAT", multiple=True, help=f"What a metric tells of traffic: {', '.join(_READS)}."
    ),
    click.option("--metric-delay", type=_LEAST, help="Age of metrics in seconds.  [default: 15]"),
    click.option("--metric-window", type=_LEAST, help="Seconds that metrics of requests cover.  [default: 60]"),
    click.option("--tolerance", type=_LEAST, help="Flag of the controller.  [default: 0.1]"),
    click.option("--downscale-stabilization", type=_LEAST, help="Flag of the controller, seconds.  [default: 300]"),
    click.option("--cpu-initialization", type=_LEAST, help="Flag of the controller, seconds.  [default: 300]"),
)


def traffic_of(world: World) -> tuple[Trace, str]:
    """Read or make the traffic, and say what it is called.

    Raises:
        InputError: It cannot be read or made.
    """
    from tfk8s.app.recommend_input import read_traffic
    from tfk8s.autoscale.generate import generate

    if world.trace_file is not None and world.generated is None:
        return read_traffic(world.trace_file), world.trace_file.name
    if world.generated is not None and world.trace_file is None:
        return generate(world.generated), world.generated
    raise click.UsageError("give --trace FILE or --generate TEXT")


def assumptions_of(world: World, *, minor: int) -> tuple[Assumptions, tuple[str, ...]]:
    """Put together what was said of pods, nodes and the controller; and what a reader must know of a measurement.

    Raises:
        InputError: The measurement cannot be read, or tells nothing.
    """
    from dataclasses import replace

    from tfk8s.app.recommend_input import read_bench
    from tfk8s.app.simulate_candidate import Assumptions, StartUp
    from tfk8s.app.simulate_capacity import measured, with_measured
    from tfk8s.autoscale.capacity import Surroundings

    if (world.pod_rate is None) == (world.bench_file is None):
        raise click.UsageError("give --pod-rate, or --bench FILE with what `tfk8s bench` measured")
    said = _said(world)
    around = Surroundings(pod_rate=world.pod_rate or 1.0)
    notes: tuple[str, ...] = ()
    if world.bench_file is not None:
        found = measured(read_bench(world.bench_file))
        around, notes = with_measured(around, found), found.notes
    return Assumptions(
        around=replace(around, **said),
        start=StartUp(pull_s=world.pull or 0.0, load_s=world.load, warm_up_s=world.warm_up or 0.0),
        said=frozenset(said),
        flags=_flags(world, minor=minor),
        delay_s=world.metric_delay,
        window_s=world.metric_window,
        reads=_reads(world.reads),
    ), notes


def _said(world: World) -> dict[str, Any]:
    """The fields of `Surroundings` that were said."""
    fields: dict[str, Any] = {
        "service_s": world.service_time,
        "cpu_at_full": world.cpu_at_full,
        "cpu_at_start": world.cpu_at_start,
        "burn_s": world.burn,
        "queue_s": world.queue,
        "node_start_s": world.node_start,
        "pods_per_node": world.pods_per_node,
        "nodes": world.nodes,
        "max_nodes": world.max_nodes,
    }
    if world.memory is not None:
        used, requested = world.memory
        fields |= {"memory_bytes": round(used * 2**20), "memory_request_bytes": round(requested * 2**20)}
    return {name: value for name, value in fields.items() if value is not None}


def _flags(world: World, *, minor: int) -> Any:
    from dataclasses import replace

    from tfk8s.autoscale.config import Flags

    given = {
        "tolerance": world.tolerance,
        "downscale_stabilization_s": world.downscale_stabilization,
        "cpu_initialization_s": world.cpu_initialization,
    }
    said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(Flags.of_release((1, minor)), **said)


def _reads(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        name, _, what = text.rpartition("=")
        if not name or what not in _READS:
            raise click.UsageError(f"--reads {text}: write NAME=WHAT with one of {', '.join(_READS)}")
        found[name] = what
    return found
