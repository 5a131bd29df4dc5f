"""`tfk8s autoscale why`: the decisions of the live autoscaler, in words."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present
from tfk8s.cli.service_aim import find_service, name_option


@click.command("why")
@aim_options
@name_option
@output_option
def why_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    output: Format,
) -> None:
    """Say why there are as many pods as there are: what the autoscaler read, computed, was held by, and does next.

    Reads the HorizontalPodAutoscaler (ours, KEDA's, or anybody's), its events, the pods and their metrics, and computes
    as the controller does. A metric without a value is told with its cause and with what ends it. Nothing is changed.

    \b
    Examples:
      tfk8s autoscale why
      tfk8s autoscale why --name resnet -n serving
      tfk8s autoscale why -o json | jq '.troubles[].fix'
    """
    from tfk8s.app.autoscale_why import why, why_json, why_lines
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    service = find_service(aim, name=name)
    found = why(service.name, cluster=service.cluster, clock=SystemClock())
    present(why_json(found), output=output, text=lambda: "\n".join(why_lines(found)))
