"""`tfk8s rollback`: back to an earlier release, in the cluster and in the files that it is made from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options, ca_file_option
from tfk8s.cli.output import Format, output_option, present, tell, warn
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.cli.regional_ask import Asking
from tfk8s.cli.render import FORMS
from tfk8s.cli.rollback_files import FileAim
from tfk8s.cli.rollback_regions import Manner, files_of_all, roll_back_everywhere
from tfk8s.cli.rollback_text import as_json, as_text, files_json, files_text, plan_text, release_text

if TYPE_CHECKING:
    from tfk8s.app.apply import Applied, ApplyOptions
    from tfk8s.app.carry_out import World
    from tfk8s.app.git_change import GitChange
    from tfk8s.app.rollback import Target
    from tfk8s.app.service import Deployable
    from tfk8s.plan import Inventory
    from tfk8s.spec import ServiceSpec


@click.command("rollback")
@click.argument("release", type=click.IntRange(min=1), required=False)
@aim_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder of rendered files to bring back too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="plain",
    show_default=True,
    help="Form of --out, as of render.",
)
@click.option("--files-only", is_flag=True, help="Write the files of the release and change no cluster.")
@click.option("--revision", metavar="REVISION", help="Bring back the files as Git had them there; changes no cluster.")
@click.option("--no-write", is_flag=True, help="Leave the spec and rendered files as they are.")
@click.option("--write-to", type=click.Path(path_type=Path, dir_okay=False), help="Write the spec here instead.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, in several regions.")
@click.option("--force-conflicts", is_flag=True, help="Take fields over that other managers hold.")
@click.option("--timeout", type=click.FloatRange(min=1), default=900.0, show_default=True, help="Seconds to wait.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the rollout and a prediction.")
@ca_file_option
@output_option
@progress_option
def rollback_command(
    *,
    release: int | None,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    out: Path | None,
    form: str,
    files_only: bool,
    revision: str | None,
    no_write: bool,
    write_to: Path | None,
    dry_run: bool,
    yes: bool,
    force_conflicts: bool,
    timeout: float,
    wait: bool,
    ca_file: Path | None,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Go back to the release before the current one, or to RELEASE; tfk8s history lists them.

    The release is planned, applied and waited for like any other, and replicas stay with the autoscaler. Then the spec
    file, and with --out the rendered files, are written as they were for that release, and the git commands are shown
    that make it last: a GitOps tool would bring the bad release back otherwise. Files with changes that are not
    committed are refused before the cluster is touched. Run again, it stays where it is.

    With regions, all that the newest change has come to go back at the same time, each to a release of its own; they
    are shown, and it is asked once. RELEASE is of the one region that --region names.

    \b
    Examples:
      tfk8s rollback
      tfk8s rollback 3 --out manifests/
      tfk8s rollback --dry-run
      tfk8s rollback --files-only
      tfk8s rollback --revision HEAD~1 --out manifests/
      tfk8s rollback 3 --region europe
    """
    from tfk8s.app.apply import ApplyOptions
    from tfk8s.cli import wiring

    if no_write and (write_to is not None or files_only or revision is not None or out is not None):
        raise click.UsageError("--no-write writes no files: leave out the options that say which")
    if revision is not None and release is not None:
        raise click.UsageError("a release is what the cluster recorded, a revision is Git's: give one of them")
    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    files = FileAim(aim=aim, out=out, form=form, write_to=write_to, is_wanted=not no_write)
    aims = aim.in_regions()
    if revision is not None:
        name = (aims or (aim,))[0].spec().name
        _finish(files.of_revision(revision), None, dry_run=dry_run, output=output, subject=f"{name} to {revision}")
        return
    options = ApplyOptions(force_conflicts=force_conflicts, timeout_s=timeout, wait=wait)
    if len(aims) > 1:
        _refuse_for_one(release, out=out, regions=aims)
        asking = Asking(yes=yes, dry_run=dry_run, warning="")
        manner = Manner(files=files, options=options, ca_file=ca_file, asking=asking, progress=progress, output=output)
        _everywhere(aims, manner=manner, files_only=files_only)
        return
    aim = aims[0] if aims else aim
    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    target = _target(spec, release, world=world)
    change = files.of_release(target.release, cluster=world.cluster)
    subject = f"{spec.name} to release {target.release.making.restores or target.release.number}"
    if files_only:
        _finish(change, None, dry_run=dry_run, output=output, subject=subject)
        return
    deployable = _deployable(target, spec=spec)
    if dry_run:
        _show_plan(deployable, world=world, options=options)
        _finish(change, None, dry_run=True, output=output, subject=subject)
        return
    applied = _applied(deployable, world=world, options=options, ca_file=ca_file)
    _finish(change, applied, dry_run=False, output=output, subject=subject)


