"""A service as the table of rights names its parts, and what a command then needs of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import ObjectRef
from tfk8s.rights.need import Grade, Need, Needs, Thing
from tfk8s.rights.right import Right, rights_on
from tfk8s.rights.table import NEEDS

GIVEN: Final = frozenset({Grade.NEEDED, Grade.TOLD})
"""What roles give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """The parts of one service.

    Attributes:
        name: of the service.
        namespace: its own.
        refs: the objects that each part is; one without a name stands for all of its kind. A part that the service
            does not have is left out.
    """

    name: str
    namespace: str
    refs: Mapping[Thing, tuple[ObjectRef, ...]]


def rights_for(command: str, things: Things, *, grades: Collection[Grade] = GIVEN) -> frozenset[Right]:
    """What a command needs for this service."""
    return rights_of(NEEDS[command], things, grades=grades)


def rights_of(needs: Needs, things: Things, *, grades: Collection[Grade] = GIVEN) -> frozenset[Right]:
    """The needs of these grades as rights on the objects of the service."""
    return frozenset(right for need in needs if need.grade in grades for right in _rights(need, things))


def _rights(need: Need, things: Things) -> Iterator[Right]:
    if need.thing:
        yield from rights_on(things.refs.get(need.thing, ()), *need.verbs)
        return
    if need.when and need.when not in things.refs:
        return
    group, resource = split_resource(need.resource)
    namespace = "" if need.is_wide else things.namespace
    for verb in need.verbs:
        yield Right(verb=verb, group=group, resource=resource, namespace=namespace)


def split_resource(text: str) -> tuple[str, str]:
    """Group and plural of a resource of the table: `apps/deployments`, `pods`, `pods/log`."""
    group, slash, resource = text.partition("/")
    if not slash or group == "pods":  # the core group has no part of its own, and of it only pods have subresources
        return "", text
    return group, resource
