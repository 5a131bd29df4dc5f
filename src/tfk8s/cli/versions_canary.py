"""`tfk8s versions canary`: a version on a part of the requests, which is then everybody's or gone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options, ca_file_option
from tfk8s.cli.duration import duration
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.spec_file import chosen_environment
from tfk8s.ports import Warn

if TYPE_CHECKING:
    from tfk8s.app.canary_prepare import CanaryOptions, CanarySource, PreparedCanary
    from tfk8s.app.canary_promote import CanaryPromotion, SpecFile
    from tfk8s.app.carry_out import World
    from tfk8s.app.versions_canary import CanaryOutcome
    from tfk8s.manifest import JsonObject
    from tfk8s.rollout.canary_record import CanaryRecord
    from tfk8s.spec import ServiceSpec


@click.command("canary")
@click.argument("version", type=click.IntRange(min=0), required=False)
@aim_options
@click.option("--weight", type=click.IntRange(1, 99), default=20, show_default=True, help="Percent of the requests.")
@click.option(
    "--for",
    "for_s",
    callback=duration,
    metavar="DURATION",
    default="5m",
    show_default=True,
    help="How long it is observed, as 90s, 5m or 1h30m.",
)
@click.option("--model", help="Which model, where the service has several.")
@click.option("--label", help="Label that leads to it on its pods.  [default: the only one, or stable]")
@click.option("--image", help="Image that holds the version.  [default: the one that runs]")
@click.option(
    "--min-requests",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Predictions that each side must have seen.",
)
@click.option(
    "--more-errors",
    type=click.FloatRange(0, 100),
    default=0.5,
    show_default=True,
    help="Points of errors above the others' that are put up with.",
)
@click.option(
    "--more-slow",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    help="Points of slow answers above the others' that are put up with.",
)
@click.option(
    "--settle",
    callback=duration,
    metavar="DURATION",
    default="10s",
    show_default=True,
    help="Time after its start in which nothing is counted.",
)
@click.option(
    "--start-timeout",
    callback=duration,
    metavar="DURATION",
    help="Time that its pods may take to start.  [default: from the spec]",
)
@click.option("--accept-share", is_flag=True, help="Take the share that whole pods give, far above --weight.")
@click.option("--abort", "is_abort", is_flag=True, help="Remove the canary; the other pods are left as they are.")
@click.option("--no-write", is_flag=True, help="Leave the spec file as it is.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done, and by which rule it is judged.")
@ca_file_option
@output_option
@progress_option
def canary_command(
    *,
    version: int | None,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    weight: int,
    for_s: float,
    model: str | None,
    label: str | None,
    image: str | None,
    min_requests: int,
    more_errors: float,
    more_slow: float,
    settle: float,
    start_timeout: float | None,
    accept_share: bool,
    is_abort: bool,
    no_write: bool,
    dry_run: bool,
    ca_file: Path | None,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Try VERSION on a part of the requests, and then give it to all clients or to none.

    A second, small Deployment answers with VERSION under the names that clients use. The errors and latencies that the
    servers of both sides count are compared by a fixed rule, which is shown first. A version that is no worse is
    promoted, a worse one is removed, each without anybody's help; the other pods and their autoscaler are not touched
    before that. Interrupted or killed, the same command goes on where it was. Ends with exit code 6 when the version
    was not promoted.

    \b
    Examples:
      tfk8s versions canary 2
      tfk8s versions canary 2 --weight 10 --for 15m --min-requests 1000
      tfk8s versions canary 2 --dry-run
      tfk8s versions canary --abort
    """
    from tfk8s.app.canary_prepare import CanaryOptions
    from tfk8s.app.canary_spec import CanaryChoice
    from tfk8s.cli import wiring
    from tfk8s.rollout.comparison import Limits

    if version is None and not is_abort:
        raise click.UsageError("say which VERSION to try, or --abort to remove a canary")
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    source = _source(aim, spec)
    if is_abort:
        _abort(source, version, world=world, dry_run=dry_run, output=output)
        return
    assert version is not None  # noqa: S101 - refused above
    options = CanaryOptions(
        choice=CanaryChoice(version=version, model=model, label=label),
        weight=weight,
        for_s=for_s,
        settle_s=settle,
        start_s=start_timeout,
        limits=Limits(min_requests=min_requests, more_errors=more_errors / 100, more_slow=more_slow / 100),
        accept_share=accept_share,
        image=image,
    )
    prepared = _prepared(source, options, world=world)
    if dry_run:
        present(_plan_json(prepared), output=output, text=lambda: _plan_text(prepared))
        return
    tell(f"{world.cluster.identity}, namespace {spec.namespace}")
    tell(_plan_text(prepared))
    file = _spec_file(aim, write=not no_write)
    promotion = wiring.canary_promotion(
        source, prepared, file=file, world=world, ca_file=ca_file, has_image=image is not None
    )
    promotion.check()
    outcome = _run(promotion)
    present(_outcome_json(outcome), output=output, text=lambda: _outcome_text(outcome))
    _require_promoted(outcome)


