"""`tfk8s versions promote` and what it has in common with `tfk8s versions rollback`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.carry_out import World
    from tfk8s.app.promote_plan import PromoteRequest

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

    \b
    Examples:
      tfk8s versions promote stable 2
      tfk8s versions promote stable 2 --dry-run
      tfk8s versions promote stable 2 --unload --model resnet
    """
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    from tfk8s.app.promote_plan import PromoteRequest

    request = PromoteRequest(
        label=label,
        number=number,
        spec=spec,
        base=spec_file.parent,
        file=spec_file if spec_file.is_file() else None,
        environment=chosen_environment(),
        model=model,
        unload=unload,
        write=write,
        infos=read_infos(spec, model_info),
        timeout_s=timeout,
    )
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    move_label(request, world=world, dry_run=dry_run, output=output)


def move_label(request: PromoteRequest, *, world: World, dry_run: bool, output: Format) -> None:
    """Plan, show the plan, and carry it out unless it is a dry run."""
    from tfk8s.app.promote_plan import plan_promotion
    from tfk8s.app.versions_promote import plan_json, plan_lines, promote, promoted_json, promoted_text
    from tfk8s.cli import wiring

    plan = plan_promotion(request, cluster=world.cluster)
    tell(f"{world.cluster.identity}, namespace {request.spec.namespace}")
    if dry_run:
        present(plan_json(request, plan), output=output, text=lambda: "\n".join(plan_lines(request, plan)))
        return
    tell("\n".join(plan_lines(request, plan)))
    done = promote(request, plan, world=world, access=wiring.server_access(world.cluster))
    present(promoted_json(request, done), output=output, text=lambda: promoted_text(request, done))
