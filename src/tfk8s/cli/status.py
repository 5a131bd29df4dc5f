"""`tfk8s status`: the service, its pods and their model versions, its autoscaler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.fleet_text import finding_text
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.regional import Shown, in_regions, show
from tfk8s.cli.service_aim import find_service, name_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.app.front import Front
    from tfk8s.app.status import ScalerStatus, ServiceStatus


@click.command("status")
@aim_options
@name_option
@output_option
def status_command(
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    output: Format,
) -> None:
    """Show the service: addresses, objects, pods with their model versions, autoscaler, and what is wrong.

    Each pod is asked which versions it serves and what its labels point to. Ends with exit code 6 when the rollout has
    failed, or when pods do not serve what they should and that does not end by itself.

    \b
    Examples:
      tfk8s status
      tfk8s status -o json | jq .pods
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    if name is not None:
        show(_status(aim, name=name), output=output)
    else:
        in_regions(aim, lambda there: _status(there, name=None), way="at once", output=output)


def _status(aim: Aim, *, name: str | None) -> Shown:
    from tfk8s.app.status import as_json, require_sound, service_status
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock
    from tfk8s.errors import RolloutFailedError

    service = find_service(aim, name=name)
    status = service_status(
        service.name,
        models=service.models,
        cluster=service.cluster,
        servers=wiring.fleet_servers(),
        clock=SystemClock(),
    )
    error = None
    try:
        require_sound(status)
    except RolloutFailedError as found:
        error = found
    return Shown(document=as_json(status), text=lambda: "\n".join(_lines(status)), error=error)


def _lines(status: ServiceStatus) -> Iterator[str]:
    revision = f", release {status.revision}" if status.revision is not None else ""
    yield f"{status.name.name} in {status.name.namespace}: {status.rollout.state.value}{revision}"
    yield from (f"  {reason}" for reason in status.rollout.reasons)
    for front in status.fronts:
        yield from front_lines(front)
    missing = [ref for ref, present_ in status.objects if not present_]
    yield f"objects: {len(status.objects) - len(missing)} of {len(status.objects)} present"
    yield from (f"  missing: {ref}" for ref in missing)
    yield from pod_lines(status)
    if status.scaler is not None:
        scaler = status.scaler
        bounds = f"{scaler.current} of {scaler.minimum} to {scaler.maximum} pods, {scaler.desired} wanted"
        yield f"autoscaler{_made(scaler)}: {bounds}; {', '.join(scaler.metrics) or 'no metric read yet'}"
        yield from (f"  {condition}" for condition in scaler.conditions)
    for finding in status.findings:
        yield from finding.lines()


def _made(scaler: ScalerStatus) -> str:
    return f" that KEDA makes of {scaler.made_by}" if scaler.made_by else ""


def pod_lines(status: ServiceStatus) -> Iterator[str]:
    """What the pods should serve, what each serves, which have been restarted, and what is wrong with that."""
    from tfk8s.app.fleet_report import config_lines, table_lines

    yield from config_lines(status.look.fleet.config)
    yield from table_lines(status.look.fleet)
    yield from (f"Pod/{pod.name}: {pod.restarts} restarts" for pod in status.pods if pod.restarts)
    yield from finding_text(status.look)


def front_lines(front: Front) -> Iterator[str]:
    """Where clients get in, and what keeps them out."""
    through = f"{front.ref.kind}/{front.ref.name}"
    for url in front.urls or ("no address yet",):
        named = f" at {', '.join(front.addresses)}" if front.hosts and front.addresses else ""
        asked = f", asks for {front.asks_for}" if front.asks_for else ""
        yield f"{front.transport}: {url} ({through}{named}{asked})"
    yield from (f"  {reason}" for reason in (*front.missing, *front.pending))
