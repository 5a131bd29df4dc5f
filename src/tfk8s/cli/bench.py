"""`tfk8s bench`: what rate of requests a service sustains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.bench_options import given_questions, objective, save, save_path
from tfk8s.cli.cluster_options import Aim, aim_options, ca_file_option
from tfk8s.cli.credentials import credential_of, credential_options
from tfk8s.cli.duration import duration
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.picture_output import Target, html_option, picture_option, write_page, write_picture
from tfk8s.cli.predict import Asked, asked_model, asked_spec, scale_option, target_of
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.errors import INTERRUPTED, OBJECTIVE_MISSED, PredictionError

if TYPE_CHECKING:
    from tfk8s.app.bench import BenchWorld
    from tfk8s.app.bench_plan import BenchOptions
    from tfk8s.load import Arrivals, Bench, Objective
    from tfk8s.ports import Credential, Reporter, Scale, Transport
    from tfk8s.spec import ServiceSpec

_file = click.Path(path_type=Path, dir_okay=False)
_input = click.Path(path_type=Path, allow_dash=True)


@click.command("bench")
@aim_options
@click.option("--address", metavar="HOST:PORT", help="Load this server in place of the spec's service; also a URL.")
@ca_file_option
@credential_options
@click.option("--rate", "rates", type=click.FloatRange(0.01, 100_000), multiple=True, help="Requests/s; repeatable.")
@click.option("--objective", callback=objective, metavar="p99=200ms", help="Look for the highest rate that keeps it.")
@click.option("--duration", callback=duration, default="30s", show_default=True, help="Time of each step.")
@click.option("--time", "most_s", callback=duration, default="20m", show_default=True, help="All steps at most.")
@click.option("--requests", type=click.IntRange(1, 2_000_000), default=200_000, show_default=True, help="At most.")
@click.option("--max-rate", type=click.FloatRange(1, 100_000), default=1000.0, show_default=True, help="Of a search.")
@click.option(
    "--arrivals",
    type=click.Choice(["poisson", "fixed"]),
    default="poisson",
    show_default=True,
    help="When they are due.",
)
@click.option("--protocol", type=click.Choice(["rest", "grpc"]), default="rest", show_default=True, help="How they go.")
@click.option("--connections", type=click.IntRange(1, 4096), default=64, show_default=True, help="Requests at once.")
@click.option("--renew", callback=duration, help="Replace connections of this age.  [default: keep them]")
@click.option(
    "--timeout", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, help="Seconds to answer in."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of arrivals and made bodies.")
@click.option("--model", help="Name in the URL.  [default: the spec's]")
@click.option("--version", type=click.IntRange(min=0), help="Ask this version instead of the latest.")
@click.option("--label", help="Ask the version that this label points to.")
@click.option("--signature", help="Signature to ask.  [default: serving_default, or the only one]")
@click.option("--json", "texts", type=_input, multiple=True, help="Send this JSON; repeatable, sent in turn.")
@click.option("--image", "images", type=_input, multiple=True, help="Send this picture; repeatable, sent in turn.")
@click.option("--batch", type=click.IntRange(1, 4096), default=1, show_default=True, help="Examples in a made body.")
@scale_option
@click.option("--save", "to", type=_file, callback=save_path, help="Write the figures as JSON too, for recommend.")
@picture_option
@html_option
@click.option("--dry-run", is_flag=True, help="Show what would be sent where, and send no prediction.")
@output_option
@progress_option
@click.pass_context
def bench_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    address: str | None,
    ca_file: Path | None,
    api_key_file: Path | None,
    token_file: Path | None,
    rates: tuple[float, ...],
    objective: Objective | None,
    duration: float,
    most_s: float,
    requests: int,
    max_rate: float,
    arrivals: Arrivals,
    protocol: Transport,
    connections: int,
    renew: float | None,
    timeout: float,
    seed: int,
    model: str | None,
    version: int | None,
    label: str | None,
    signature: str | None,
    texts: tuple[Path, ...],
    images: tuple[Path, ...],
    batch: int,
    scale: Scale,
    to: Path | None,
    picture: Target | None,
    html: Target | None,
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Load the service with rates of requests, and say what one pod sustains.

    Requests are sent when they are due, whether or not those before them were answered, and an answer's time counts
    from then. With --rate each rate is held once; with --objective alone rates rise until it breaks, and the highest
    that keeps it is confirmed. Only the service is asked: no redirect is followed. Bounds on time and requests always
    hold. Ctrl-C ends it with what was measured.

    Ends with exit code 12 when the objective was not kept: by none of the rates of a search, or by one of --rate.

    \b
    Examples:
      tfk8s bench --objective p99=200ms --save bench.json --html bench.html
      tfk8s bench --rate 10 --rate 20 --duration 1m --image cat.jpg
      tfk8s bench --address 127.0.0.1:8501 --model half_plus_two --rate 500 --arrivals fixed
    """
    from tfk8s.app.bench_plan import BenchOptions, Bounds
    from tfk8s.app.predict import PredictOptions
    from tfk8s.load import to_json
    from tfk8s.ports.load import LoadLimits

    if not rates and objective is None:
        raise click.UsageError("say what to measure: --objective p99=200ms, or --rate 10")
    if version is not None and label is not None:
        raise click.UsageError("--version and --label exclude each other")
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    asked = Asked(aim=aim, url=address, model=model, transport=protocol, url_option="--address")
    spec = asked_spec(asked)
    name, known = asked_model(asked, spec)
    target = target_of(version=version, label=label)
    options = BenchOptions(
        asked=PredictOptions(model=name, known_models=known, target=target, signature=signature, scale=scale),
        rates=rates,
        objective=objective,
        seconds=duration,
        arrivals=arrivals,
        seed=seed,
        given=given_questions(images, texts),
        batch=batch,
        limits=LoadLimits(connections=connections, answer_s=timeout, renew_s=renew),
        bounds=Bounds(seconds=most_s, requests=requests, rps=max_rate),
    )
    credential = credential_of(api_key_file=api_key_file, token_file=token_file, spec=spec)
    world = _world(asked, spec, timeout_s=timeout, events=reporter(progress), ca_file=ca_file, credential=credential)
    bench = _measured(options, world=world, is_dry_run=dry_run, output=output)
    if bench is not None:
        present(to_json(bench), output=output, text=lambda: figures_text(bench))
        if to is not None:
            save(bench, to)
        _draw(bench, picture=picture, html=html)
        ctx.exit(exit_code(bench, is_search=not rates))


