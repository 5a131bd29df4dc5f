"""`tfk8s autoscale simulate`: replay traffic against an autoscaler, without touching a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfk8s.cli.bench_options import objective
from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.picture_output import Target, html_option, picture_option, write_page, write_picture
from tfk8s.cli.price_options import hour_prices, prices_option
from tfk8s.cli.service_aim import find_service, name_option
from tfk8s.cli.simulate_options import Finite, World, assumptions_of, traffic_of, world_options
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.simulate_candidate import Assumptions, Candidate
    from tfk8s.load import Objective
    from tfk8s.spec import ServiceSpec

_IN = click.Path(path_type=Path, exists=True, dir_okay=False)
_LIVE = "live"


@click.command("simulate")
@aim_options
@name_option
@click.option(
    "--hpa", metavar="FILE|live", help="An HPA or ScaledObject of a file; or that of the service, as it runs."
)
@click.option("--compare", type=(_IN, _IN), metavar="A B", help="Two specs or autoscalers side by side; no -f.")
@world_options
@click.option("--objective", callback=objective, metavar="P=LATENCY", help="What to keep, as p99=200ms or p95=1s.")
@click.option("--pod-price", type=Finite(min=0), help="Of one pod for an hour, in any money.")
@click.option("--node-price", type=Finite(min=0), help="Of one node for an hour, in any money.")
@prices_option
@click.option(
    "--sync-period",
    type=Finite(min=1),
    default=15.0,
    show_default=True,
    help="Seconds between two looks of the controller.",
)
@click.option("--kubernetes", metavar="RELEASE", default="1.34", show_default=True, help="Release of the controller.")
@click.option("--cold", is_flag=True, help="All pods start when the trace begins, as after a deploy.")
@click.option("--timeline", is_flag=True, help="Show each change of replicas, and why.")
@picture_option
@html_option
@model_info_option
@output_option
def simulate_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    hpa: str | None,
    compare: tuple[Path, Path] | None,
    objective: Objective | None,
    pod_price: float | None,
    node_price: float | None,
    prices_file: Path | None,
    sync_period: float,
    kubernetes: str,
    cold: bool,
    timeline: bool,
    picture: Target | None,
    html: Target | None,
    model_info: tuple[str, ...],
    output: Format,
    **given: Any,
) -> None:
    """Replay traffic, and show the pods that the autoscaler asks for and what becomes of the requests.

    The autoscaler is computed as the Kubernetes controller computes it; pods, their start and their queue are a model
    (docs/simulate.md). The same input gives the same answer.

    \b
    Examples:
      tfk8s autoscale simulate --trace monday.csv --pod-rate 40 --objective p99=300ms
      tfk8s autoscale simulate --generate day:20,400,7d,noise=0.1 --bench bench.json --picture week.svg
      tfk8s autoscale simulate --hpa live --generate step:10,200,30m --pod-rate 40 --timeline
      tfk8s autoscale simulate --hpa live --name resnet -n serving --trace monday.csv --pod-rate 40
      tfk8s autoscale simulate --compare calm.yaml fast.yaml --trace monday.csv --pod-rate 40 --pod-price 0.08
    """
    from tfk8s.app.simulate import Request, simulate_all
    from tfk8s.app.simulate_text import (
        simulation_json,
        simulation_lines,
        simulation_page,
        simulation_picture,
        timeline_lines,
    )
    from tfk8s.manifest.release import parse_minor

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    trace, traffic = traffic_of(World(**given))
    minor = parse_minor(kubernetes)
    assumed, notes = assumptions_of(World(**given), minor=minor)
    wanted = Wanted(aim=aim, name=name, hpa=hpa, compare=compare, minor=minor, model_info=model_info)
    simulation = simulate_all(
        Request(
            trace=trace,
            traffic=traffic,
            candidates=wanted.candidates(assumed),
            notes=notes,
            objective=objective,
            step_s=sync_period,
            is_cold=cold,
            prices=hour_prices(pod=pod_price, node=node_price, prices_file=prices_file, spec=wanted.only_spec),
        )
    )

    def text() -> str:
        return "\n".join([*simulation_lines(simulation), *(timeline_lines(simulation) if timeline else ())])

    present(simulation_json(simulation, has_timeline=timeline), output=output, text=text)
    if picture is not None:
        write_picture(picture, simulation_picture(simulation))
    if html is not None:
        write_page(html, simulation_page(simulation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which autoscalers, as they were written."""

    aim: Aim
    name: str | None
    hpa: str | None
    compare: tuple[Path, Path] | None
    minor: int
    model_info: tuple[str, ...]

    def candidates(self, assumed: Assumptions) -> tuple[Candidate, ...]:
        """Read them.

        Raises:
            InputError: One cannot be read or simulated.
            PreconditionError: There is none in the cluster.
        """
        has_spec = (
            click.get_current_context().get_parameter_source("spec_file") is not click.core.ParameterSource.DEFAULT
        )
        is_live = self.hpa == _LIVE  # of the service that a spec names, so both may be given
        if sum((has_spec and not is_live, self.hpa is not None, self.compare is not None)) > 1:
            raise click.UsageError("give one of -f, --hpa and --compare; only --hpa live goes with -f")
        if self.name is not None and not is_live:
            raise click.UsageError("--name is of a service in its cluster: add --hpa live")
        if self.compare is not None:
            pairs = zip(self.compare, _names(*self.compare), strict=True)
            return tuple(self._of_file(path, assumed, name=name) for path, name in pairs)
        if is_live:
            return (self._live(assumed),)
        path = self.aim.spec_file if self.hpa is None else Path(self.hpa)
        return (self._of_file(path, assumed, name="stdin" if str(path) == "-" else path.stem),)

    def only_spec(self) -> ServiceSpec:
        """The spec that -f names, for what only a spec tells.

        Raises:
            InputError: it cannot be read, or is no spec.
        """
        has_none = self.name is not None or self.hpa not in (None, _LIVE)
        if has_none or self.compare is not None or str(self.aim.spec_file) == "-":
            raise click.UsageError("--prices needs the nodes of one spec in a file: name it with -f")
        return self.aim.spec()

    def _of_file(self, path: Path, assumed: Assumptions, *, name: str) -> Candidate:
        from tfk8s.app.simulate_candidate import candidate_of_object, candidate_of_spec, one_scaler
        from tfk8s.cli.predict import read_content
        from tfk8s.cli.spec_file import refuse_missing_default

        refuse_missing_default(path)
        content = read_content(path)
        scaler = one_scaler(content, source=str(path))
        if scaler is not None:
            return candidate_of_object(scaler, name=name, assumed=assumed)
        from tfk8s.spec import load_spec

        spec = load_spec(content, source=str(path), environment=chosen_environment())
        infos = read_infos(spec, self.model_info)
        return candidate_of_spec(spec, name=name, base=path.parent, assumed=assumed, minor=self.minor, infos=infos)

    def _live(self, assumed: Assumptions) -> Candidate:
        """The autoscaler of a service in its cluster."""
        from tfk8s.app.simulate_candidate import candidate_of_service

        service = find_service(self.aim, name=self.name)
        return candidate_of_service(service.name, cluster=service.cluster, name=_LIVE, assumed=assumed)


def _names(first: Path, second: Path) -> tuple[str, str]:
    """Call both by their files, or by more of the path where those are alike."""
    if first.stem != second.stem:
        return first.stem, second.stem
    return (str(first), str(second)) if str(first) != str(second) else (str(first), f"{second} again")
