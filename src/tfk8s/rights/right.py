"""One right as Kubernetes knows it, and which rules give it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from tfk8s.manifest import JsonObject, ObjectRef

VERBS: Final = ("get", "list", "watch", "create", "patch", "update", "delete")
"""In the order in which rules name them."""

ANY: Final = "*"
_PLURALS: Final = {"Endpoints": "endpoints", "Rules": "rules", "PodMetrics": "pods"}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Right:
    """A verb on a resource.

    Attributes:
        namespace: where; "" for the whole cluster.
        group: the API group, "" for the core group.
        resource: the plural, as `pods`, with a subresource as `pods/log`.
        name: of the one object; "" for any.
        verb: in Kubernetes' words.
    """

    namespace: str = ""
    group: str = ""
    resource: str
    name: str = ""
    verb: str

    def __str__(self) -> str:
        """As `patch deployments.apps resnet in namespace prod`."""
        base, _, part = self.resource.partition("/")
        resource = ".".join(filter(None, (base, self.group))) + (f"/{part}" if part else "")
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return " ".join(filter(None, (self.verb, resource, self.name, where)))


class Rule(NamedTuple):
    """What one rule of a role gives; `names` of () means any object."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def allows(self, right: Right) -> bool:
        """Whether the rule gives the right, in the namespace that its role is bound in."""
        part = right.resource.partition("/")[2]
        resources = {right.resource, ANY, *([f"{ANY}/{part}"] if part else [])}
        return (
            not {right.group, ANY}.isdisjoint(self.groups)
            and not resources.isdisjoint(self.resources)
            and not {right.verb, ANY}.isdisjoint(self.verbs)
            and (not self.names or (bool(right.name) and right.name in self.names))
        )

    def body(self) -> JsonObject:
        """As a role holds it."""
        found: JsonObject = {"apiGroups": [*self.groups], "resources": [*self.resources]}
        if self.names:
            found["resourceNames"] = [*self.names]
        return {**found, "verbs": [*self.verbs]}

    def line(self) -> str:
        """On one line, as YAML reads it."""
        return f"{{{', '.join(f'{key}: {json.dumps(value)}' for key, value in self.body().items())}}}"


def rules_of(rights: Iterable[Right]) -> tuple[Rule, ...]:
    """The fewest rules that give exactly these rights, all of one namespace or of the whole cluster."""
    verbs: dict[tuple[str, str, str], set[str]] = {}
    for right in rights:
        verbs.setdefault((right.group, right.resource, right.name), set()).add(right.verb)
    names: dict[tuple[str, str, tuple[str, ...], bool], set[str]] = {}
    for (group, resource, name), found in verbs.items():
        more = found - verbs.get((group, resource, ""), set()) if name else found
        if more:
            names.setdefault((group, resource, _in_order(more), bool(name)), set()).add(name)
    resources: dict[tuple[str, tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for (group, resource, ordered, is_named), called in names.items():
        resources.setdefault((group, ordered, tuple(sorted(called)) if is_named else ()), set()).add(resource)
    rules = (
        Rule(groups=(group,), resources=tuple(sorted(found)), verbs=ordered, names=called)
        for (group, ordered, called), found in resources.items()
    )
    return tuple(sorted(rules, key=lambda rule: (rule.groups, rule.resources, rule.names, rule.verbs)))


def told(rights: Iterable[Right]) -> tuple[str, ...]:
    """A line for each object: `get, patch deployments.apps resnet in namespace prod`."""
    verbs: dict[Right, list[str]] = {}
    for right in rights:
        verbs.setdefault(replace(right, verb=""), []).append(right.verb)
    return tuple(f"{', '.join(_in_order(found))} {place}" for place, found in verbs.items())


def _in_order(verbs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(verbs, key=lambda verb: (VERBS.index(verb) if verb in VERBS else len(VERBS), verb)))


def resource_of(ref: ObjectRef) -> str:
    """The plural of a kind that tfk8s renders or reads; nearly all follow English."""
    name = ref.kind.lower()
    if ref.kind in _PLURALS:
        return _PLURALS[ref.kind]
    if name.endswith("s"):
        return f"{name}es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def rights_on(refs: Iterable[ObjectRef], *verbs: str) -> tuple[Right, ...]:
    """These verbs on each of these objects."""
    return tuple(
        Right(verb=verb, group=ref.group, resource=resource_of(ref), namespace=place_of(ref), name=ref.name)
        for ref in refs
        for verb in verbs
    )


def place_of(ref: ObjectRef) -> str:
    """Where a role must be bound to reach an object: that of a namespace is in itself, for Kubernetes' authorizer."""
    return ref.name if (ref.api_version, ref.kind) == ("v1", "Namespace") else ref.namespace