def _source(aim: Aim, spec: ServiceSpec) -> CanarySource:
    from tfk8s.app.canary_prepare import CanarySource

    return CanarySource(spec=spec, base=aim.spec_file.parent, origin=aim.origin())


def _prepared(source: CanarySource, options: CanaryOptions, *, world: World) -> PreparedCanary:
    from tfk8s.app.canary_prepare import prepare_canary
    from tfk8s.cli import wiring

    servers = wiring.model_servers()
    prepared = prepare_canary(source, options, cluster=world.cluster, servers=servers, clock=world.clock)
    for warning in prepared.warnings:
        world.reporter.emit(Warn(message=warning))
    return prepared


def _spec_file(aim: Aim, *, write: bool) -> SpecFile:
    from tfk8s.app.canary_promote import SpecFile

    path = aim.spec_file if aim.spec_file.is_file() else None
    return SpecFile(path=path, environment=chosen_environment(), write=write)


def _run(promotion: CanaryPromotion) -> CanaryOutcome:
    from tfk8s.app.versions_canary import run_canary
    from tfk8s.cli import wiring

    version = promotion.prepared.target.version
    try:
        return run_canary(promotion.prepared.request, wiring.canary_world(promotion))
    except KeyboardInterrupt:
        tell(
            f"interrupted: the canary stays and is not judged meanwhile; tfk8s versions canary {version} goes on, "
            "tfk8s versions canary --abort removes it"
        )
        raise


def _abort(source: CanarySource, version: int | None, *, world: World, dry_run: bool, output: Format) -> None:
    from tfk8s.app.canary_live import left_objects
    from tfk8s.app.canary_prepare import service_routes
    from tfk8s.app.service import ServiceName
    from tfk8s.app.versions_canary import abort_canary

    del version  # a service has one canary at a time
    name = ServiceName.of(source.spec)
    there = [str(ref) for ref, _ in left_objects(name, cluster=world.cluster)]
    if dry_run or not there:
        found: JsonObject = {"delete": [*there], "dryRun": dry_run}
        lines = [f"delete {ref}" for ref in there] or ["there is no canary"]
        present(found, output=output, text=lambda: "\n".join(lines))
        return
    tell(f"{world.cluster.identity}, namespace {source.spec.namespace}")
    record = abort_canary(name, routes=service_routes(source, cluster=world.cluster), world=world)
    told = f"removed {record}" if record is not None else "removed what was left of a canary"
    present({"delete": [*there], "dryRun": False}, output=output, text=lambda: told)


def _plan_text(prepared: PreparedCanary) -> str:
    from tfk8s.app.canary_prepare import plan_lines

    return "\n".join(plan_lines(prepared))


def _plan_json(prepared: PreparedCanary) -> JsonObject:
    share = prepared.share
    return {
        **_record_json(prepared.request.record),
        "share": None if share is None else {"canary": share.canary, "beside": share.beside, "percent": share.percent},
        "objects": [str(item.ref) for item in prepared.request.objects],
        "dryRun": True,
    }


def _record_json(record: CanaryRecord) -> JsonObject:
    import json

    from tfk8s.rollout.canary_record import write_record

    written: JsonObject = json.loads(write_record(record))
    kept = ("model", "version", "label", "before", "weight", "forSeconds", "settleSeconds", "limits")
    return {key: written[key] for key in kept}


def _outcome_json(outcome: CanaryOutcome) -> JsonObject:
    from tfk8s.app.versions_canary import side_json

    judged = outcome.judged
    return {
        **_record_json(outcome.record),
        "promoted": outcome.promoted,
        "reasons": [*outcome.reasons],
        "looks": outcome.record.looks,
        "canary": side_json(outcome.record.canary),
        "beside": side_json(outcome.record.beside),
        "lastLook": str(judged) if judged is not None else None,
        "dryRun": False,
    }


def _outcome_text(outcome: CanaryOutcome) -> str:
    record = outcome.record
    seen = f"{record.canary.total.total} predictions beside {record.beside.total.total}, {record.looks} looks"
    if outcome.promoted:
        return f"version {record.version} of {record.model} is promoted ({seen}); the canary is removed"
    return f"version {record.version} of {record.model} is not promoted ({seen}); the canary is removed"


def _require_promoted(outcome: CanaryOutcome) -> None:
    from tfk8s.errors import RolloutFailedError

    if not outcome.promoted:
        record = outcome.record
        raise RolloutFailedError(
            f"version {record.version} of {record.model} was not promoted: " + "; ".join(outcome.reasons),
            hint=f"the other pods go on with version {record.before}, untouched; mend the version, or the limits",
        )
