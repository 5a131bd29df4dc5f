"""`tfk8s delete`: takes the service away, and only what the service owns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, tell
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown
from tfk8s.cli.regional_ask import Asking, Intent, ask_and_carry_out

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
    was interrupted. A service with regions is deleted in all of them, or in those that --region names.

    \b
    Examples:
      tfk8s delete --dry-run
      tfk8s delete --yes -n staging
    """
    from tfk8s.app.delete import as_json, delete_service, plan_deletion
    from tfk8s.cli import wiring

    def intend(aim: Aim) -> Intent:
        spec = aim.spec()
        world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress, region=aim.region))
        deletion = plan_deletion(wiring.service_name(spec), world=world)
        tell(f"{world.cluster.identity}, namespace {spec.namespace}", prefix=aim.prefix)
        for ref, reason in deletion.kept:
            tell(f"keeps {ref}: {reason}", prefix=aim.prefix)

        def carry_out() -> Shown:
            delete_service(deletion, world=world, timeout_s=timeout)
            return Shown(document=as_json(deletion), text=lambda: f"deleted {len(deletion.targets)} objects")

        return Intent(
            shown=Shown(document=as_json(deletion), text=lambda: _text(deletion)),
            is_empty=not deletion.targets,
            question=f"delete these {len(deletion.targets)} objects?",
            carry_out=carry_out,
        )

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    ask_and_carry_out(aim, intend, asking=Asking(yes=yes, dry_run=dry_run, tells_first=False), output=output)


def _text(deletion: Deletion) -> str:
    return "\n".join(f"delete {target.ref}" for target in deletion.targets) or "nothing to delete"
