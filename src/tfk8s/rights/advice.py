"""What to do about a right that a login has not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tfk8s.rights.looks import is_covered
from tfk8s.rights.need import Grade
from tfk8s.rights.right import Right, Rule, rules_of
from tfk8s.rights.table import NEEDS, ROLES, Role
from tfk8s.rights.things import GIVEN

_MOST_SHOWN: Final = 2


def role_for(missing: Iterable[Right]) -> Role:
    """The least role that has all of it, by the kinds and names alone; the last one where these do not tell."""
    rights = (*missing,)
    able = (role for role in ROLES if all(_has(role, right) for right in rights))
    return next(able, [*ROLES][-1])


def _has(role: Role, right: Right) -> bool:
    needs = (need for command in ROLES[role] for need in NEEDS[command] if need.grade in GIVEN)
    return any(is_covered(right, need) for need in needs)


def advice(missing: Sequence[Right]) -> str:
    """As the hint of an error: who can help, with which command, and the rules that are lacking."""
    lines = [rule.line() for place in sorted({right.namespace for right in missing}) for rule in _rules(missing, place)]
    more = f" and {len(lines) - _MOST_SHOWN} more" if len(lines) > _MOST_SHOWN else ""
    them = "them" if len(missing) > 1 else "it"
    given = [right for right in missing if not _why_left_out(right)]
    if not given:
        return f"no role of `tfk8s rbac` has {them}: {_why_left_out(missing[0])}"
    return (
        f"an administrator gives {them}: `tfk8s rbac --role {role_for(given)}` writes the role to apply; "
        f"lacking here: {', '.join(lines[:_MOST_SHOWN])}{more}"
    )


def _why_left_out(right: Right) -> str:
    """Why no role has what is about every object of a kind; "" when one has it, or when it is about one object."""
    needs = (need for command in NEEDS.values() for need in command if need.grade is Grade.LEFT_OUT)
    return next((need.why for need in needs if need.resource and is_covered(right, need)), "")


def _rules(missing: Sequence[Right], namespace: str) -> tuple[Rule, ...]:
    return rules_of(right for right in missing if right.namespace == namespace)
