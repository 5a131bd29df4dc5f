"""`tfk8s autoscale recommend`: from a measurement, an objective and traffic to `scaling` of the spec."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from tfk8s.cli.bench_options import objective
from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.duration import duration
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present, tell, warn
from tfk8s.cli.price_options import hour_prices, prices_option
from tfk8s.cli.progress import reporter
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.recommend import Advice, Assumed, RecommendRequest
    from tfk8s.app.recommend_checks import Rooms
    from tfk8s.autoscale.capacity import Surroundings
    from tfk8s.autoscale.trace import Trace
    from tfk8s.load import Bench, Objective
    from tfk8s.model import ModelInfo
    from tfk8s.ports import Cluster
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])
_LONG_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options that say what is wanted, as they were written."""

    trace_file: Path | None
    generated: str | None
    peak: float | None
    floor: float
    growth: float
    objective: Objective | None
    metric: Literal["requestsPerSecond", "cpu"] | None
    failures: int
    zones: int
    reserve: float
    pod_start: float | None
    metric_age: float | None
    sync: float
    pod_price: float | None
    node_price: float | None
    prices_file: Path | None
    pods_per_node: int | None


def _wish_options(command: F) -> F:
    path = click.Path(path_type=Path, exists=True, dir_okay=False)
    above = click.FloatRange(min=0, min_open=True)
    for option in (
        click.option(
            "--pods-per-node", type=click.IntRange(min=1), help="For nodes.  [default: from the spec's cluster, or 4]"
        ),
        prices_option,
        click.option("--node-price", type=click.FloatRange(min=0), help="Of one node for an hour, in any money."),
        click.option("--pod-price", type=click.FloatRange(min=0), help="Of one pod for an hour, in any money."),
        click.option("--sync", callback=duration, default="15s", show_default=True, help="Between looks of the HPA."),
        click.option("--metric-age", callback=duration, help="Until the HPA reads a change in full.  [default: known]"),
        click.option("--pod-start", callback=duration, help="Until a new pod answers.  [default: as pods did, or 30s]"),
        click.option(
            "--reserve",
            type=click.FloatRange(min=0),
            default=0.25,
            show_default=True,
            help="Part by which traffic may exceed the trace's peak.",
        ),
        click.option(
            "--zones", type=click.IntRange(min=1), default=1, show_default=True, help="Zones, of which one may fail."
        ),
        click.option(
            "--failures", type=click.IntRange(min=0), default=1, show_default=True, help="Pods that may fail at once."
        ),
        click.option(
            "--metric",
            type=click.Choice(["requestsPerSecond", "cpu"]),
            help="What to follow.  [default: requests where the spec has scaling.source, else cpu]",
        ),
        click.option(
            "--objective", callback=objective, metavar="p95=300ms", help="What to keep.  [default: the measurement's]"
        ),
        click.option(
            "--growth", type=click.FloatRange(min=1), default=1.5, show_default=True, help="The jump, without a trace."
        ),
        click.option(
            "--floor", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Requests/s at night."
        ),
        click.option("--peak", type=above, help="Requests/s at most, where there is no trace."),
        click.option("--generate", "generated", metavar="TEXT", help="Traffic that is made; see docs/simulate.md."),
        click.option("--trace", "trace_file", type=path, help="Traffic over time: CSV, or JSON of Prometheus."),
    ):
        command = option(command)
    return command


