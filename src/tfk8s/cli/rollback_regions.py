"""`tfk8s rollback` in several regions: shown for all, asked once, done in all at once; the spec is written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.output import Format, tell, warn
from tfk8s.cli.progress import ProgressStyle, reporter
from tfk8s.cli.regional import Shown, again, run_all, run_in, show_outcomes
from tfk8s.cli.regional_ask import Asking, Intent, asked_in_regions
from tfk8s.cli.rollback_files import FileAim
from tfk8s.cli.rollback_text import as_json, as_text, files_json, files_text, plan_text, release_text

if TYPE_CHECKING:
    from tfk8s.app.apply import ApplyOptions
    from tfk8s.app.carry_out import World
    from tfk8s.app.git_change import GitChange
    from tfk8s.app.regions import Outcome
    from tfk8s.app.rollback import Target
    from tfk8s.app.rollback_regions import Restored, Stand
    from tfk8s.app.service import Deployable
    from tfk8s.plan import Inventory, Plan, Revision
    from tfk8s.spec import ServiceSpec

Look: TypeAlias = "Callable[[Aim, World, ServiceSpec, Inventory], Stand]"
"""How the service stands in a region, and what it would go back to there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The command line, beside which regions are meant."""

    files: FileAim
    options: ApplyOptions
    ca_file: Path | None
    asking: Asking
    progress: ProgressStyle
    output: Format


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The service in one region, as it is recorded there."""

    aim: Aim
    world: World
    spec: ServiceSpec
    inventory: Inventory
    stand: Stand

    def staying(self) -> str:
        """What is said of a region that the change has not reached."""
        current = self.inventory.revision
        release = f"it stays at release {current.number}" if current is not None else "nothing is recorded there"
        return f"nothing changed: what the others go back from has not come here, {release}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """What going back would be in one region; without a target it stays as it is."""

    place: _Place
    target: Target | None = None
    plan: Plan | None = None
    restored: Restored | None = None


def roll_back_everywhere(aims: tuple[Aim, ...], look: Look, *, manner: Manner) -> None:
    """Go back in all of these regions that the newest change has reached.

    Raises:
        Tfk8sError: see `in_regions`; or no file can say what all regions have, and nothing was changed.
    """
    going = _looked(aims, look, manner=manner)
    change = _spec_of_all(going, manner=manner)
    for note in change.notes:
        warn(note)
    places = {outcome.region: partial(_intent, outcome, manner=manner) for outcome in going}
    outcomes = asked_in_regions(places, asking=manner.asking)
    if all(outcome.error is None for outcome in outcomes):
        outcomes = _written(change, outcomes, manner=manner)
    elif change.paths:
        tell(f"{', '.join(map(str, change.paths))} stays as it is until all regions are back")
    show_outcomes(outcomes, output=manner.output, again=again(manner.files.aim))


def files_of_all(aims: tuple[Aim, ...], look: Look, *, manner: Manner) -> GitChange:
    """The files alone.

    Raises:
        Tfk8sError: a region cannot be looked at, or no file can say what all of them had.
    """
    from tfk8s.app.regions import failure_of

    going = _looked(aims, look, manner=manner)
    failure = failure_of(going, again=again(manner.files.aim))
    if failure is not None:
        raise failure
    return _spec_of_all(going, manner=manner)


def _looked(aims: tuple[Aim, ...], look: Look, *, manner: Manner) -> tuple[Outcome[_Going], ...]:
    from tfk8s.app.regions import Outcome
    from tfk8s.app.rollback_regions import reached

    def placed(aim: Aim) -> _Place:
        from tfk8s.app.planning import read_inventory
        from tfk8s.cli import wiring

        spec = aim.spec()
        world = wiring.cluster_world(aim, spec=spec, reporter=reporter(manner.progress, region=aim.region))
        inventory = read_inventory(wiring.service_name(spec), cluster=world.cluster)
        stand = look(aim, world, spec, inventory)
        return _Place(aim=aim, world=world, spec=spec, inventory=inventory, stand=stand)

    looked = run_in(aims, placed, way="at once")
    places = {outcome.region: outcome.value for outcome in looked if outcome.value is not None}
    meant = reached([place.stand for place in places.values()])
    work = {name: partial(_going, place, is_meant=name in meant, manner=manner) for name, place in places.items()}
    going = {outcome.region: outcome for outcome in run_all(work, way="at once")}
    return tuple(
        going.get(outcome.region) or Outcome(region=outcome.region, state="failed", error=outcome.error)
        for outcome in looked
    )


def _going(place: _Place, *, is_meant: bool, manner: Manner) -> _Going:
    from tfk8s.app.apply import plan_options, refuse_blocked
    from tfk8s.app.planning import plan_service
    from tfk8s.app.rollback_regions import Restored

    if not is_meant:
        return _Going(place=place)
    cluster, target = place.world.cluster, place.stand.target()
    deployable = _deployable(place, target)
    options = plan_options(deployable, manner.options)
    plan = plan_service(deployable, cluster=cluster, options=options).plan
    refuse_blocked(plan)
    restored = None
    if manner.files.is_wanted:
        files = replace(manner.files, aim=place.aim)
        spec = files.spec_of_release(target.release, cluster=cluster, is_alone=False)
        restored = Restored(release=target.release, spec=spec)
    return _Going(place=place, target=target, plan=plan, restored=restored)


def _deployable(place: _Place, target: Target) -> Deployable:
    from tfk8s.app.rollback import deployable_of
    from tfk8s.cli import wiring

    return deployable_of(target, name=wiring.service_name(place.spec), models=wiring.model_names(place.spec))


def _spec_of_all(going: tuple[Outcome[_Going], ...], *, manner: Manner) -> GitChange:
    """The spec file, checked before anything is changed."""
    from tfk8s.app.git_change import GitChange, says_the_same
    from tfk8s.app.rendering import supported_minor
    from tfk8s.app.rollback_regions import one_spec

    known = {outcome.region: outcome.value for outcome in going if outcome.value is not None}
    restored = {name: each.restored for name, each in known.items() if each.restored is not None}
    base = manner.files.aim.spec_file.parent

    def is_same(text: str, region: str, release: Revision) -> bool:
        minor = supported_minor(known[region].place.world.cluster.release())
        return says_the_same(text, release, base=base, minor=minor, region=region)

    spec = one_spec(restored, says_the_same=is_same)
    return GitChange() if spec is None else manner.files.checked(GitChange(spec=spec))


def _intent(outcome: Outcome[_Going], *, manner: Manner) -> Intent:
    if outcome.error is not None:
        raise outcome.error
    going = outcome.value
    assert going is not None  # noqa: S101 - one without an error has a value
    place, target, plan = going.place, going.target, going.plan
    if target is None or plan is None:
        shown = Shown(document=as_json(None, subject=place.spec.name, dry_run=False), text=place.staying)
        return Intent(shown=shown, is_empty=True, question="", carry_out=lambda: shown)
    dry_run = manner.asking.dry_run
    subject = f"{place.spec.name} to release {target.release.making.restores or target.release.number}"
    lines = "\n".join((release_text(target), *plan_text(plan)))
    return Intent(
        shown=Shown(document=as_json(None, subject=subject, dry_run=dry_run), text=lambda: lines),
        is_empty=target.is_current and not plan.pending and not place.inventory.attempt,
        question="go back?",
        carry_out=lambda: _carried_out(place, target, subject=subject, manner=manner),
    )


def _carried_out(place: _Place, target: Target, *, subject: str, manner: Manner) -> Shown:
    from tfk8s.app.apply import apply_service
    from tfk8s.cli import wiring

    access = wiring.server_access(place.world.cluster, ca_file=manner.ca_file)
    applied = apply_service(_deployable(place, target), world=place.world, access=access, options=manner.options)
    return Shown(
        document=as_json(applied, subject=subject, dry_run=False), text=lambda: as_text(applied, subject=subject)
    )


def _written(change: GitChange, outcomes: tuple[Outcome[Shown], ...], *, manner: Manner) -> tuple[Outcome[Shown], ...]:
    """Write the file, and tell of it in the last region: the file has what all of them have."""
    from tfk8s.app.git_change import write_change
    from tfk8s.app.regions import mapped

    if not manner.files.is_wanted:
        return outcomes
    dry_run = manner.asking.dry_run
    paths = [str(path) for path in change.paths]
    if not dry_run:
        write_change(change)
    places = ", ".join(outcome.region for outcome in outcomes)
    name = manner.files.aim.in_regions()[0].spec().name
    subject = f"{name} in {places}"

    def told(shown: Shown) -> Shown:
        document = shown.document if isinstance(shown.document, dict) else {}
        text = "\n".join((shown.text(), *files_text(paths, written=paths, subject=subject, dry_run=dry_run)))
        return Shown(document={**document, **files_json(paths, written=paths, subject=subject)}, text=lambda: text)

    return (*outcomes[:-1], mapped(outcomes[-1], told))
