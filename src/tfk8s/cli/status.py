"""`tfk8s status`: the service, its pods and their model versions, its autoscaler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfk8s.app.front import Front
    from tfk8s.app.status import PodStatus, ServiceStatus


@click.command("status")
@aim_options
@output_option
def status_command(
    *, spec_file: Path, namespace: str | None, context: str | None, kubeconfig: Path | None, output: Format
) -> None:
    """Show the service: addresses, objects, pods with their model versions, autoscaler, and what is wrong.

    Each ready pod is asked which versions it serves. Ends with exit code 6 when the rollout has failed or pods serve
    different versions.

    \b
    Examples:
      tfk8s status
      tfk8s status -o json | jq .pods
    """
    from tfk8s.app.status import as_json, require_sound, service_status
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    spec = aim.spec()
    status = service_status(
        wiring.service_name(spec),
        models=wiring.model_names(spec),
        cluster=wiring.direct_cluster(aim, spec=spec) or wiring.cluster(aim),
        servers=wiring.model_servers(),
        clock=SystemClock(),
    )
    present(as_json(status), output=output, text=lambda: "\n".join(_lines(status)))
    require_sound(status)


def _lines(status: ServiceStatus) -> Iterator[str]:
    revision = f", release {status.revision}" if status.revision is not None else ""
    yield f"{status.name.name} in {status.name.namespace}: {status.rollout.state.value}{revision}"
    yield from (f"  {reason}" for reason in status.rollout.reasons)
    for front in status.fronts:
        yield from front_lines(front)
    missing = [ref for ref, present_ in status.objects if not present_]
    yield f"objects: {len(status.objects) - len(missing)} of {len(status.objects)} present"
    yield from (f"  missing: {ref}" for ref in missing)
    yield "pods:"
    yield from (f"  {_pod_line(pod)}" for pod in status.pods)
    if status.scaler is not None:
        scaler = status.scaler
        yield (
            f"autoscaler: {scaler.current} of {scaler.minimum} to {scaler.maximum} pods, {scaler.desired} wanted; "
            + ", ".join(scaler.metrics)
        )
        yield from (f"  {condition}" for condition in scaler.conditions)
    for finding in status.findings:
        yield from finding.lines()


def front_lines(front: Front) -> Iterator[str]:
    """Where clients get in, and what keeps them out."""
    through = f"{front.ref.kind}/{front.ref.name}"
    for url in front.urls or ("no address yet",):
        named = f" at {', '.join(front.addresses)}" if front.hosts and front.addresses else ""
        yield f"{front.transport}: {url} ({through}{named})"
    yield from (f"  {reason}" for reason in (*front.missing, *front.pending))


def _pod_line(pod: PodStatus) -> str:
    state = "leaving" if pod.leaving else "ready" if pod.ready else "not ready"
    age = "" if pod.is_new else ", of an old revision"
    restarts = f", {pod.restarts} restarts" if pod.restarts else ""
    served = "; ".join(
        f"{model} "
        + ", ".join(
            f"{version.number}{'' if version.is_available else ' ' + version.state.value}" for version in versions
        )
        for model, versions in pod.versions.items()
    )
    return f"{pod.name}: {state}{age}{restarts}" + (f" - {served or pod.problem}" if served or pod.problem else "")