@click.command("recommend")
@click.argument("bench_file", metavar="BENCH", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@aim_options
@_wish_options
@model_info_option
@click.option("--offline", is_flag=True, help="Ask no cluster; what it would tell stays unknown.")
@click.option("--write/--dry-run", default=False, help="Write the spec, or show the change alone.  [default: dry-run]")
@output_option
def recommend_command(
    *,
    bench_file: Path,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model_info: tuple[str, ...],
    offline: bool,
    write: bool,
    output: Format,
    **given: Any,
) -> None:
    """Work out min, max, metric, target and behavior from BENCH, which `tfk8s bench --save` wrote.

    Every figure comes with its arithmetic. Candidates are replayed against the trace by the rules of the Kubernetes
    controller, and the cheapest that keeps the objective is taken. Nodes, quota and disruption budget are looked at
    where a cluster answers.

    \b
    Examples:
      tfk8s autoscale recommend bench.json --trace monday.csv
      tfk8s autoscale recommend bench.json --trace monday.csv --objective p99=300ms --write
      tfk8s autoscale recommend bench.json --floor 5 --peak 80 --offline
    """
    from tfk8s.app.recommend import advise, write_advice
    from tfk8s.app.recommend_input import read_bench
    from tfk8s.app.recommend_report import advice_json, advice_lines

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    request = _request(Given(**given), bench=read_bench(bench_file), aim=aim, spec=spec, model_info=model_info)
    cluster, rooms = (None, _spec_rooms(spec)) if offline else _cluster(aim, spec=spec)
    if request.steps > _LONG_STEPS:
        tell(f"replaying {request.steps} looks of the controller with each candidate; a minute or so ...")
    advice = advise(request, cluster=cluster, rooms=rooms)
    written = write_advice(advice) if write else ()
    present(advice_json(advice, written=written), output=output, text=lambda: "\n".join(advice_lines(advice)))
    _conclude(advice, written=written)


def _conclude(advice: Advice, *, written: tuple[str, ...]) -> None:
    if not advice.found.is_kept:
        warn(f"none of {len(advice.found.outcomes)} candidates keeps the objective; this one comes nearest")
    for check in advice.checks:
        if check.verdict == "fails":
            warn(f"{check.name}: {check.text}")
    for name in written:
        tell(f"wrote {name}")


def _request(
    given: Given, *, bench: Bench, aim: Aim, spec: ServiceSpec, model_info: tuple[str, ...]
) -> RecommendRequest:
    from tfk8s.app.recommend import RecommendRequest
    from tfk8s.autoscale.candidates import Wishes

    if given.pod_price is not None and given.node_price is not None:
        raise click.UsageError("give --pod-price or --node-price: one of them is the cost")
    infos = read_infos(spec, model_info)
    return RecommendRequest(
        spec=spec,
        base=aim.spec_file.parent,
        file=aim.spec_file if aim.spec_file.is_file() else None,
        environment=chosen_environment(),
        bench=bench,
        traffic=_traffic(given),
        objective=given.objective,
        metric=given.metric,
        wishes=Wishes(failures=given.failures, zones=given.zones, growth=given.reserve),
        pod_start_s=given.pod_start,
        metric_age_s=given.metric_age,
        sync_s=given.sync,
        nodes=_nodes(given, spec=spec, base=aim.spec_file.parent, infos=infos),
        prices=hour_prices(
            pod=given.pod_price, node=given.node_price, prices_file=given.prices_file, spec=lambda: spec
        ),
        infos=infos,
    )


def _nodes(given: Given, *, spec: ServiceSpec, base: Path, infos: Mapping[str, ModelInfo]) -> Surroundings:
    """Places for pods on each node: as said, as many as the machines of the spec have, or a usual number."""
    from tfk8s.app.recommend_rooms import places_of
    from tfk8s.autoscale.capacity import Surroundings

    usual = Surroundings(pod_rate=1.0)
    places = given.pods_per_node or places_of(spec, base=base, infos=infos) or usual.pods_per_node
    return replace(usual, pods_per_node=places)


def _traffic(given: Given) -> Trace | Assumed:
    from tfk8s.app.recommend import Assumed
    from tfk8s.app.recommend_input import read_traffic
    from tfk8s.autoscale.generate import generate

    if sum(way is not None for way in (given.trace_file, given.generated, given.peak)) != 1:
        raise click.UsageError("give --trace FILE, --generate TEXT, or --peak (and --floor) where there is no trace")
    if given.trace_file is not None:
        return read_traffic(given.trace_file)
    if given.generated is not None:
        return generate(given.generated)
    assert given.peak is not None  # noqa: S101 - one of both is given
    if given.floor > given.peak or not math.isfinite(given.peak):
        raise click.UsageError("--floor is above --peak")
    return Assumed(floor=given.floor, peak=given.peak, growth=given.growth)


def _spec_rooms(spec: ServiceSpec) -> Rooms:
    from tfk8s.app.recommend_rooms import spec_room

    return lambda manifests: spec_room(manifests, spec=spec)


def _cluster(aim: Aim, *, spec: ServiceSpec) -> tuple[Cluster | None, Rooms | None]:
    """The spec's cluster and a look at its nodes; without one that answers, what the spec tells of nodes."""
    from tfk8s.app.recommend_rooms import nodes_room, provider_room
    from tfk8s.cli import wiring
    from tfk8s.errors import Tfk8sError

    try:
        cluster = wiring.cluster_for(aim, spec=spec)
        cluster.release()
    except Tfk8sError as error:
        warn(f"no cluster is asked: {error.message}")
        return None, _spec_rooms(spec)
    if spec.cluster is None:
        return cluster, lambda manifests: nodes_room(manifests, cluster=cluster)
    from tfk8s.app.cluster_choice import ClusterChoice, choose

    chosen = choose(ClusterChoice(spec=spec, base=aim.spec_file.parent), environ={})
    world = wiring.managed_world(aim, cluster=spec.cluster, reporter=reporter("none"))
    return cluster, lambda manifests: provider_room(manifests, chosen=chosen, spec=spec, world=world)
