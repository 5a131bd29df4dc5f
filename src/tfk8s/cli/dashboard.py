"""`tfk8s dashboard`: pictures of a service for Grafana, or for Google Cloud Monitoring."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from tfk8s.cli.output import say, tell
from tfk8s.cli.spec_file import read_spec, spec_option
from tfk8s.errors import InputError


@click.command("dashboard")
@spec_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["grafana", "config-map", "google"]),
    default="grafana",
    show_default=True,
    help="Grafana's JSON; the same in a ConfigMap for the sidecar of its chart; Google Cloud Monitoring's JSON.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write this file, not stdout.")
def dashboard_command(*, spec_file: Path, form: Literal["grafana", "config-map", "google"], out: Path | None) -> None:
    """Write a dashboard of a service: traffic, errors, latency, pods, versions, CPU and memory.

    With `monitoring.objective` it shows too how fast errors use up what the objective allows. Queries are PromQL over
    the server's own metrics, so that no rules need be there. The same spec gives the same bytes. No cluster is needed.

    \b
    Examples:
      tfk8s dashboard --out resnet.json
      tfk8s dashboard --format config-map | kubectl apply -f -
      tfk8s dashboard --format google --out resnet.json
      gcloud monitoring dashboards create --config-from-file=resnet.json
    """
    from tfk8s.app.whole_file import write_whole
    from tfk8s.manifest.yaml import dump
    from tfk8s.render.google_dashboard import google_dashboard
    from tfk8s.render.grafana import dashboard_text, grafana_config_map, grafana_dashboard

    spec, _ = read_spec(spec_file)
    if form == "config-map":
        text = dump(grafana_config_map(spec)).removesuffix("\n")
    else:
        text = dashboard_text(grafana_dashboard(spec) if form == "grafana" else google_dashboard(spec))
    if out is None:
        say(text)
    else:
        try:
            write_whole(out, f"{text}\n".encode())
        except OSError as error:
            raise InputError(
                f"cannot write {out}: {error.strerror}", hint="name a file in a folder that can be written to"
            ) from error
        tell(f"written: {out}")
