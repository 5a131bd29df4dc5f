"""A live change that all pods were seen to follow is a release too: what goes back later goes back to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tfk8s.app.carry_out import World
from tfk8s.app.planning import read_inventory
from tfk8s.app.record import record
from tfk8s.app.service import ServiceName
from tfk8s.clock import rfc3339
from tfk8s.errors import InputError
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.server_config import MODELS_FILE, ServerConfig, read_server_config
from tfk8s.manifest.yaml_splice import NotEditableError
from tfk8s.plan import Making, caught_up
from tfk8s.ports import Note
from tfk8s.spec import ServiceSpec, load_regions, load_spec

_UNPROVEN = (
    "this is recorded as no release: what was applied last has not been seen answering, and an apply that fails goes "
    "back to the release before; tfk8s apply proves it"
)


def record_moved(
    name: ServiceName, *, world: World, edit: Callable[[str], str], what: str, is_return: bool = False
) -> None:
    """Record what the pods follow since a live change as the last release, unless that says so already.

    Its spec is that of the release before with the same edit: what else the file says by now is not applied.

    Args:
        name: the service.
        world: of its cluster.
        edit: what the change means to the text of a spec.
        what: the change, for people.
        is_return: whether a label was returned.
    """
    before = read_inventory(name, cluster=world.cluster)
    if before.revision is not None and before.attempt:
        world.reporter.emit(Note(message=_UNPROVEN))
    after = caught_up(before, live=world.cluster.get)
    if after == before or before.revision is None or after.revision is None:
        return
    known = before.revision.making
    making = replace(
        known,
        time=rfc3339(world.clock.utc_now()),
        author=world.cluster.user(),
        spec=_spec_then(known, edit, manifests=after.revision.manifests),
        restores=None,
        live=f"{what}, on the running pods",
        is_return=is_return,
    )
    record(name, replace(after, revision=replace(after.revision, making=making)), world=world)


def _spec_then(known: Making, edit: Callable[[str], str], *, manifests: Manifests) -> str:
    """The spec of the release before, edited; "" where that would not say what the servers have."""
    if not known.spec:
        return ""
    environment = known.environment or None
    config = read_server_config(next(filter(None, (text_at(item.body, "data", MODELS_FILE) for item in manifests))))
    try:
        text = edit(known.spec)
        spec = load_spec(text, source="the spec of the release", environment=environment)
        there = [each.spec for each in load_regions(text, environment=environment)] or [spec]
        return text if any(_says(each, config) for each in there) else ""
    except (NotEditableError, InputError):
        return ""


def _says(spec: ServiceSpec, config: ServerConfig) -> bool:
    for model in spec.served_models:
        has = config.model(model.name)
        listed = set(model.versions) if isinstance(model.versions, tuple) else set()
        if dict(model.labels) != dict(has.labels) or not listed <= has.numbers:
            return False
    return True
