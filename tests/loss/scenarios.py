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


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="rolling update of the image",
        ours=lambda stage: stage.new_image(),
        plain=lambda stage: stage.set_image(2),
    ),
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
