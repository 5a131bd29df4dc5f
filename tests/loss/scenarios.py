"""What happens to a service, once for ours and once for the plain one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.loss.ours import Ours
from tests.loss.plain import Plain

REPLICAS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One line of the table.

    Attributes:
        name: for people.
        ours: what happens to our service; None where there is nothing to compare.
        plain: the same with kubectl; None where the tutorial has no way for it.
        ours_before: brings our service to where it begins, without load.
        plain_before: the same for the plain one.
        needs_nodes: how many nodes it takes.
    """

    name: str
    ours: Callable[[Ours], None] | None = None
    plain: Callable[[Plain], None] | None = None
    ours_before: Callable[[Ours], None] = lambda stage: stage.start(replicas=REPLICAS)
    plain_before: Callable[[Plain], None] = lambda stage: stage.apply(version=1, replicas=REPLICAS)
    needs_nodes: int = 1


def _with_version_2(stage: Ours) -> None:
    """Version 2 is loaded, and the label leads to version 1; a line before may have left it so."""
    if stage.labelled != 1 or 2 not in stage.versions or stage.has_canary():
        stage.start(replicas=REPLICAS)
        stage.add(2)
    stage.settle()


def _promoted(stage: Ours) -> None:
    _with_version_2(stage)
    stage.promote(2)


def _with_canary(stage: Ours) -> None:
    if not stage.has_canary():
        _with_version_2(stage)
        stage.start_canary(2)


def _add_and_promote(stage: Ours) -> None:
    stage.add(2)
    stage.promote(2)


def _changed(stage: Plain) -> None:
    stage.apply(version=1, replicas=REPLICAS)
    stage.set_image(2)
    stage.settle()


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="rolling update of the image",
        ours=lambda stage: stage.new_image(),
        plain=lambda stage: stage.set_image(2),
    ),
    Scenario(
        name="version added and promoted",
        ours=_add_and_promote,
        plain=lambda stage: stage.set_image(2),  # the tutorial's way: another image
    ),
    Scenario(
        name="rolled back",
        ours=lambda stage: stage.roll_back(),
        ours_before=_promoted,
        plain=lambda stage: stage.undo(),
        plain_before=_changed,
    ),
    Scenario(name="canary started", ours=lambda stage: stage.start_canary(2), ours_before=_with_version_2),
    Scenario(name="canary aborted", ours=lambda stage: stage.abort_canary(), ours_before=_with_canary),
    Scenario(name="canary promoted", ours=lambda stage: stage.promote_canary(2), ours_before=_with_version_2),
    Scenario(
        name="scale up",
        ours=lambda stage: stage.scale(REPLICAS + 1),
        plain=lambda stage: stage.scale(REPLICAS + 1),
    ),
    Scenario(
        name="scale down",
        ours=lambda stage: stage.scale(REPLICAS - 1),
        plain=lambda stage: stage.scale(REPLICAS - 1),
    ),
    Scenario(
        name="pod deleted",
        ours=lambda stage: stage.delete_pod(),
        plain=lambda stage: stage.delete_pod(),
    ),
    Scenario(
        name="node drained",
        ours=lambda stage: stage.drain(),
        plain=lambda stage: stage.drain(),
        needs_nodes=3,
    ),
)
