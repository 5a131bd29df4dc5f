"""A release whose running pods were moved to another configuration: the place to go back to has that too. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.manifest.server_config import MODELS_FILE, config_hash
from tfk8s.plan.followed import running_config, with_hash
from tfk8s.plan.inventory import Inventory
from tfk8s.plan.release import Making

_UNTOLD = Making(live="what the running pods were moved to; tfk8s versions history tells by whom")


def caught_up(
    inventory: Inventory, *, live: Callable[[ObjectRef], JsonObject | None], making: Making = _UNTOLD
) -> Inventory:
    """The record with what the pods of the last release were seen to follow, as a release of its own.

    A live change ends with a note on the Deployment; without that note nobody saw all pods follow. Nor is anything
    known of what was applied since and never seen answering: the record stays as it is then.

    Args:
        inventory: what is recorded.
        live: an object as it is now, None for one that is not there.
        making: how the release came to be, by whoever knows it.
    """
    if inventory.revision is None or inventory.attempt:
        return inventory
    manifests = moved(inventory.revision.manifests, live=live)
    if manifests is None:
        return inventory
    known = replace(making, models=inventory.revision.making.models)
    return replace(inventory.settled(manifests, making=known), objects=inventory.objects)


def moved(manifests: Manifests, *, live: Callable[[ObjectRef], JsonObject | None]) -> Manifests | None:
    """The objects with the configuration that the pods follow now; None where that is their own, or is not known."""
    config = next((item for item in manifests if text_at(item.body, "data", MODELS_FILE)), None)
    deployment = next((item for item in manifests if _hash_of(item)), None)
    if config is None or deployment is None:
        return None
    text = text_at(live(config.ref), "data", MODELS_FILE)
    data: JsonObject = {**object_at(config.body, "data"), MODELS_FILE: text}
    follows = config_hash({name: content for name, content in data.items() if isinstance(content, str)})
    if follows == _hash_of(deployment) or running_config(live(deployment.ref)) != follows:
        return None
    new = {
        config.ref: Manifest(ref=config.ref, body={**config.body, "data": data}),
        deployment.ref: with_hash(deployment, follows),
    }
    return tuple(new.get(item.ref, item) for item in manifests)


def _hash_of(manifest: Manifest) -> str:
    return text_at(manifest.body, "spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)
