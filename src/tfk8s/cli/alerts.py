"""`tfk8s alerts`: the rules of a service, for whichever Prometheus evaluates them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.spec_file import read_spec, spec_option

if TYPE_CHECKING:
    from tfk8s.manifest import JsonObject
    from tfk8s.spec import ServiceSpec


@click.command("alerts")
@spec_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["prometheus", "operator", "gke"]),
    default="prometheus",
    show_default=True,
    help="A rule file; a PrometheusRule of Prometheus' operator; Rules of Google's managed Prometheus.",
)
@output_option
def alerts_command(*, spec_file: Path, form: Literal["prometheus", "operator", "gke"], output: Format) -> None:
    """Print the rules of a service: what is recorded, and when somebody is told.

    With `monitoring.objective` errors are watched at several rates over several windows; without one there are alerts
    for causes alone. `apply` brings the same rules where monitoring.scrape is podMonitor, serviceMonitor or
    podMonitoring; for any other Prometheus they are put into its rule files. No cluster is needed.

    \b
    Examples:
      tfk8s alerts > rules.yaml && promtool check rules rules.yaml
      tfk8s alerts --env prod --format operator | kubectl apply -f -
    """
    from tfk8s.manifest.yaml import dump

    spec, _ = read_spec(spec_file)
    if spec.monitoring.objective is None:
        tell("no monitoring.objective: alerts for causes alone")
    document = _document(spec, form)
    present(document, output=output, text=lambda: dump(document).removesuffix("\n"))


def _document(spec: ServiceSpec, form: Literal["prometheus", "operator", "gke"]) -> JsonObject:
    from tfk8s.render.service_rules import rule_groups

    groups: JsonObject = {"groups": rule_groups(spec)}
    if form == "prometheus":
        return groups
    # without our labels: apply would take it for an object that is no longer rendered, and prune it
    metadata: JsonObject = {"name": f"{spec.name}-alerts", "namespace": spec.namespace}
    if spec.labels:
        metadata["labels"] = {**spec.labels}
    kind = {"operator": "PrometheusRule", "gke": "Rules"}[form]
    api_version = {"operator": "monitoring.coreos.com/v1", "gke": "monitoring.googleapis.com/v1"}[form]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": groups}
