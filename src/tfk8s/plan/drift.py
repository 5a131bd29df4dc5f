"""Live objects against what Git says: what is missing, changed and too much, and what others keep there by right.

The server's dry run of a replacement (`manifest.replacement`) is the exact answer: it holds Git's fields and the
server's defaults. Where a login may not ask for it, Git's own fields are compared, and what people added is found in
the server's record of writers alone.
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests, ObjectRef
from tfk8s.manifest.difference import Difference, desired_part, differences, path_of
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.masking import masked
from tfk8s.plan.known_fields import Found, known_owner, scaled_by
from tfk8s.plan.observation import Predicted, Prediction
from tfk8s.plan.projection import projected, same_amount
from tfk8s.plan.written import Hand, Writer, Written, last_writer, leaf_paths, value_under, written_fields


class DriftState(enum.Enum):
    """How an object differs from Git; the value is the word that people see."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDrift:
    """One field that is not as in Git; None stands for an absent field, or for the server's default in Git's place."""

    path: str
    git: JsonValue
    live: JsonValue
    writer: Writer | None

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        writer = self.writer.as_json() if self.writer else None
        return {"path": self.path, "git": self.git, "live": self.live, "writer": writer}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """One field that differs and is somebody's by right."""

    ref: ObjectRef
    path: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDrift:
    """One object that is not as in Git."""

    ref: ObjectRef
    state: DriftState
    fields: tuple[FieldDrift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """All that differs.

    Attributes:
        objects: those that differ, Git's in apply order, then those that Git does not have.
        checked: how many objects Git has.
        left_alone: differences that are no drift.
        notes: what could not be looked at, or only in part, and why.
    """

    objects: tuple[ObjectDrift, ...]
    checked: int
    left_alone: tuple[LeftAlone, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One object of Git in the cluster: its live body, and what a replacement would make of it.

    Attributes:
        replaced: None where it was not asked for.
    """

    live: JsonObject | None
    replaced: Prediction | None = None


def find_drift(
    desired: Manifests,
    seen: Mapping[ObjectRef, Seen],
    *,
    extras: tuple[JsonObject, ...] = (),
    notes: tuple[str, ...] = (),
) -> Drift:
    """Compare; objects that are not in `seen` could not be read, and are left out.

    Args:
        desired: what Git says.
        seen: what the cluster says of each.
        extras: live bodies that carry the service's labels and that Git does not have.
        notes: what the caller has to say of what it could not see.
    """
    objects: list[ObjectDrift] = []
    left: list[LeftAlone] = []
    counted = scaled_by(desired)
    for manifest in desired:
        if manifest.ref not in seen:
            continue
        live = seen[manifest.ref].live
        if live is None:
            objects.append(ObjectDrift(ref=manifest.ref, state=DriftState.MISSING))
            continue
        is_scaled = (manifest.ref.kind, manifest.ref.namespace, manifest.ref.name) in counted
        fields, known = _fields(manifest, live, seen[manifest.ref].replaced, is_scaled=is_scaled)
        left += known
        if fields:
            objects.append(ObjectDrift(ref=manifest.ref, state=DriftState.CHANGED, fields=fields))
    objects += [ObjectDrift(ref=Manifest.of(body).ref, state=DriftState.EXTRA) for body in extras]
    return Drift(objects=tuple(objects), checked=len(seen), left_alone=tuple(left), notes=notes)


def _fields(
    manifest: Manifest, live: JsonObject, replaced: Prediction | None, *, is_scaled: bool
) -> tuple[tuple[FieldDrift, ...], list[LeftAlone]]:
    written = written_fields(live)
    marks = frozenset(object_at(live, "metadata", "annotations"))
    in_git = frozenset(leaf_paths(manifest.body))
    drifted: list[FieldDrift] = []
    known: list[LeftAlone] = []
    for item in _differences(manifest, live, replaced, written=written, in_git=in_git):
        writer = last_writer(written, item.path)
        is_in_git = any(path == item.path or path.startswith((f"{item.path}.", f"{item.path}[")) for path in in_git)
        found = Found(
            ref=manifest.ref,
            path=item.path,
            live=item.before,
            is_in_git=is_in_git,
            writer=writer,
            marks=marks,
            is_scaled=is_scaled,
        )
        rule = known_owner(found)
        if rule is not None:
            known.append(LeftAlone(ref=manifest.ref, path=item.path, owner=rule.owner, reason=rule.reason))
        else:
            drifted.append(FieldDrift(path=item.path, git=item.after, live=item.before, writer=writer))
    return tuple(drifted), known


def _differences(
    manifest: Manifest, live: JsonObject, replaced: Prediction | None, *, written: Written, in_git: frozenset[str]
) -> Iterator[Difference]:
    """From live to Git, maps of labels and the like key by key; each path once."""
    if isinstance(replaced, Predicted):
        found = differences(live, replaced.body)
        added = _carried_over(manifest, live, written=written, in_git=in_git)
    else:
        wanted = _stored_form(manifest.body)
        found = tuple(item for item in differences(projected(live, wanted), wanted) if not same_amount(item))
        added = _written_by_hand(live, written=written, in_git=in_git)
    seen: set[str] = set()
    for item in (*found, *added):
        for part in _apart(item):
            if part.path not in seen:
                seen.add(part.path)
                yield part


def _apart(item: Difference) -> Iterator[Difference]:
    """A whole map that came or went, as its keys: each may have another owner."""
    before, after = item.before or {}, item.after or {}
    is_map = item.path.endswith((".labels", ".annotations", ".data", ".nodeSelector"))
    if not is_map or not isinstance(before, dict) or not isinstance(after, dict):
        yield item
        return
    for key in sorted({*before, *after}):
        path = f"{item.path}{path_of((key,))}"
        yield Difference(path=path, before=before.get(key), after=after.get(key))


def _carried_over(
    manifest: Manifest, live: JsonObject, *, written: Written, in_git: frozenset[str]
) -> Iterator[Difference]:
    """What the server keeps over a replacement, although a person chose it: the node ports of a Service."""
    if manifest.ref.kind == "Service":
        for item in _written_by_hand(live, written=written, in_git=in_git):
            if item.path.endswith(".nodePort"):
                yield item


def _written_by_hand(live: JsonObject, *, written: Written, in_git: frozenset[str]) -> Iterator[Difference]:
    """Fields that somebody added: on record for one who is neither tool nor controller, and not in Git."""
    body = masked(desired_part(live))
    for path, writer in written:
        value = value_under(body, path)
        if writer.hand is Hand.PERSON and path not in in_git and value is not None:
            yield Difference(path=path, before=value, after=None)


def _stored_form(desired: JsonObject) -> JsonObject:
    """A Secret as the server keeps it: `stringData` is encoded into `data`."""
    plain = object_at(desired, "stringData")
    if desired.get("kind") != "Secret" or not plain:
        return desired
    encoded: JsonObject = {key: base64.b64encode(str(value).encode()).decode() for key, value in plain.items()}
    rest: JsonObject = {key: value for key, value in desired.items() if key != "stringData"}
    return {**rest, "data": {**object_at(desired, "data"), **encoded}}
