"""`tfk8s apply`: plan, apply, prune, and wait until predictions are answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.bakes import with_bake
from tfk8s.cli.cluster_options import Aim, aim_options, ca_file_option
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown, command_for, in_regions
from tfk8s.ports import Warn

if TYPE_CHECKING:
    from tfk8s.app.apply import Applied, ApplyOptions
    from tfk8s.app.carry_out import World
    from tfk8s.app.service import Deployable
    from tfk8s.manifest import JsonObject, JsonValue


@click.command("apply")
@aim_options
@click.option("--image", help="Image to run, instead of the one that the spec implies.")
@model_info_option
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@click.option("--force-conflicts", is_flag=True, help="Take fields over that other managers hold.")
@click.option("--recreate", is_flag=True, help="Delete and make anew an object whose immutable field changes.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds to wait.  [default: from the spec]")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the rollout and a prediction.")
@click.option("--rollback/--no-rollback", default=True, show_default=True, help="Go back when it does not work.")
@click.option(
    "--rollback-timeout",
    type=click.FloatRange(min=1),
    default=300.0,
    show_default=True,
    help="Seconds that going back may take.",
)
@ca_file_option
@output_option
@progress_option
def apply_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    image: str | None,
    model_info: tuple[str, ...],
    dry_run: bool,
    force_conflicts: bool,
    recreate: bool,
    timeout: float | None,
    wait: bool,
    rollback: bool,
    rollback_timeout: float,
    ca_file: Path | None,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Apply the service, and wait until it answers a prediction.

    The plan comes first and is shown; a field that another manager holds blocks everything. When the new one does
    not work, the reason is shown and the last release that worked comes back. May be run again when it was
    interrupted: it goes on from where it was.

    A service with regions goes from region to region, in the order of the spec: the first one is watched for
    rollout.bakeSeconds before the next one begins, and what is not well there goes no further.

    \b
    Examples:
      tfk8s apply
      tfk8s apply --region europe
      tfk8s apply -f resnet.yaml -n staging --timeout 600
      tfk8s apply --dry-run
    """
    from tfk8s.app.apply import ApplyOptions, apply_service
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)

    def run(aim: Aim) -> Shown:
        spec = aim.spec()
        infos = read_infos(spec, model_info)
        events = reporter(progress, region=aim.region)
        world = wiring.cluster_world(aim, spec=spec, reporter=events)
        service = wiring.rendered_service(aim, spec=spec, cluster=world.cluster, image=image, infos=infos)
        for warning in service.rendered.warnings:
            events.emit(Warn(message=warning.message, hint=warning.hint))
        options = ApplyOptions(
            force_conflicts=force_conflicts,
            recreate=recreate,
            timeout_s=timeout or service.rendered.rollout_timeout_s,
            rollback=rollback,
            rollback_timeout_s=rollback_timeout,
            wait=wait,
        )
        if dry_run:
            return _plan(service.deployable, world=world, options=options, prefix=aim.prefix)
        access = wiring.server_access(world.cluster, ca_file=ca_file)
        applied = with_bake(
            lambda: apply_service(service.deployable, world=world, access=access, options=options),
            aim=aim,
            world=world,
            undo=f"{command_for(aim, 'tfk8s rollback')} --region {aim.region}",
            is_changed=lambda applied: bool(applied.changed),
            waits=wait,
        )
        return Shown(document=_as_json(applied), text=lambda: _text(applied))

    in_regions(aim, run, way="at once" if dry_run else "in turn", output=output)


def _plan(deployable: Deployable, *, world: World, options: ApplyOptions, prefix: str) -> Shown:
    from tfk8s.app.apply import plan_options, refuse_blocked
    from tfk8s.app.diff import planned_report
    from tfk8s.app.planning import plan_service
    from tfk8s.cli.diff import report_text
    from tfk8s.errors import ClusterRejectedError

    tell(f"{world.cluster.identity}, namespace {deployable.name.namespace}", prefix=prefix)
    planned = plan_service(deployable, cluster=world.cluster, options=plan_options(deployable, options))
    for warning in planned.plan.warnings:
        world.reporter.emit(Warn(message=warning.message, hint=warning.hint))
    report = planned_report(planned, title=deployable.name.name)
    blocked = None
    try:
        refuse_blocked(planned.plan)
    except ClusterRejectedError as error:
        blocked = error
    return Shown(document=report.as_json(), text=lambda: report_text(report), error=blocked)


def _as_json(applied: Applied) -> JsonObject:
    changed: list[JsonValue] = list(applied.changed)
    answers: list[JsonValue] = [str(answer) for answer in applied.answers]
    addresses: list[JsonValue] = list(applied.addresses)
    return {"changed": changed, "answers": answers, "revision": applied.revision, "addresses": addresses}


def _text(applied: Applied) -> str:
    count = len(applied.changed)
    changes = "nothing changed" if not count else "1 change" if count == 1 else f"{count} changes"
    where = (f"reachable at {address}" for address in applied.addresses)
    return "; ".join((changes, *(str(answer) for answer in applied.answers), *where))
