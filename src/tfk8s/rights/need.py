"""What one entry of the table of rights says: verbs, on what, and what becomes of a command without them."""

from __future__ import annotations

import enum
from typing import Literal, NamedTuple, TypeAlias

Thing: TypeAlias = Literal[
    "objects", "optional objects", "deployment", "service", "config", "scaler", "record", "claims", "namespace",
    "place", "keys", "token keys", "sign-in", "gateway", "gateway class", "ingress class", "heir", "canary",
    "canary config", "canary scaler", "trial", "publisher", "kinds",
]  # fmt: skip
"""What a service consists of and names, from the spec alone: `Things` says which objects each of them is."""


class Grade(enum.Enum):
    """What becomes of a command without a right."""

    NEEDED = "needed"
    TOLD = "told"
    """It goes on, and leaves out what it could not read."""

    LEFT_OUT = "left out"
    """As `TOLD`; and no role has it, because it would show or give too much."""


class Need(NamedTuple):
    """Verbs on one thing of the service, or on all objects of a kind.

    Attributes:
        thing: objects by name; "" when `resource` is given.
        resource: `GROUP/PLURAL` of a namespace, the core group without its part; with a subresource as `pods/log`.
        is_wide: of the whole cluster, because the kind is in no namespace or all namespaces are meant.
        when: only for a service that has this part.
        why: of what is left out.
    """

    verbs: tuple[str, ...]
    thing: Thing | Literal[""] = ""
    resource: str = ""
    is_wide: bool = False
    grade: Grade = Grade.NEEDED
    when: Thing | Literal[""] = ""
    why: str = ""

    @property
    def told(self) -> Need:
        """The same, without which the command goes on."""
        return self._replace(grade=Grade.TOLD)

    def left_out(self, why: str) -> Need:
        """The same, which no role has."""
        return self._replace(grade=Grade.LEFT_OUT, why=why)


Needs: TypeAlias = tuple[Need, ...]


def of(thing: Thing, *verbs: str) -> Need:
    """On a part of the service, by name."""
    return Need(verbs=verbs, thing=thing)


def all_of(resource: str, *verbs: str) -> Need:
    """On every object of a kind in the namespace."""
    return Need(verbs=verbs, resource=resource)


def wide(resource: str, *verbs: str) -> Need:
    """On a kind that is in no namespace; every command goes on without."""
    return Need(verbs=verbs, resource=resource, is_wide=True).told
