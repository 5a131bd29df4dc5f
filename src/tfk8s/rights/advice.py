"""What to do about a right that a login has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tfk8s.rights.need import Grade
from tfk8s.rights.right import Right, Rule, rules_of
from tfk8s.rights.table import NEEDS, ROLES, Role

_READS: Final = frozenset({"get", "list", "watch"})
_NOT_VIEWED: Final = frozenset(
    {"secrets", "jobs", "pods/exec", "persistentvolumeclaims", "namespaces", "gatewayclasses", "ingressclasses"}
)
"""What only those who deploy get."""

_BESIDE: Final = ("-canary", "-trial", "-publisher")
"""How objects are called that tfk8s makes beside a service for a while, and that only who deploys looks at."""

_MOST_SHOWN: Final = 2


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
    return right.verb == "get" and right.resource not in _NOT_VIEWED and not right.name.endswith(_BESIDE)


def advice(missing: Sequence[Right]) -> str:
    """As the hint of an error: who can help, with which command, and the rules that are lacking."""
    role: Role = "viewer" if all(map(_is_viewed, missing)) else "deployer"
    lines = [rule.line() for place in sorted({right.namespace for right in missing}) for rule in _rules(missing, place)]
    more = f" and {len(lines) - _MOST_SHOWN} more" if len(lines) > _MOST_SHOWN else ""
    them = "them" if len(missing) > 1 else "it"
    reasons = [*map(_why_left_out, missing)]
    if all(reasons):
        return f"no role of `tfk8s rbac` has {them}: {reasons[0]}"
    return (
        f"an administrator gives {them}: `tfk8s rbac --role {role}` writes the role to apply; "
        f"lacking here: {', '.join(lines[:_MOST_SHOWN])}{more}"
    )


def _why_left_out(right: Right) -> str:
    """Why no role has what is about every object of a kind; "" when one has it, or when it is about one object."""
    resource = f"{right.group}/{right.resource}" if right.group else right.resource
    needs = (need for command in NEEDS.values() for need in command if need.grade is Grade.LEFT_OUT)
    return next(
        (
            need.why
            for need in needs
            if (need.resource, need.is_wide) == (resource, not right.namespace) and right.verb in need.verbs
        ),
        "",
    )


def _rules(missing: Sequence[Right], namespace: str) -> tuple[Rule, ...]:
    return rules_of(right for right in missing if right.namespace == namespace)
