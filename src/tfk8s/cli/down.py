"""`tfk8s down`: takes down what `up` made."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional import Shown
from tfk8s.cli.regional_ask import Asking, Intent, ask_and_carry_out
from tfk8s.cli.up import check_context


@click.command("down")
@aim_options
@click.option("--provider", type=click.Choice(["kind"]), help="As it was given to up.")
@click.option("--keep-cluster", is_flag=True, help="Delete the service alone.")
@click.option("--delete-images", is_flag=True, help="Delete the image repository too, when tfk8s made it.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be taken down.")
@click.option("--timeout", type=click.FloatRange(min=1), default=180.0, show_default=True, help="Seconds to wait.")
@output_option
@progress_option
def down_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    provider: Literal["kind"] | None,
    keep_cluster: bool,
    delete_images: bool,
    yes: bool,
    dry_run: bool,
    timeout: float,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Take down what up made: the service, the cluster when up made it, and the images when that is asked for.

    Shows first what goes, and asks. A cluster that up found is never deleted. May be run again when it was interrupted.
    In a cloud the service goes first, so that no load balancer is left behind and billed. A service with regions is
    taken down in all of them at the same time, or in those that --region names.

    \b
    Examples:
      tfk8s down
      tfk8s down --keep-cluster --yes
      tfk8s down --delete-images
      tfk8s down --dry-run
    """
    from tfk8s.app.down import DownOptions, down, plan_down
    from tfk8s.app.preparation import UpRequest, on_this_computer
    from tfk8s.cli import wiring

    def intend(aim: Aim) -> Intent:
        spec = aim.spec()
        check_context(aim, spec, provider=provider)
        spec = on_this_computer(spec) if provider == "kind" else spec
        world = wiring.up_world(aim, spec=spec, reporter=reporter(progress, region=aim.region))
        request = UpRequest(spec=spec, base=spec_file.parent)
        options = DownOptions(keep_cluster=keep_cluster, delete_images=delete_images)
        plan = plan_down(request, world=world, options=options)

        def carry_out() -> Shown:
            down(plan, request, world=world, timeout_s=timeout)
            return Shown(document=plan.as_json(), text=lambda: f"{spec.name} is down")

        return Intent(
            shown=Shown(document=plan.as_json(), text=lambda: "\n".join(plan.lines()) or "nothing to take down"),
            is_empty=plan.is_empty,
            question="go on? nothing of this can be undone",
            carry_out=carry_out,
        )

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    ask_and_carry_out(aim, intend, asking=Asking(yes=yes, dry_run=dry_run), output=output)
