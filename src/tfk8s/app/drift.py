"""The use-case of `tfk8s drift`: looks at the cluster, and says where it is not what Git says. Nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from tfk8s.app.canary_live import beside_canary, is_canary, live_canary
from tfk8s.app.following import as_followed
from tfk8s.app.planning import if_allowed
from tfk8s.app.service import ServiceName
from tfk8s.manifest import JsonObject, JsonValue, Manifest, Manifests, ObjectRef
from tfk8s.manifest.difference import desired_part
from tfk8s.manifest.fields import flag_at, objects_at
from tfk8s.manifest.ownership import service_selector
from tfk8s.names.printable import one_line, printable
from tfk8s.plan import inventory_ref
from tfk8s.plan.drift import Drift, DriftState, FieldDrift, ObjectDrift, Seen, find_drift
from tfk8s.plan.observation import Predicted, RefusalReason, Refused
from tfk8s.ports.cluster import Cluster, ForbiddenError, ObjectQuery
from tfk8s.render.kinds import made_kinds
from tfk8s.review import ExplainedField, explain

_LONGEST_VALUE = 120
_NOT_LISTED = frozenset({"Namespace", "Secret"})
"""A namespace stays when a service goes, and nobody needs to list Secrets for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One service as Git has it."""

    name: ServiceName
    manifests: Manifests


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDrift:
    """What differs of one service.

    Attributes:
        returns: for objects that differ, what bringing them back to Git would do, as far as the server was asked.
    """

    name: ServiceName
    drift: Drift
    returns: Mapping[ObjectRef, tuple[ExplainedField, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Notes:
    """What could not be seen; each sentence once."""

    lines: dict[str, None]

    def add(self, line: str) -> None:
        self.lines[one_line(line)] = None


def service_drift(expected: Expected, *, cluster: Cluster) -> ServiceDrift:
    """Compare what is live with what Git says.

    Raises:
        ForbiddenError: the login may read none of the objects.
        PreconditionError: the cluster does not answer.
    """
    notes = _Notes(lines={})
    expected = _beside_canary(expected, cluster=cluster, notes=notes)
    expected = replace(expected, manifests=as_followed(expected.manifests, cluster=cluster))
    seen = _look(expected.manifests, cluster=cluster, notes=notes)
    extras = tuple(_extras(expected, cluster=cluster, notes=notes))
    drift = find_drift(expected.manifests, seen, extras=extras, notes=tuple(notes.lines))
    returns = {item.ref: _returns(item, seen[item.ref]) for item in drift.objects if item.state is DriftState.CHANGED}
    return ServiceDrift(name=expected.name, drift=drift, returns=returns)


def _beside_canary(expected: Expected, *, cluster: Cluster, notes: _Notes) -> Expected:
    """A canary is no drift: it was asked for, it ends by itself, and routes that lead to it are as they should be."""
    canary = if_allowed(lambda: live_canary(expected.name, cluster=cluster), otherwise=None)
    if canary is None or canary.record is None:
        return expected
    notes.add(f"{canary.record}; it is no drift")
    manifests = beside_canary(expected.manifests, canary.record, name=expected.name)
    return Expected(name=expected.name, manifests=manifests)


def _returns(item: ObjectDrift, seen: Seen) -> tuple[ExplainedField, ...]:
    """The way back, explained for the fields that drifted alone: others keep theirs."""
    if seen.live is None or not isinstance(seen.replaced, Predicted):
        return ()
    live, git = (Manifest(ref=item.ref, body=desired_part(body)) for body in (seen.live, seen.replaced.body))
    paths = {field.path for field in item.fields}
    lines = (line for change in explain((live,), (git,)).changes for line in change.lines)
    return tuple(line for line in lines if any(covered.path in paths for covered in line.covers))


def _look(desired: Manifests, *, cluster: Cluster, notes: _Notes) -> dict[ObjectRef, Seen]:
    seen: dict[ObjectRef, Seen] = {}
    refused: ForbiddenError | None = None
    for manifest in desired:
        try:
            live = cluster.get(manifest.ref)
        except ForbiddenError as error:
            refused = error
            notes.add(f"{manifest.ref} was not looked at: this login may not read it")
            continue
        seen[manifest.ref] = (
            Seen(live=live) if live is None else _replaced(manifest, live, cluster=cluster, notes=notes)
        )
    if refused is not None and not seen:
        raise refused
    return seen


def _replaced(manifest: Manifest, live: JsonObject, *, cluster: Cluster, notes: _Notes) -> Seen:
    answer = cluster.dry_run_replace(manifest, live=live)
    if isinstance(answer, Refused):
        notes.add(_why_partly(manifest, answer))
    return Seen(live=live, replaced=answer if isinstance(answer, Predicted) else None)


def _why_partly(manifest: Manifest, refused: Refused) -> str:
    if refused.reason is RefusalReason.FORBIDDEN:
        return (
            "compared without the server's defaults, because this login may not patch (not even as a dry run): "
            "what a person added shows by the server's record of writers alone"
        )
    return f"{manifest.ref}: compared without the server's defaults, because it refuses Git's form: {refused.message}"


def _extras(expected: Expected, *, cluster: Cluster, notes: _Notes) -> Iterator[JsonObject]:
    """Live objects of the service that Git does not have, and that nothing else makes and removes by itself."""
    name = expected.name
    known = {_identity(item.ref) for item in expected.manifests}
    known.add(_identity(inventory_ref(name=name.name, namespace=name.namespace)))
    kinds = {*made_kinds(), *((item.ref.api_version, item.ref.kind) for item in expected.manifests)}
    for api_version, kind in sorted(kinds, key=lambda pair: (pair[1], pair[0])):
        if kind in _NOT_LISTED:
            continue
        query = ObjectQuery(
            api_version=api_version, kind=kind, namespace=name.namespace, labels=service_selector(name.name)
        )
        try:
            found = cluster.list(query)
        except ForbiddenError:
            notes.add(f"extra objects of kind {kind} were not looked for: this login may not list them")
            continue
        for body in found:
            if is_canary(body, name=name) or _is_made_by_another(body):
                continue
            if _identity(Manifest.of(body).ref) not in known:
                known.add(_identity(Manifest.of(body).ref))
                yield body


def _identity(ref: ObjectRef) -> tuple[str, str, str, str]:
    """The same in every version of its API."""
    return ref.group, ref.kind, ref.namespace, ref.name


def _is_made_by_another(body: JsonObject) -> bool:
    return any(flag_at(owner, "controller") for owner in objects_at(body, "metadata", "ownerReferences"))


def drift_lines(found: ServiceDrift) -> Iterator[str]:
    """Each object with its fields, and a line that counts; each is printable, whatever the cluster holds."""
    yield from map(printable, _lines(found))


def _lines(found: ServiceDrift) -> Iterator[str]:
    drift = found.drift
    for item in drift.objects:
        yield from _object_lines(item)
        yield from (f"  back to Git: {line.sentence}" for line in found.returns.get(item.ref, ()) if line.is_known)
    where = f"{found.name.name} in {found.name.namespace}"
    if not drift.objects:
        yield f"{where}: no drift, {drift.checked} objects are as in Git"
        return
    yield f"{where}: {summary(drift)}"


def summary(drift: Drift) -> str:
    """`1 missing, 2 changed, 1 extra of 9 objects`."""
    counts = {state: sum(item.state is state for item in drift.objects) for state in DriftState}
    return ", ".join(f"{count} {state.value}" for state, count in counts.items() if count) + (
        f"; Git has {drift.checked} objects"
    )


def _object_lines(item: ObjectDrift) -> Iterator[str]:
    match item.state:
        case DriftState.MISSING:
            yield f"missing {item.ref}: Git has it, the cluster does not"
        case DriftState.EXTRA:
            yield f"extra   {item.ref}: it carries the labels of the service, and Git does not have it"
        case DriftState.CHANGED:
            yield f"changed {item.ref}"
            yield from (f"  {_field_line(field)}" for field in item.fields)


def _field_line(field: FieldDrift) -> str:
    git = "not in Git" if field.git is None else f"{_shown(field.git)} in Git"
    live = "not in the cluster" if field.live is None else f"{_shown(field.live)} in the cluster"
    by = f" (by {field.writer})" if field.writer is not None else ""
    return f"{field.path}: {git}, {live}{by}"


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} ... ({len(text)} characters)"


def drift_json(found: ServiceDrift) -> JsonObject:
    """The stable form for `-o json`."""
    drift = found.drift
    objects: list[JsonValue] = [
        {
            **_named(item.ref),
            "state": item.state.value,
            "fields": [field.as_json() for field in item.fields],
            "backToGit": [line.as_json() for line in found.returns.get(item.ref, ())],
        }
        for item in drift.objects
    ]
    left: list[JsonValue] = [
        {**_named(item.ref), "path": item.path, "owner": item.owner, "reason": item.reason} for item in drift.left_alone
    ]
    return {
        "name": found.name.name,
        "namespace": found.name.namespace,
        "checked": drift.checked,
        "drifted": len(drift.objects),
        "objects": objects,
        "leftAlone": left,
        "notes": cast("list[JsonValue]", [*drift.notes]),
    }


def _named(ref: ObjectRef) -> JsonObject:
    return {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
