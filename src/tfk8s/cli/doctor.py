"""`tfk8s doctor`: why a service is not well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.service_aim import find_service, name_option

if TYPE_CHECKING:
    from tfk8s.app.doctor import Diagnosis
    from tfk8s.cli.service_aim import FoundService
    from tfk8s.diagnose import Finding
    from tfk8s.manifest import Manifests


@click.command("doctor")
@aim_options
@name_option
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what was looked at to FILE (.tar.gz), secrets removed, to hand on.",
)
@output_option
@click.pass_context
def doctor_command(
    click_context: click.Context,
    /,
    *,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    name: str | None,
    bundle: Path | None,
    output: Format,
) -> None:
    """Say what is wrong with a service, what hurts first before the rest: cause, evidence, fix, command.

    Looks at the spec, its models, the objects, the pods with their events and logs, what each server says of its
    versions, the Service and what stands before it, autoscalers, claims, policies, quotas and nodes, as far as the
    login may, and asks the registry of the images. Nothing is changed. docs/doctor.md lists the rules.

    Exit code 0: nothing, or what is merely worth knowing. 13: warnings. 6: errors.

    \b
    Examples:
      tfk8s doctor
      tfk8s doctor --name resnet -n serving
      tfk8s doctor -o json | jq -r '.findings[].command'
      tfk8s doctor --bundle resnet.tar.gz
    """
    from tfk8s.app.bundle import write_bundle
    from tfk8s.app.doctor import as_json, doctor_lines, exit_code

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    diagnosis = _diagnose(aim, name=name)
    present(as_json(diagnosis), output=output, text=lambda: "\n".join(doctor_lines(diagnosis)))
    if bundle is not None:
        write_bundle(diagnosis, path=bundle)
        tell(f"wrote {bundle}: read it before you hand it on")
    _end(click_context, diagnosis, code=exit_code(diagnosis))


def _diagnose(aim: Aim, *, name: str | None) -> Diagnosis:
    from tfk8s.app.doctor import DoctorWorld, examine_service
    from tfk8s.cli import wiring
    from tfk8s.clock import SystemClock

    service = find_service(aim, name=name)
    world = DoctorWorld(
        cluster=service.cluster, servers=wiring.fleet_servers(), images=wiring.image_lookup(), clock=SystemClock()
    )
    offline = _offline(aim, service=service) if name is None else ()

    def wanted() -> Manifests:
        if name is not None:
            return ()
        rendered = wiring.rendered_service(aim, spec=aim.spec(), cluster=service.cluster, image=None, infos={})
        return rendered.deployable.manifests

    return examine_service(service.name, world=world, models=service.models, offline=offline, wanted=wanted)


def _offline(aim: Aim, *, service: FoundService) -> tuple[Finding, ...]:
    from tfk8s.app.doctor_offline import check_offline
    from tfk8s.cli.spec_file import chosen_environment

    return check_offline(
        aim.spec(), source=aim.spec_file, environment=chosen_environment() or "", release=service.cluster.release()
    )


def _end(click_context: click.Context, diagnosis: Diagnosis, *, code: int) -> None:
    if code:
        count = len(diagnosis.findings)
        tell(f"{count} finding{'' if count == 1 else 's'}; exit code {code}")
        click_context.exit(code)
