"""`tfk8s rbac`: the least rights around a service, as objects that an administrator applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.model_info import model_info_option, read_infos
from tfk8s.cli.output import Format, output_option, present, say, tell
from tfk8s.cli.spec_file import read_specs, spec_option

if TYPE_CHECKING:
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.manifest import JsonObject, Manifests
    from tfk8s.rights import Holder, Role, RoleOptions

_ROLES = ("viewer", "ci", "deployer")


@click.command("rbac")
@spec_option
@click.option("-n", "--namespace", help="Namespace, instead of the one in the spec.")
@click.option(
    "--role", "roles", type=click.Choice(_ROLES), multiple=True, help="Role; may be given again.  [default: all]"
)
@click.option("--user", "users", metavar="NAME", multiple=True, help="Bind the role to this user.")
@click.option("--group", "groups", metavar="NAME", multiple=True, help="Bind the role to this group.")
@click.option(
    "--service-account", "accounts", metavar="NAMESPACE/NAME", multiple=True, help="Bind the role to this account."
)
@click.option(
    "--port-forward/--no-port-forward",
    default=True,
    show_default=True,
    help="Whether ports of pods may be forwarded, by which servers are asked.",
)
@click.option(
    "--cluster-role/--no-cluster-role",
    default=True,
    show_default=True,
    help="Whether there is a ClusterRole for what is in no namespace.",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A spec of before, whose objects may still be live, and may be removed or come back.",
)
@model_info_option
@click.option("--out", type=click.Path(path_type=Path), help="Write one file an object into this folder.")
@output_option
def rbac_command(
    *,
    spec_file: Path,
    namespace: str | None,
    roles: tuple[Role, ...],
    users: tuple[str, ...],
    groups: tuple[str, ...],
    accounts: tuple[str, ...],
    port_forward: bool,
    cluster_role: bool,
    previous: tuple[Path, ...],
    model_info: tuple[str, ...],
    out: Path | None,
    output: Format,
) -> None:
    """Write the least rights that people and pipelines need for a service, as roles of Kubernetes.

    viewer: looks, and asks the model. ci: shows and applies what Git says. deployer: everything about the service. A
    role names the objects of the spec; it is to be written anew when the spec gets others. No cluster is needed;
    somebody who may give rights applies what is written.

    \b
    Examples:
      tfk8s rbac --role deployer --group ml-team | kubectl apply -f -
      tfk8s rbac --role ci --service-account ci/pipeline --no-port-forward
      tfk8s rbac --role viewer --user ada@example.com -o json
      tfk8s rbac --out roles
    """
    from tfk8s.rights import ROLES, RoleOptions

    holders = _holders(users, groups, accounts)
    if holders and not roles:
        raise click.UsageError("say which role they get: add --role")
    if out is not None and output != "text":
        raise click.UsageError(f"-o {output} is a form of stdout, --out writes files: give one of them")
    options = RoleOptions(holders=holders, forwards=port_forward, is_wide=cluster_role)
    made = {
        file.region: _objects(
            file,
            namespace=namespace,
            roles=roles or tuple(ROLES),
            options=options,
            previous=previous,
            model_info=model_info,
        )
        for file in read_specs((spec_file,))
    }
    if not holders:
        tell("nobody is bound to a role: --user, --group or --service-account says who gets it")
    if out is None:
        _to_stdout(made, output=output)
    else:
        _to_folder(made, out)


def _holders(users: Sequence[str], groups: Sequence[str], accounts: Sequence[str]) -> tuple[Holder, ...]:
    from tfk8s.rights import Holder

    found = [Holder("User", name) for name in users] + [Holder("Group", name) for name in groups]
    for account in accounts:
        namespace, slash, name = account.partition("/")
        if not (namespace and slash and name) or "/" in name:
            raise click.BadParameter(f"{account!r} is not NAMESPACE/NAME", param_hint="--service-account")
        found.append(Holder("ServiceAccount", name, namespace))
    if any(not holder.name for holder in found):
        raise click.UsageError("an empty name is nobody's")
    return tuple(found)


def _objects(
    file: SpecFile,
    *,
    namespace: str | None,
    roles: Sequence[Role],
    options: RoleOptions,
    previous: tuple[Path, ...],
    model_info: tuple[str, ...],
) -> Manifests:
    from tfk8s.app.rbac import rendered_things, roles_of

    before = [each for each in read_specs(previous) if each.region == file.region] if previous else []
    services = []
    for each in (file, *before):
        spec = each.spec.model_copy(update={"namespace": namespace}) if namespace else each.spec
        services.append((spec, each.base, read_infos(spec, model_info)))
    return roles_of(rendered_things(services), roles, options=options)


def _to_stdout(made: Mapping[str | None, Manifests], *, output: Format) -> None:
    from tfk8s.errors import InputError
    from tfk8s.manifest.yaml import dump

    regions = [region for region in made if region is not None]
    if len(made) > 1:
        raise InputError(
            f"the service is in several clusters ({', '.join(regions)}), and one stream is for one",
            hint=f"name a region with --region {regions[0]}, or a folder with --out",
        )
    objects = next(iter(made.values()))
    items: JsonObject = {"apiVersion": "v1", "kind": "List", "items": [manifest.body for manifest in objects]}
    if output == "json":
        present(items, output=output, text=str)
        return
    say("---\n".join(dump(manifest.body) for manifest in objects).removesuffix("\n"))


def _to_folder(made: Mapping[str | None, Manifests], out: Path) -> None:
    from tfk8s.app.manifest_files import write_files
    from tfk8s.app.rbac import files_of_roles, refuse_other_files

    files = files_of_roles(made)
    refuse_other_files(out, files)
    result = write_files(out, files)
    for name in result.written:
        tell(f"wrote   {out / name}")
    for name in result.removed:
        tell(f"removed {out / name}")
    tell(f"{out}: {len(result.written)} written, {len(result.unchanged)} unchanged, {len(result.removed)} removed")
