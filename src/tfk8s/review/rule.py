"""A rule tells one field in words; rules are tables, and the first that matches a difference counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.names.printable import printable
from tfk8s.review.risk import Risk

Steps = tuple[str, ...]
ANY = "*"
"""In a pattern: one step, whatever it is."""

CONSEQUENCE: Mapping[Risk, str] = {
    Risk.NONE: "no restart",
    Risk.RESTART: "rolls all pods",
    Risk.DOWNTIME: "clients fail",
    Risk.DATA: "stored data may be lost",
}
"""What follows from a change of which no more is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All objects before and after: what one change means may depend on another object."""

    before: Mapping[ObjectRef, JsonObject] = field(default_factory=dict)
    after: Mapping[ObjectRef, JsonObject] = field(default_factory=dict)

    def following(self, kind: str) -> tuple[JsonObject, ...]:
        """The objects of a kind that there will be."""
        return tuple(body for ref, body in self.after.items() if ref.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a rule is asked about.

    Attributes:
        place: the steps of the place that the rule's pattern led to.
        names: the steps that `ANY` of the pattern stood for, without brackets.
        before: the value at the place of the pattern, None when there is none.
        after: the same afterwards.
        old: the whole object before; new: the whole object after.
        world: the other objects.
    """

    place: Steps
    names: Steps
    before: JsonValue
    after: JsonValue
    old: JsonObject
    new: JsonObject
    world: World

    @property
    def name(self) -> str:
        """The last step of the place, without brackets."""
        return _plain(self.place[-1])

    @property
    def pair(self) -> tuple[str, str]:
        """Both values as text, "" for anything else."""
        return text_at({"v": self.before}, "v"), text_at({"v": self.after}, "v")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What changes, the risk, and what follows when that is more than the risk's own words."""

    what: str
    risk: Risk
    then: str = ""

    @property
    def sentence(self) -> str:
        """As a person would say it: one printable line, whatever the values that it names hold."""
        return printable(f"{self.what}: {self.then or CONSEQUENCE[self.risk]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Tells whatever differs at or below the place of a pattern as one change.

    Attributes:
        pattern: steps from the top of the object; `ANY` stands for any one step.
        tell: the words.
        only_whole: match only when the value at the place appears or disappears as a whole.
    """

    pattern: Steps
    tell: Callable[[Field], Told]
    only_whole: bool = False

    def matches(self, steps: Steps) -> bool:
        """Whether a difference with these steps is at or below the place."""
        if len(steps) < len(self.pattern):
            return False
        return all(wanted in (ANY, step) for wanted, step in zip(self.pattern, steps, strict=False))

    def names(self, steps: Steps) -> Steps:
        """The steps at the places of `ANY`, without brackets."""
        pairs = zip(self.pattern, steps, strict=False)
        return tuple(_plain(step) for wanted, step in pairs if wanted == ANY)


def below(prefix: Steps, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The same rules for a part of an object that stands at `prefix`."""
    return tuple(Rule(pattern=(*prefix, *rule.pattern), tell=rule.tell, only_whole=rule.only_whole) for rule in rules)


def _plain(step: str) -> str:
    return step[1:-1] if step.startswith("[") and step.endswith("]") else step
