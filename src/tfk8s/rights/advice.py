"""What to do about a right that a login has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tfk8s.rights.right import Right, rule_line
from tfk8s.rights.table import NEEDS, ROLES, Role

_READS: Final = frozenset({"get", "list", "watch"})
_NOT_VIEWED: Final = frozenset(
    {"secrets", "jobs", "pods/exec", "persistentvolumeclaims", "namespaces", "gatewayclasses", "ingressclasses"}
)
"""What only those who deploy get."""

_MOST_SHOWN: Final = 3


def role_for(right: Right) -> Role:
    """The role that a person is pointed to: the viewer's where that has the right, else the deployer's."""
    return "viewer" if _is_viewed(right) else "deployer"


def _is_viewed(right: Right) -> bool:
    if right.verb not in _READS and right.resource != "pods/portforward":
        return False
    resource = f"{right.group}/{right.resource}" if right.group else right.resource
    needs = (need for command in ROLES["viewer"] for need in NEEDS[command])
    if any(need.resource == resource and right.verb in need.verbs for need in needs):
        return True
    return right.verb == "get" and right.resource not in _NOT_VIEWED


def advice(missing: Sequence[Right]) -> str:
    """As the hint of an error: who can help, with which command, and the rules that are lacking."""
    role: Role = "viewer" if all(map(_is_viewed, missing)) else "deployer"
    shown = ", ".join(rule_line(right) for right in missing[:_MOST_SHOWN])
    more = f" and {len(missing) - _MOST_SHOWN} more" if len(missing) > _MOST_SHOWN else ""
    them = "them" if len(missing) > 1 else "it"
    return (
        f"an administrator gives {them}: `tfk8s rbac --role {role}` writes the role to apply; "
        f"lacking here: {shown}{more}"
    )
