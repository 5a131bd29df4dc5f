"""Writes the record of a service: what may be live, and the releases that answered."""

from __future__ import annotations

from tfk8s.app.carry_out import World
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import Deployable, ServiceName
from tfk8s.clock import rfc3339
from tfk8s.plan import Inventory, Making, inventory_ref, to_config_map
from tfk8s.ports import ObjectChanged


def record(name: ServiceName, inventory: Inventory, *, world: World) -> None:
    """Write the record, unless it says so already: an unchanged service must not get a new resourceVersion."""
    if read_inventory(name, cluster=world.cluster) == inventory:
        return
    ref = inventory_ref(name=name.name, namespace=name.namespace)
    world.cluster.apply(to_config_map(inventory, ref=ref, labels=name.labels))
    world.reporter.emit(ObjectChanged(ref=ref, action="record"))


def settle(deployable: Deployable, *, world: World, proven: bool) -> int | None:
    """Write the exact record. Without a wait nobody saw it answer, so the place to go back to stays the old one.

    Returns the number of the last release that answered, None when none did.
    """
    inventory = read_inventory(deployable.name, cluster=world.cluster)
    if proven:
        making = None if inventory.is_current(deployable.manifests) else _making(deployable, world=world)
        settled = inventory.settled(deployable.manifests, making=making)
    else:
        settled = inventory.unproven(deployable.manifests)
    record(deployable.name, settled, world=world)
    return settled.revision.number if settled.revision else None


def _making(deployable: Deployable, *, world: World) -> Making:
    origin = deployable.origin
    return Making(
        time=rfc3339(world.clock.utc_now()),
        author=world.cluster.user(),
        spec=origin.spec,
        environment=origin.environment,
        models=deployable.models,
        restores=origin.restores,
    )