def _refuse_for_one(release: int | None, *, out: Path | None, regions: tuple[Aim, ...]) -> None:
    """What is of one region alone.

    Raises:
        click.UsageError: a number, or a folder of rendered files.
    """
    first = regions[0].region
    if release is not None:
        raise click.UsageError(f"each region numbers its releases itself: name one, as --region {first}")
    if out is not None:
        raise click.UsageError(
            f"each region has a folder of its own below {out}: leave --out out; tfk8s render --out writes them once "
            "the spec is back"
        )


def _target(spec: ServiceSpec, number: int | None, *, world: World) -> Target:
    from tfk8s.app.planning import read_inventory
    from tfk8s.app.rollback import choose_release
    from tfk8s.cli import wiring

    name = wiring.service_name(spec)
    target = choose_release(read_inventory(name, cluster=world.cluster), number=number, name=name)
    tell(release_text(target))
    return target


def _deployable(target: Target, *, spec: ServiceSpec) -> Deployable:
    from tfk8s.app.rollback import deployable_of
    from tfk8s.cli import wiring

    return deployable_of(target, name=wiring.service_name(spec), models=wiring.model_names(spec))


def _applied(deployable: Deployable, *, world: World, options: ApplyOptions, ca_file: Path | None) -> Applied:
    from tfk8s.app.apply import apply_service
    from tfk8s.cli import wiring

    access = wiring.server_access(world.cluster, ca_file=ca_file)
    return apply_service(deployable, world=world, access=access, options=options)


def _show_plan(deployable: Deployable, *, world: World, options: ApplyOptions) -> None:
    from tfk8s.app.apply import plan_options, refuse_blocked
    from tfk8s.app.planning import plan_service

    plan = plan_service(deployable, cluster=world.cluster, options=plan_options(deployable, options)).plan
    for line in plan_text(plan):
        tell(line)
    refuse_blocked(plan)


def _everywhere(aims: tuple[Aim, ...], *, manner: Manner, files_only: bool) -> None:
    """Each region to the release before its own current one, where the newest change has come to it."""
    from tfk8s.app.rollback import choose_release
    from tfk8s.app.rollback_regions import Stand, stand_of
    from tfk8s.cli import wiring

    def look(aim: Aim, world: World, spec: ServiceSpec, inventory: Inventory) -> Stand:
        del world
        name = wiring.service_name(spec)
        chosen = partial(choose_release, inventory, number=None, name=name)
        return stand_of(aim.region or "", inventory, target=chosen)

    if not files_only:
        roll_back_everywhere(aims, look, manner=manner)
        return
    places = ", ".join(aim.region or "" for aim in aims)
    subject = f"{aims[0].spec().name} in {places}"
    change = files_of_all(aims, look, manner=manner)
    _finish(change, None, dry_run=manner.asking.dry_run, output=manner.output, subject=subject)


def _finish(change: GitChange, applied: Applied | None, *, dry_run: bool, output: Format, subject: str) -> None:
    """Write the files, and say what was done and how it goes on."""
    from tfk8s.app.git_change import write_change

    for note in change.notes:
        warn(note)
    paths = [str(path) for path in change.paths]
    for path in change.kept:
        tell(f"{path} is as it was then")
    written = paths if dry_run else [*write_change(change)]

    def text() -> str:
        done = [] if applied is None else [as_text(applied, subject=subject)]
        return "\n".join([*done, *files_text(paths, written=written, subject=subject, dry_run=dry_run)])

    document = {
        **as_json(applied, subject=subject, dry_run=dry_run),
        **files_json(paths, written=written, subject=subject),
    }
    present(document, output=output, text=text)