def _world(
    asked: Asked,
    spec: ServiceSpec | None,
    *,
    timeout_s: float,
    events: Reporter,
    ca_file: Path | None,
    credential: Credential | None,
) -> BenchWorld:
    from tfk8s.cli import wiring

    if asked.url is not None:
        from contextlib import nullcontext

        from tfk8s.app.endpoint import endpoint_of

        found = endpoint_of(asked.url, transport=asked.transport, option=asked.url_option)
        shown = replace(found, credential=credential)
        return wiring.bench_world(
            nullcontext(shown), service=None, timeout_s=timeout_s, reporter=events, ca_file=ca_file
        )
    assert spec is not None  # noqa: S101 - there is none only beside an address
    service, reach = wiring.bench_service(asked.aim, spec=spec, credential=credential)
    way = reach.open(service.name.service, transport=asked.transport)
    return wiring.bench_world(way, service=service, timeout_s=timeout_s, reporter=events, ca_file=ca_file)


def _measured(options: BenchOptions, *, world: BenchWorld, is_dry_run: bool, output: Format) -> Bench | None:
    """The figures; `None` where only the plan was wanted, which is shown then."""
    from tfk8s.app.bench import open_bench
    from tfk8s.app.bench_plan import plan_json, plan_text

    with open_bench(options, world=world) as prepared:
        if is_dry_run:
            present(plan_json(prepared.plan), output=output, text=lambda: plan_text(prepared.plan))
            return None
        tell(plan_text(prepared.plan))
        return prepared.measure()


def _draw(bench: Bench, *, picture: Target | None, html: Target | None) -> None:
    if picture is not None:
        from tfk8s.app.bench_picture import bench_picture

        write_picture(picture, bench_picture(bench))
    if html is not None:
        from tfk8s.app.bench_report import bench_report

        write_page(html, bench_report(bench))


def figures_text(bench: Bench) -> str:
    """The table, what failures mean, and the knee."""
    from tfk8s.app.bench_report import bench_table, ended_text, knee_text
    from tfk8s.load import NO_FREE_CONNECTION
    from tfk8s.load.failures import explain

    kinds = dict.fromkeys(kind for step in bench.steps for kind in step.errors)
    lines = [bench_table(bench), *(f"{kind}: {explain(kind)}" for kind in kinds if explain(kind))]
    if any(step.unsent for step in bench.steps):
        lines.append(f"{NO_FREE_CONNECTION}: {explain(NO_FREE_CONNECTION)}")
    if bench.ended != "complete":
        lines.append(ended_text(bench))
    return "\n".join((*lines, knee_text(bench)))


def exit_code(bench: Bench, *, is_search: bool) -> int:
    """Of a command that measured something.

    Raises:
        PredictionError: nothing was answered.
    """
    if bench.ended == "interrupted":
        return INTERRUPTED
    if bench.ended == "failing":
        kinds = ", ".join(bench.steps[-1].errors) or "every connection was busy"
        why = bench.notes[-1] if bench.steps[-1].answered else f"nothing was answered: {kinds}"
        raise PredictionError(why, hint="tfk8s status shows the service and its pods")
    if bench.objective is None:
        return 0
    counted = [step for step in bench.steps if step.set_aside is None]
    kept = bench.knee is not None if is_search else all(step.keeps(bench.objective) for step in counted)
    return 0 if kept and counted else OBJECTIVE_MISSED
