"""`tfk8s diff`: what would change, as a person would explain it, with the risk of each change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.cluster_options import place_options
from tfk8s.cli.diff_sources import DiffAim, chosen_revisions
from tfk8s.cli.model_info import model_info_option
from tfk8s.cli.output import present, say, warn
from tfk8s.cli.price_options import prices_option
from tfk8s.cli.settings_given import refuse_together
from tfk8s.cli.spec_file import specs_option
from tfk8s.errors import CHANGES_PENDING

if TYPE_CHECKING:
    from tfk8s.app.diff_report import DiffReport
    from tfk8s.app.diff_text import Line

_OF_A_CLUSTER = {
    "context": "--context",
    "kubeconfig": "--kubeconfig",
    "force_conflicts": "--force-conflicts",
    "recreate": "--recreate",
}
_COLOURS = {"none": "green", "restart": "yellow", "downtime": "red", "data": "magenta"}


@click.command("diff")
@specs_option
@place_options
@click.option(
    "--against", metavar="PATH", help="Rendered files, a folder of them, or - for stdin; no cluster is asked."
)
@click.option(
    "--revisions", metavar="A..B", help="The specs, or --against, at two revisions of Git; no cluster is asked."
)
@click.option("--from", "before", metavar="A", help="The same with one revision and the working copy.")
@click.option("--to", "after", metavar="B", help="In place of the working copy.")
@click.option(
    "--kubernetes", metavar="RELEASE", default="1.34", show_default=True, help="Release, where no cluster is."
)
@click.option("--image", help="Image to run, instead of the one that the spec implies.")
@model_info_option
@prices_option
@click.option("--exit-code", is_flag=True, help="End with code 10 when something would change.")
@click.option("--force-conflicts", is_flag=True, help="As if apply took fields over from other managers.")
@click.option("--recreate", is_flag=True, help="As if apply made objects anew whose immutable fields change.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "yaml", "markdown"]),
    default="text",
    show_default=True,
    help="Form of the answer on stdout; markdown is for a comment on a pull request.",
)
@click.pass_context
def diff_command(
    ctx: click.Context,
    *,
    spec_files: tuple[Path, ...],
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    against: str | None,
    revisions: str | None,
    before: str | None,
    after: str | None,
    kubernetes: str,
    image: str | None,
    model_info: tuple[str, ...],
    prices_file: Path | None,
    exit_code: bool,
    force_conflicts: bool,
    recreate: bool,
    output: Literal["text", "json", "yaml", "markdown"],
) -> None:
    """Show what would change and what that means: which pods restart, which clients fail, which data is lost.

    Without more, the cluster itself predicts what apply would change. With --against, rendered files are compared with
    what the specs say now; with --revisions, specs or rendered files at two revisions. Nothing is ever changed.

    \b
    Examples:
      tfk8s diff
      tfk8s diff -f services/ --env prod
      tfk8s diff --exit-code -o json > plan.json
      tfk8s diff --against manifests/
      tfk8s diff --revisions origin/main..HEAD -o markdown
      tfk8s diff --from v1.2 --against manifests/
      tfk8s diff --prices prices.yaml
    """
    from tfk8s.plan import PlanOptions

    revised = chosen_revisions(pair=revisions, before=before, after=after)
    if against is not None or revised is not None:
        refuse_together(ctx, "--revisions" if against is None else "--against", names=_OF_A_CLUSTER)
    else:
        refuse_together(ctx, "the cluster, which says its own release,", names={"kubernetes": "--kubernetes"})
    aim = DiffAim(
        spec_files=spec_files,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        image=image,
        model_info=model_info,
        against=against,
        revisions=revised,
        kubernetes=kubernetes,
        prices_file=prices_file,
    )
    report = aim.report(PlanOptions(force_conflicts=force_conflicts, recreate=recreate))
    for warning in report.warnings:
        warn(f"{warning.message}\nhint:    {warning.hint}")
    show_report(report, output=output)
    if exit_code and report.pending:
        ctx.exit(CHANGES_PENDING)


def show_report(report: DiffReport, *, output: Literal["text", "json", "yaml", "markdown"]) -> None:
    """Write a report to stdout; text has colours on a terminal alone."""
    if output == "markdown":
        from tfk8s.app.diff_markdown import report_markdown

        say(report_markdown(report))
    else:
        present(report.as_json(), output=output, text=lambda: report_text(report))


def report_text(report: DiffReport) -> str:
    """A report for people."""
    from tfk8s.app.diff_text import report_lines

    return "\n".join(map(_coloured, report_lines(report)))


def _coloured(line: Line) -> str:
    if line.risk is None or not line.mark:
        return line.text
    before, mark, rest = line.text.partition(line.mark)
    return before + click.style(mark, fg=_COLOURS[line.risk.value]) + rest
