"""`tfk8s delete`: takes the service away, and only what the service owns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter

if TYPE_CHECKING:
    from tfk8s.app.delete import Deletion


@click.command("delete")
@aim_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option("--timeout", type=click.FloatRange(min=1), default=180.0, show_default=True, help="Seconds to wait.")
@output_option
@progress_option
def delete_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    yes: bool,
    dry_run: bool,
    timeout: float,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Delete the objects of the service, and wait until they are gone.

    Only what apply recorded and what still carries our labels is deleted; the namespace stays. May be run again when it
    was interrupted.

    \b
    Examples:
      tfk8s delete --dry-run
      tfk8s delete --yes -n staging
    """
    from tfk8s.app.delete import as_json, delete_service, plan_deletion
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    deletion = plan_deletion(wiring.service_name(spec), world=world)
    tell(f"{world.cluster.identity}, namespace {spec.namespace}")
    for ref, reason in deletion.kept:
        tell(f"keeps {ref}: {reason}")
    if dry_run or not deletion.targets:
        present(as_json(deletion), output=output, text=lambda: _text(deletion))
        return
    if not yes:
        tell(_text(deletion))
        click.confirm(f"delete these {len(deletion.targets)} objects?", abort=True, err=True)
    delete_service(deletion, world=world, timeout_s=timeout)
    present(as_json(deletion), output=output, text=lambda: f"deleted {len(deletion.targets)} objects")


def _text(deletion: Deletion) -> str:
    return "\n".join(f"delete {target.ref}" for target in deletion.targets) or "nothing to delete"
