"""The use-case of `tfk8s rollback`: an earlier release becomes current on the same way as any other, and is proven."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.service import Deployable, Origin, ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.plan import Inventory, Revision
from tfk8s.spec import load_spec

_NO_RECORD = "apply records each release that answers; where a GitOps tool applies, use --revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The release to go back to, and why it is this one.

    Attributes:
        is_current: it is the last one that answered already.
        why: a sentence for people; lower case, no full stop.
    """

    release: Revision
    is_current: bool
    why: str


def choose_release(inventory: Inventory, *, number: int | None, name: ServiceName) -> Target:
    """The release of that number; without one, the one before what was applied last.

    A service that was rolled back already stays where it is: running the command again never brings back what was
    fled from.

    Raises:
        PreconditionError: nothing is recorded.
        InputError: there is no such release, or none before the current one.
    """
    current = inventory.revision
    if current is None:
        raise PreconditionError(f"no release of {name.name} in {name.namespace} is recorded", hint=_NO_RECORD)
    if number is not None:
        return _numbered(inventory, number, current=current)
    begun = inventory.attempted()
    if begun is not None:
        return Target(release=begun, is_current=False, why="a return to it was begun and not seen to its end")
    if inventory.attempt:
        why = f"what was applied last has not been seen answering; release {current.number} is the last that was"
        return Target(release=current, is_current=True, why=why)
    if current.making.restores is not None:
        why = f"release {current.number} is the return to release {current.making.restores} already"
        return Target(release=current, is_current=True, why=why)
    if current.making.is_return:
        why = f"with release {current.number} a label was returned already; a number goes back further"
        return Target(release=current, is_current=True, why=why)
    if not inventory.earlier:
        raise InputError(
            f"release {current.number} is the only one that is known",
            hint="git log shows older ones; tfk8s rollback --revision REVISION restores the files of one",
        )
    return Target(release=inventory.earlier[-1], is_current=False, why=f"it is the one before {current.number}")


def _numbered(inventory: Inventory, number: int, *, current: Revision) -> Target:
    found = next((item for item in inventory.releases if item.number == number), None)
    if found is None:
        known = ", ".join(str(item.number) for item in inventory.releases)
        raise InputError(f"there is no release {number}", hint=f"known are {known}; tfk8s history shows them")
    same = inventory.is_current(found.manifests)
    return Target(release=current if same else found, is_current=same, why="it was asked for")


def deployable_of(target: Target, *, name: ServiceName, models: tuple[str, ...]) -> Deployable:
    """The release as something to apply.

    Args:
        target: what to go back to.
        name: the service as the spec says it now.
        models: names to ask, for a release that does not tell its own.
    """
    release = target.release
    making = release.making
    restores = making.restores if target.is_current else release.number
    return Deployable(
        name=_name_then(release, now=name),
        manifests=release.manifests,
        models=making.models or models,
        origin=Origin(spec=making.spec, environment=making.environment, restores=restores),
    )


def _name_then(release: Revision, *, now: ServiceName) -> ServiceName:
    """The service with the names of objects that its spec kept at that time."""
    making = release.making
    if not making.spec:
        return now
    try:
        spec = load_spec(
            making.spec, source=f"the spec of release {release.number}", environment=making.environment or None
        )
    except InputError:
        return now  # a field that this version of tfk8s does not know any more; the manifests do not need it
    then = ServiceName.of(spec)
    return ServiceName(name=now.name, namespace=now.namespace, objects=then.objects)
