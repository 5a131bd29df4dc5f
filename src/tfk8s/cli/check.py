"""`tfk8s check`: models, specs and manifests before anything is deployed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.model_info import model_info_option, read_known
from tfk8s.cli.output import present, say, tell
from tfk8s.cli.spec_file import DEFAULT_FILE, chosen_environment, environment_option, refuse_missing_default

if TYPE_CHECKING:
    from tfk8s.app.check import CheckReport

CheckFormat = Literal["text", "json", "yaml", "github", "sarif"]


@click.command("check")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "-f",
    "--file",
    "spec_files",
    type=click.Path(path_type=Path),
    multiple=True,
    help=f"A spec or a folder with specs; may be given again.  [default: {DEFAULT_FILE}, where no PATHS are given]",
)
@environment_option
@click.option("--kubernetes", metavar="RELEASE", default="1.34", show_default=True, help="Release to check against.")
@model_info_option
@click.option(
    "--ignore", metavar="CODE=REASON", multiple=True, help="Switch a finding off; a spec's `checks` does too."
)
@click.option("--strict", is_flag=True, help="Exit 3 for a warning too.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "yaml", "github", "sarif"]),
    default="text",
    show_default=True,
    help="Form of the findings on stdout; github writes annotations, sarif what code scanning reads.",
)
def check_command(
    *,
    paths: tuple[Path, ...],
    spec_files: tuple[Path, ...],
    kubernetes: str,
    model_info: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    output: CheckFormat,
) -> None:
    """Check models, specs and manifests without a cluster.

    PATHS are specs, files of manifests, or folders of either; - reads stdin. Of a spec, the SavedModels and what it
    renders to are looked at, in each of its environments. Flags and configuration files of the model server are held
    against the release that its image names, fields against the schemas of Kubernetes (with tfk8s[validate]), and
    objects of a model server against the policies of docs/checks.md, whoever wrote them.

    Exit code 0: nothing worse than a warning. 3: an error, or a warning with --strict.

    \b
    Examples:
      tfk8s check
      tfk8s check -f tfk8s.yaml --env prod --strict
      tfk8s check manifests/
      helm template charts/serving | tfk8s check -
      tfk8s check k8s/ --ignore plain-http="the mesh encrypts" -o github
      tfk8s check -o sarif > tfk8s.sarif
    """
    from tfk8s.app.check import CheckRequest, check
    from tfk8s.manifest.release import parse_minor

    wanted = (*paths, *spec_files) or (Path(DEFAULT_FILE),)
    for path in wanted:
        refuse_missing_default(path)
    request = CheckRequest(
        paths=wanted,
        stdin=sys.stdin.buffer.read() if any(str(path) == "-" for path in wanted) else None,
        environment=chosen_environment(),
        minor=parse_minor(kubernetes),
        ignored=_reasons(ignore),
        known=lambda services: read_known(services, model_info).of,
    )
    report = check(request)
    _show(report, output=output)
    failure = report.failure(strict=strict)
    if failure:
        raise failure
    tell(report.summary())


def _show(report: CheckReport, *, output: CheckFormat) -> None:
    from tfk8s.cli.check_text import github_text, report_text

    if output == "sarif":
        from tfk8s.cli.check_sarif import sarif

        present(sarif(report, folder=Path.cwd()), output="json", text=lambda: "")
        return
    if output == "github":
        text = github_text(report)
    elif output == "text":
        text = report_text(report)
    else:
        present(report.as_json(), output=output, text=lambda: "")
        return
    if text:
        say(text)
    for line in report.left:
        tell(f"not checked: {line}")


def _reasons(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in given:
        code, _, reason = entry.partition("=")
        if not reason.strip():
            raise click.BadParameter(f"{entry!r} gives no reason: write CODE=REASON", param_hint="--ignore")
        found[code] = reason.strip()
    return found
