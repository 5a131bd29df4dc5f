"""`tfk8s status`: the service, its pods and their model versions, its autoscaler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.fleet_text import finding_text
from tfk8s.cli.output import Format, output_option
from tfk8s.cli.picture_output import html_option
from tfk8s.cli.regional import Shown, in_regions, show
from tfk8s.cli.service_aim import find_service, name_option
from tfk8s.cli.watching import interval_option, watch_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.app.front import Front
    from tfk8s.app.status import ScalerStatus, ServiceStatus
    from tfk8s.cli.picture_output import Target


@click.command("status")
@aim_options
@name_option
@watch_option
@interval_option(default_s=5.0)
@html_option
@output_option
@click.pass_context
def status_command(
    ctx: click.Context,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    watch: bool,
    interval: float,
    html: Target | None,
    output: Format,
) -> None:
    """Show the service: addresses, objects, pods with their model versions, autoscaler, and what is wrong.

    Each pod is asked which versions it serves and what its labels point to. Ends with exit code 6 when the rollout has
    failed, or when pods do not serve what they should and that does not end by itself.

    With --watch one screen shows traffic, latency and errors too, from the pods' own counters between two looks; Ctrl-C
    ends with the exit code of the last one. --html looks twice and writes a page, with --watch at each look.

    \b
    Examples:
      tfk8s status
      tfk8s status -o json | jq .pods
      tfk8s status --watch --interval 10
      tfk8s status --html status.html
    """
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    if watch or html is not None:
        from tfk8s.cli.status_watch import looks_at, snapshot_status, watch_status

        aims = (aim,) if name is not None else aim.in_regions() or (aim,)
        looks = looks_at(aims, name=name, interval_s=interval)
        if html is None or watch:
            ctx.exit(watch_status(looks, html=html, output=output))
        ctx.exit(snapshot_status(looks, html=html, output=output))
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
