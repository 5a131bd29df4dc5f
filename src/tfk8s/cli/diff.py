"""`tfk8s diff`: what apply would change."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present, tell, warn
from tfk8s.errors import CHANGES_PENDING


@click.command("diff")
@aim_options
@click.option("--image", help="Image to run, instead of the one that the spec implies.")
@model_info_option
@click.option("--exit-code", is_flag=True, help="End with code 10 when something would change.")
@click.option("--force-conflicts", is_flag=True, help="As if apply took fields over from other managers.")
@click.option("--recreate", is_flag=True, help="As if apply made objects anew whose immutable fields change.")
@output_option
@click.pass_context
def diff_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    image: str | None,
    model_info: tuple[str, ...],
    exit_code: bool,
    force_conflicts: bool,
    recreate: bool,
    output: Format,
) -> None:
    """Show what apply would change, as the cluster itself predicts it. Nothing is changed.

    \b
    Examples:
      tfk8s diff
      tfk8s diff --exit-code -o json > plan.json
    """
    from tfk8s.app.diff import diff_service, plan_text
    from tfk8s.cli import wiring
    from tfk8s.plan import PlanOptions

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    infos = read_infos(spec, model_info)
    cluster = wiring.cluster_for(aim, spec=spec)
    service = wiring.rendered_service(aim, spec=spec, cluster=cluster, image=image, infos=infos)
    options = PlanOptions(force_conflicts=force_conflicts, recreate=recreate, instance=spec.name)
    plan = diff_service(service.deployable, cluster=cluster, options=options)
    tell(f"{cluster.identity}, namespace {spec.namespace}")
    for warning in plan.warnings:
        warn(f"{warning.message}\nhint:    {warning.hint}")
    present(plan.as_json(), output=output, text=lambda: plan_text(plan))
    if exit_code and plan.pending:
        ctx.exit(CHANGES_PENDING)
