"""The roles of a service as objects of RBAC: for each namespace a Role, for what is in none a ClusterRole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests
from tfk8s.rights.right import Right, rules_of
from tfk8s.rights.table import ROLES, Role
from tfk8s.rights.things import Things, rights_for

RBAC_GROUP: Final = "rbac.authorization.k8s.io"
_API: Final = f"{RBAC_GROUP}/v1"
_DESCRIPTION: Final = "kubernetes.io/description"
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#description."""

_FORWARD: Final = "pods/portforward"
_JOBS: Final[dict[Role, str]] = {
    "viewer": "looks at it and asks its models",
    "ci": "shows and applies what Git says of it",
    "deployer": "does everything about it",
}


class Holder(NamedTuple):
    """Who gets a role; `namespace` is that of a ServiceAccount."""

    kind: Literal["User", "Group", "ServiceAccount"]
    name: str
    namespace: str = ""

    def body(self) -> JsonObject:
        """As a binding names it."""
        if self.kind == "ServiceAccount":
            return {"kind": self.kind, "name": self.name, "namespace": self.namespace}
        return {"apiGroup": RBAC_GROUP, "kind": self.kind, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOptions:
    """What roles are made with.

    Attributes:
        holders: who gets them; () makes no bindings.
        forwards: whether ports of pods may be forwarded.
        is_wide: whether there is a ClusterRole for what is in no namespace; everything goes on without it.
    """

    holders: tuple[Holder, ...] = ()
    forwards: bool = True
    is_wide: bool = True


def role_rights(role: Role, things: Things, *, options: RoleOptions) -> frozenset[Right]:
    """Everything that a role gives."""
    found = {right for command in ROLES[role] for right in rights_for(command, things)}
    return frozenset(
        right
        for right in found
        if (options.forwards or right.resource != _FORWARD) and (options.is_wide or right.namespace)
    )


def role_objects(role: Role, things: Things, *, options: RoleOptions) -> Manifests:
    """The objects of a role: roles first, each with its binding behind it."""
    rights = role_rights(role, things, options=options)
    namespaces = sorted({right.namespace for right in rights}, key=lambda name: (name != things.namespace, name))
    return tuple(
        Manifest.of(body)
        for namespace in namespaces
        for body in _objects(role, {each for each in rights if each.namespace == namespace}, things, options=options)
    )


def _objects(role: Role, rights: set[Right], things: Things, *, options: RoleOptions) -> Iterator[JsonObject]:
    namespace = next(iter(rights)).namespace
    kind = "Role" if namespace else "ClusterRole"
    metadata = _metadata(role, namespace, things)
    rules: list[JsonValue] = [rule.body() for rule in rules_of(rights)]
    yield {"apiVersion": _API, "kind": kind, "metadata": metadata, "rules": rules}
    if options.holders:
        yield {
            "apiVersion": _API,
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": metadata["name"]},
            "subjects": [holder.body() for holder in options.holders],
        }


def _metadata(role: Role, namespace: str, things: Things) -> JsonObject:
    """A ClusterRole needs a name that no service of another namespace has; a dot stands in no namespace."""
    own = namespace == things.namespace
    name = f"tfk8s-{things.name}-{role}" if own else f"tfk8s-{things.namespace}.{things.name}-{role}"
    service = f"the service {things.name} in {things.namespace}"
    if not namespace:
        text = f"what the {role} of {service} may see that is in no namespace"
    elif own:
        text = f"the {role} of {service}, who {_JOBS[role]} with tfk8s"
    else:
        text = f"what the {role} of {service} may see of the front that its routes join here"
    metadata: JsonObject = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {**metadata, "annotations": {_DESCRIPTION: text}}
