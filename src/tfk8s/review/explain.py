"""Explains what changes between two sets of objects: every difference in exactly one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tfk8s.manifest import JsonValue, Manifest, Manifests, ObjectRef
from tfk8s.manifest.difference import ORDER, Difference, path_of
from tfk8s.manifest.order import apply_rank
from tfk8s.review.kinds import rules_of, unknown_risk
from tfk8s.review.presence import added, anew, moved, removed
from tfk8s.review.result import Act, Explained, ExplainedField, Review
from tfk8s.review.rule import Field, Rule, Steps, Told, World
from tfk8s.review.view import REWRITTEN, Compared, compared, value_of
from tfk8s.review.words import change, listed


def explain(before: Manifests, after: Manifests) -> Review:
    """Explain how `after` differs from `before`; secrets are masked in all that is said."""
    world = World(before={item.ref: item.body for item in before}, after={item.ref: item.body for item in after})
    pairs = tuple(_pairs(before, after))
    found = (_explained(one, other, world=world) for one, other in pairs)
    changes = tuple(item for item in found if item is not None)
    ordered = sorted(changes, key=lambda item: (item.act is Act.REMOVE, apply_rank(item.ref), item.ref))
    return Review(changes=tuple(ordered), unchanged=len(pairs) - len(changes))


def explain_anew(ref: ObjectRef, *, fields: Iterable[str]) -> ExplainedField:
    """Explain an object that is deleted and made anew, because these fields cannot be changed."""
    told = anew(ref.kind, fields=tuple(fields))
    return ExplainedField(path=".", sentence=told.sentence, risk=told.risk)


def explain_taken(ref: ObjectRef, *, field: str, holder: str) -> ExplainedField:
    """Explain a field that is taken over from another manager; its value is not known before."""
    path = f".{field.removeprefix('.')}"
    risk = unknown_risk(ref.kind, tuple(path.split(".")[1:]))
    told = Told(what=f"{path} is taken over ({holder})", risk=risk)
    return ExplainedField(path=path, sentence=told.sentence, risk=risk)


def _pairs(before: Manifests, after: Manifests) -> Iterator[tuple[Manifest | None, Manifest | None]]:
    """The same object on both sides: of one name; else of another API version; else alone of its name elsewhere."""
    old, new = {item.ref: item for item in before}, {item.ref: item for item in after}
    for ref in [ref for ref in old if ref in new]:
        yield old.pop(ref), new.pop(ref)
    for same in (_without_version, _without_place):
        olds, news = Counter(map(same, old)), Counter(map(same, new))
        there = {same(ref): ref for ref in new}
        for ref in [ref for ref in old if olds[same(ref)] == news[same(ref)] == 1]:
            yield old.pop(ref), new.pop(there[same(ref)])
    yield from ((item, None) for item in old.values())
    yield from ((None, item) for item in new.values())


def _without_version(ref: ObjectRef) -> tuple[str, str, str]:
    return ref.kind, ref.namespace, ref.name


def _without_place(ref: ObjectRef) -> tuple[str, str, str]:
    return ref.kind, "", ref.name


def _explained(before: Manifest | None, after: Manifest | None, *, world: World) -> Explained | None:
    if before is None and after is not None:
        return _whole(after, added(after.body, world), act=Act.CREATE)
    if before is not None and after is None:
        return _whole(before, removed(before.body, world), act=Act.REMOVE)
    assert before is not None and after is not None  # noqa: S101, PT018 - one of the two is there
    if before.body == after.body:
        return None
    kind = after.ref.kind
    seen = compared(before.body, after.body, views=rules_of(kind).views)
    lines = tuple(_lines(seen, kind=kind, world=world, refs=(before.ref, after.ref)))
    has_moved = before.ref.namespace != after.ref.namespace
    act, was = (Act.MOVE, before.ref) if has_moved else (Act.UPDATE, None)
    return Explained(ref=after.ref, act=act, lines=lines, was=was) if lines else None


def _whole(manifest: Manifest, told: Told, *, act: Act) -> Explained:
    line = ExplainedField(path=".", sentence=told.sentence, risk=told.risk)
    return Explained(ref=manifest.ref, act=act, lines=(line,))


def _lines(
    seen: Compared, *, kind: str, world: World, refs: tuple[ObjectRef, ObjectRef] | None = None
) -> Iterator[ExplainedField]:
    """One sentence for each place that a rule tells as a whole, in the order of the differences."""
    rules = rules_of(kind).rules
    groups: dict[Steps, tuple[Rule | None, list[Difference]]] = {}
    for item in seen.differences:
        rule = _rule(item, rules, seen=seen)
        place = item.steps if rule is None else item.steps[: len(rule.pattern)]
        groups.setdefault(place, (rule, []))[1].append(item)
    for place, (rule, items) in groups.items():
        if place == ("metadata", "namespace") and refs is not None:
            yield _line(place, items, told=moved(kind, was=refs[0], now=refs[1]))
        elif rule is None:
            yield from (_unknown(item, kind=kind) for item in items)
        else:
            yield _line(place, items, told=rule.tell(_field(place, items, rule=rule, seen=seen, world=world)))


def _rule(item: Difference, rules: tuple[Rule, ...], *, seen: Compared) -> Rule | None:
    if item.steps[-1:] in ((ORDER,), (REWRITTEN,)):
        return None
    return next((rule for rule in rules if rule.matches(item.steps) and _may(rule, item, seen=seen)), None)


def _may(rule: Rule, item: Difference, *, seen: Compared) -> bool:
    if not rule.only_whole:
        return True
    return None in _sides(item.steps[: len(rule.pattern)], item, seen=seen)


def _sides(place: Steps, item: Difference, *, seen: Compared) -> tuple[JsonValue, JsonValue]:
    if place == item.steps:
        return item.before, item.after
    return value_of(seen.before, place), value_of(seen.after, place)


def _field(place: Steps, items: list[Difference], *, rule: Rule, seen: Compared, world: World) -> Field:
    before, after = _sides(place, items[0], seen=seen)
    names = rule.names(place)
    return Field(place=place, names=names, before=before, after=after, old=seen.before, new=seen.after, world=world)


def _line(place: Steps, items: list[Difference], *, told: Told) -> ExplainedField:
    first = items[0]
    return ExplainedField(
        path=path_of(place),
        sentence=told.sentence,
        risk=told.risk,
        before=first.before if len(items) == 1 else {item.path: item.before for item in items},
        after=first.after if len(items) == 1 else {item.path: item.after for item in items},
        covers=tuple(items),
    )


def _unknown(item: Difference, *, kind: str) -> ExplainedField:
    """The path with both values; for an order or a way of writing, that nothing else differs."""
    risk = unknown_risk(kind, item.steps)
    place = path_of(item.steps[:-1])
    if item.steps[-1:] == (ORDER,):
        before, after = ([*side] if isinstance(side, list) else [] for side in (item.before, item.after))
        what = f"order of {place}: {listed(before)} to {listed(after)}"
    elif item.steps[-1:] == (REWRITTEN,):
        what = f"{place} is written differently and means the same"
    else:
        what = change(item.path, item.before, item.after)
    is_known = item.steps[-1:] in ((ORDER,), (REWRITTEN,))
    return ExplainedField(
        path=item.path,
        sentence=Told(what=what, risk=risk).sentence,
        risk=risk,
        before=item.before,
        after=item.after,
        covers=(item,),
        is_known=is_known,
    )
