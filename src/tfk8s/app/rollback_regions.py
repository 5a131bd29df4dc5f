"""Going back in several regions: which of them the change has reached, and which spec they all are of afterwards. Pure.

Each region counts releases of its own, and a change that failed on its way is not in all of them. Where it never came
to, what runs is what the others go back to, and going back there too would take away something older.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tfk8s.app.git_change import SpecChange
from tfk8s.app.rollback import Target
from tfk8s.errors import InputError
from tfk8s.plan import Inventory, Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a service stands in one region.

    Attributes:
        region: its name.
        target: what it would go back to there, as a call, which may say that there is nothing.
        since: when the current release answered.
        change: what brought the release that is fled from: the same text in each region that it reached.
        is_unproven: whether something newer than that was applied and never seen answering.
    """

    region: str
    target: Callable[[], Target]
    since: str
    change: str
    is_unproven: bool


def stand_of(region: str, inventory: Inventory, *, target: Callable[[], Target], change: str | None = None) -> Stand:
    """How it stands by its record.

    Args:
        region: its name.
        inventory: the record there.
        target: what it would go back to.
        change: tells changes apart; None for what the release that is fled from says of itself: how running pods were
            changed, else the spec that it was made from.
    """
    current = inventory.revision
    fled = current
    if current is not None and current.making.restores is not None and inventory.earlier:
        fled = inventory.earlier[-1]
    return Stand(
        region=region,
        target=target,
        since=current.making.time if current is not None else "",
        change=change if change is not None else _change_of(fled),
        is_unproven=bool(inventory.attempt) and inventory.attempted() is None,
    )


def _change_of(release: Revision | None) -> str:
    if release is None:
        return ""
    return release.making.live or release.making.spec  # one edit makes different texts of different specs


def reached(stands: Sequence[Stand]) -> frozenset[str]:
    """The regions that the newest change has come to; the others stay as they are."""
    if not stands:
        return frozenset()
    newest = max(stands, key=lambda stand: stand.since)
    alike = {stand.region for stand in stands if stand.change == newest.change}
    unproven = {stand.region for stand in stands if stand.is_unproven}
    if unproven & alike:  # it was tried upon the newest that answered, so it is newer
        return frozenset(unproven)
    return frozenset(alike | unproven)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a region has in the end: a release, and the spec file that says so."""

    release: Revision
    spec: SpecChange


def one_spec(
    restored: Mapping[str, Restored], *, says_the_same: Callable[[str, str, Revision], bool]
) -> SpecChange | None:
    """The spec file that is right in all regions; None for no regions.

    Specs of their releases differ where one of them changed nothing in a region: no release was made of it there.

    Args:
        restored: by the region.
        says_the_same: whether a text, read in a region, gives the objects of a release.

    Raises:
        InputError: no file says what all of them have; nothing was changed.
    """
    known = {each.spec.text: each.spec for each in restored.values()}
    for text, spec in known.items():
        others = ((region, each) for region, each in restored.items() if each.spec.text != text)
        if all(says_the_same(text, region, each.release) for region, each in others):
            return spec
    if not known:
        return None
    raise InputError(
        f"the releases of {', '.join(restored)} were made from specs that differ, and no file can say them all",
        hint="--no-write leaves the file alone; --region NAME goes back in one region alone",
    )
