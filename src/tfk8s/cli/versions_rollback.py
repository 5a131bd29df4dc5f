"""`tfk8s versions rollback`: a label returns to where it was, or the whole list of versions where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim, aim_options
from tfk8s.cli.model_info import read_infos
from tfk8s.cli.output import Format
from tfk8s.cli.progress import ProgressStyle, reporter
from tfk8s.cli.regional import Shown, again, run_in, show, show_outcomes
from tfk8s.cli.spec_file import chosen_environment
from tfk8s.cli.versions_promote import move_label, move_options

if TYPE_CHECKING:
    from tfk8s.app.carry_out import World
    from tfk8s.app.versions_rollback import Return
    from tfk8s.plan import Inventory
    from tfk8s.spec import ServiceSpec


@click.command("rollback")
@click.argument("label", required=False)
@aim_options
@click.option("--model", help="Which of several models.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, where there are no labels in several regions.")
@move_options
def rollback_command(
    *,
    label: str | None,
    spec_file: Path,
    namespace: str | None,
    context: str | None,
    kubeconfig: Path | None,
    model: str | None,
    yes: bool,
    write: bool,
    dry_run: bool,
    timeout: float,
    model_info: tuple[str, ...],
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Return LABEL, or the label that was moved last, to the version that it led to before.

    Where that version is still loaded nothing is loaded: the label moves at once. Otherwise it is loaded first, as by
    promote. Run again, it goes further back; it never brings back what was fled from.

    A service without labels returns to its last release with other versions, by new pods, as tfk8s rollback does it.
    With regions, the label goes back in all of them at the same time, or in those that --region names; without labels
    it is asked once, as by tfk8s rollback.

    \b
    Examples:
      tfk8s versions rollback
      tfk8s versions rollback stable --dry-run
    """
    from tfk8s.app.versions_rollback import earlier_release
    from tfk8s.cli import wiring

    aim = Aim(spec_file=spec_file, namespace=namespace, context=context, kubeconfig=kubeconfig)
    aims = aim.in_regions()
    options = _Options(
        label=label,
        model=model,
        write=write,
        dry_run=dry_run,
        timeout_s=timeout,
        model_info=model_info,
        progress=progress,
    )
    if aims and (label is not None or _has_labels(aims)):
        _everywhere(aim, aims, options=options, output=output)
        return
    if len(aims) > 1:
        _releases_everywhere(aim, aims, options=options, yes=yes, output=output)
        return
    aim = aims[0] if aims else aim
    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(progress))
    release = earlier_release(spec, model=model, cluster=world.cluster) if label is None else None
    if release is not None:
        _roll_back(release, aim=aim, write=write, dry_run=dry_run, timeout=timeout, output=output, progress=progress)
        return
    show(_moved(aim, _looked(aim, options), options), output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The command line, as it was written."""

    label: str | None
    model: str | None
    write: bool
    dry_run: bool
    timeout_s: float
    model_info: tuple[str, ...]
    progress: ProgressStyle


def _looked(aim: Aim, options: _Options) -> Return:
    from tfk8s.app.versions_rollback import choose_return
    from tfk8s.cli import wiring

    spec = aim.spec()
    cluster = wiring.cluster_for(aim, spec=spec)
    return choose_return(spec, label=options.label, model=options.model, cluster=cluster)


def _moved(aim: Aim, back: Return, options: _Options) -> Shown:
    from tfk8s.app.promote_request import PromoteRequest
    from tfk8s.cli import wiring

    spec = aim.spec()
    world = wiring.cluster_world(aim, spec=spec, reporter=reporter(options.progress, region=aim.region))
    request = PromoteRequest(
        action="rollback",
        label=back.label,
        number=back.number,
        spec=spec,
        base=aim.spec_file.parent,
        file=aim.spec_file if aim.spec_file.is_file() else None,
        environment=chosen_environment(),
        model=back.model,
        write=options.write,
        infos=read_infos(spec, options.model_info),
        timeout_s=options.timeout_s,
    )
    return move_label(request, aim=aim, world=world, dry_run=options.dry_run)


def _has_labels(aims: tuple[Aim, ...]) -> bool:
    """Whether the service has labels, in the first region that tells; True where none does, which fails as it must."""
    from tfk8s.app.versions_rollback import has_labels
    from tfk8s.cli import wiring

    def asked(there: Aim) -> bool:
        spec = there.spec()
        return has_labels(spec, cluster=wiring.cluster_for(there, spec=spec))

    return next((outcome.value for outcome in run_in(aims, asked, way="at once") if outcome.value is not None), True)


def _releases_everywhere(aim: Aim, aims: tuple[Aim, ...], *, options: _Options, yes: bool, output: Format) -> None:
    """All regions that have the versions which are fled from, each to its last release with others.

    Raises:
        Tfk8sError: see `roll_back_everywhere`.
    """
    from tfk8s.app.apply import ApplyOptions
    from tfk8s.app.rollback import Target, choose_release
    from tfk8s.app.rollback_regions import Stand, stand_of
    from tfk8s.app.versions_rollback import earlier_release, versions_now
    from tfk8s.cli import wiring
    from tfk8s.cli.regional_ask import Asking
    from tfk8s.cli.rollback_files import FileAim
    from tfk8s.cli.rollback_regions import Manner, roll_back_everywhere

    def look(there: Aim, world: World, spec: ServiceSpec, inventory: Inventory) -> Stand:
        def target() -> Target:
            number = earlier_release(spec, model=options.model, cluster=world.cluster)
            found = choose_release(inventory, number=number, name=wiring.service_name(spec))
            return replace(found, why="it is the last one with other versions")

        now = versions_now(spec, model=options.model, cluster=world.cluster)
        return stand_of(there.region or "", inventory, target=target, change=now)

    manner = Manner(
        files=FileAim(aim=aim, out=None, form="plain", write_to=None, is_wanted=options.write),
        options=ApplyOptions(timeout_s=options.timeout_s),
        ca_file=None,
        asking=Asking(yes=yes, dry_run=options.dry_run, warning=""),
        progress=options.progress,
        output=output,
    )
    roll_back_everywhere(aims, look, manner=manner)


def _everywhere(aim: Aim, aims: tuple[Aim, ...], *, options: _Options, output: Format) -> None:
    """All regions at the same time, to where the first goes back; one that the change had not reached stays.

    Raises:
        Tfk8sError: see `in_regions`.
    """
    from tfk8s.app.versions_rollback import is_back
    from tfk8s.cli import wiring

    looked = run_in(aims, lambda there: _looked(there, options), way="at once")
    known = [(there, outcome.value) for there, outcome in zip(aims, looked, strict=True) if outcome.value is not None]
    first, back = known[0] if known else (aims[0], None)

    def moved(there: Aim) -> Shown:
        if back is None:
            return _moved(there, _looked(there, options), options)  # tells what is wrong
        spec = there.spec()
        if there is not first and is_back(spec, back, cluster=wiring.cluster_for(there, spec=spec)):
            text = f"nothing changed: label {back.label} of {back.model} leads to version {back.number} here"
            return Shown(document={"changed": False, "to": back.number}, text=lambda: text)
        return _moved(there, back, options if there is first else replace(options, write=False))

    words = (options.label,) if options.label is not None else ()
    show_outcomes(run_in(aims, moved, way="at once"), output=output, again=again(aim, *words))


def _roll_back(release: int, *, aim: Aim, write: bool, **options: object) -> None:
    from tfk8s.cli.rollback import rollback_command as rollback

    click.get_current_context().invoke(
        rollback,
        release=release,
        spec_file=aim.spec_file,
        namespace=aim.namespace,
        context=aim.context,
        kubeconfig=aim.kubeconfig,
        no_write=not write,
        **options,
    )
