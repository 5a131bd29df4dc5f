"""`tfk8s versions promote` and what it has in common with `tfk8s versions rollback`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.bakes import with_bake
from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown, command_for, in_regions
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.carry_out import World
    from tfk8s.app.promote_request import PromoteRequest
    from tfk8s.app.versions_promote import Promoted

F = TypeVar("F", bound=Callable[..., Any])


def move_options(command: F) -> F:
    """Add what every command that moves a label takes behind its own options."""
    for option in (
        progress_option,
        output_option,
        model_info_option,
        click.option(
            "--timeout", type=click.FloatRange(min=1), default=900.0, show_default=True, help="Seconds to wait."
        ),
        click.option("--dry-run", is_flag=True, help="Only show what would be done."),
        click.option("--write/--no-write", default=True, show_default=True, help="Write the label into the spec."),
    ):
        command = option(command)
    return command


@click.command("promote")
@click.argument("label")
@click.argument("number", metavar="N", type=click.IntRange(min=0))
@aim_options
@click.option("--model", help="Which of several models.")
@click.option("--unload", is_flag=True, help="Unload the version that the label led to, once nothing leads there.")
@move_options
def promote_command(
    *,
    label: str,
    number: int,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model: str | None,
    unload: bool,
    write: bool,
    dry_run: bool,
    timeout: float,
    model_info: tuple[str, ...],
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Move LABEL to version N, without a request that finds no version.

    The running servers are told, pod by pod: first they load the version, under the old label; when every pod has it,
    the label moves, and each pod is asked through it. A version that cannot be loaded is taken out again, and the
    label stays. Pods that join meanwhile start right. Where a pod must be replaced anyway, new pods take over. The
    spec is written at the end. Run again after an interruption, it goes on from where it was.

    In a service with regions the label moves region by region; the first one is watched before the next one begins.

    \b
    Examples:
      tfk8s versions promote stable 2
      tfk8s versions promote stable 2 --dry-run
      tfk8s versions promote stable 2 --unload --model resnet
    """
    from tfk8s.app.promote_request import PromoteRequest
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    last = (aim.in_regions() or (aim,))[-1]

    def run(aim: Aim) -> Shown:
        spec = aim.spec()
        request = PromoteRequest(
            label=label,
            number=number,
            spec=spec,
            base=spec_file.parent,
            file=spec_file if spec_file.is_file() else None,
            environment=chosen_environment(),
            model=model,
            unload=unload,
            write=write and aim == last,  # the file is of all regions, and says what all of them have
            infos=read_infos(spec, model_info),
            timeout_s=timeout,
        )
        world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress, region=aim.region))
        return move_label(request, aim=aim, world=world, dry_run=dry_run)

    in_regions(aim, run, way="at once" if dry_run else "in turn", output=output, words=(label, str(number)))


def move_label(request: PromoteRequest, *, aim: Aim, world: World, dry_run: bool) -> Shown:
    """Plan, show the plan, and carry it out unless it is a dry run."""
    from tfk8s.app.promote_plan import plan_promotion
    from tfk8s.app.versions_promote import plan_json, plan_lines, promote, promoted_json, promoted_text
    from tfk8s.cli import wiring

    plan = plan_promotion(request, cluster=world.cluster)
    tell(f"{world.cluster.identity}, namespace {request.spec.namespace}", prefix=aim.prefix)
    lines = "\n".join(plan_lines(request, plan))
    if dry_run:
        return Shown(document=plan_json(request, plan), text=lambda: lines)
    tell(lines, prefix=aim.prefix)

    def work() -> Promoted:
        return promote(request, plan, world=world, access=wiring.server_access(world.cluster))

    if request.action == "rollback":
        done = work()
    else:
        undo = f"{command_for(aim, f'tfk8s versions rollback {request.label}')} --region {aim.region}"
        done = with_bake(work, aim=aim, world=world, undo=undo, is_changed=lambda done: done.is_changed)
    return Shown(document=promoted_json(request, done), text=lambda: promoted_text(request, done))
