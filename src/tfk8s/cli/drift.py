"""`tfk8s drift`: where the cluster is not what Git says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import place_options
from tfk8s.cli.drift_sources import DriftAim
from tfk8s.cli.model_info import model_info_option
from tfk8s.cli.output import Format, output_option, present, say, tell, warn
from tfk8s.cli.settings_given import refuse_together
from tfk8s.cli.spec_file import specs_option
from tfk8s.errors import CHANGES_PENDING

if TYPE_CHECKING:
    from tfk8s.app.drift import ServiceDrift
    from tfk8s.app.drift_watch import Round


@click.command("drift")
@specs_option
@place_options
@click.option(
    "--against", metavar="PATH", help="Rendered files, a folder of them, or - for stdin, instead of the spec."
)
@click.option("--revision", metavar="REVISION", help="The spec or the files as Git has them there, as origin/main.")
@click.option("--image", help="Image of the pods, instead of the one that the spec implies.")
@model_info_option
@click.option("--watch", is_flag=True, help="Look again and again; a line for each change, until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="Seconds between looks of --watch.",
)
@output_option
@click.pass_context
def drift_command(
    ctx: click.Context,
    *,
    spec_files: tuple[Path, ...],
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    against: str | None,
    revision: str | None,
    image: str | None,
    model_info: tuple[str, ...],
    watch: bool,
    interval: float,
    output: Format,
) -> None:
    """Show where the cluster is not what Git says, field by field, with who changed it and when.

    Git is the spec, or with --against what was rendered from it. It does not matter which tool applied it. Fields that
    belong to others by right (the count of an autoscaler, the server's defaults, marks of Argo CD, Flux, Helm and load
    balancers) are no drift. Ends with exit code 10 when there is drift. Nothing is changed: the server is asked for dry
    runs, and where the login may not do that, it is said what is not seen.

    \b
    Examples:
      tfk8s drift
      tfk8s drift -f services/ --env prod --watch
      tfk8s drift --against manifests/ --revision origin/main
      kustomize build overlays/prod | tfk8s drift --against -
      tfk8s drift -o json | jq '.services[].objects'
    """
    if against == "-" and revision is not None:
        raise click.UsageError("stdin has no revisions: name files of the repository")
    if any(str(file) == "-" for file in spec_files) and against is None and (watch or revision is not None):
        raise click.UsageError("stdin is read once and has no revisions: name the file of the spec with -f")
    if against is not None:
        refuse_together(ctx, "--against", names={"spec_files": "-f", "image": "--image", "model_info": "--model-info"})
    aim = DriftAim(
        spec_files=spec_files,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        against=against,
        revision=revision,
        image=image,
        model_info=model_info,
    )
    look = aim.looker()
    if watch:
        ctx.exit(_watch(look, interval_s=interval, output=output))
    found = look()
    for note in dict.fromkeys(note for item in found for note in item.drift.notes):
        warn(note)
    _show(found, output=output)
    if any(item.drift.objects for item in found):
        ctx.exit(CHANGES_PENDING)


def _show(found: tuple[ServiceDrift, ...], *, output: Format) -> None:
    from tfk8s.app.drift import drift_json, drift_lines

    drifted = any(item.drift.objects for item in found)
    present(
        {"drift": drifted, "services": [drift_json(item) for item in found]},
        output=output,
        text=lambda: "\n".join(line for item in found for line in drift_lines(item)),
    )


def _watch(look: Callable[[], tuple[ServiceDrift, ...]], *, interval_s: float, output: Format) -> int:
    """Tell changes until Ctrl-C; the code is that of the last state that was seen."""
    from tfk8s.app.drift_watch import watch
    from tfk8s.clock import SystemClock
    from tfk8s.errors import PreconditionError

    code = PreconditionError.exit_code
    try:
        for seen in watch(look, clock=SystemClock(), interval_s=interval_s):
            # Before it is told: whoever reads it may press Ctrl-C at once.
            code = code if seen.found is None else CHANGES_PENDING if seen.is_drifted else 0
            _tell_round(seen, output=output)
    except KeyboardInterrupt:
        tell("")
    return code


def _tell_round(seen: Round, *, output: Format) -> None:
    from tfk8s.app.drift import drift_json

    if output == "text":
        say(seen.line())
        return
    import json

    line = json.dumps(seen.as_json(drift_json), ensure_ascii=False)
    say(line if output == "json" else f"--- {line}")  # JSON is YAML, and a document a line can be read while it grows
