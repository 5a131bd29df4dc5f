"""Evidence as plain data and back: what a bundle holds, and what tests keep of real failures.

What identifies machines and what nobody needs is left out: managed fields, applied manifests of kubectl, machine ids,
the images that a node has.
"""

from __future__ import annotations

from typing import Final

from tfk8s.manifest.evidence import SOURCES, Evidence, Unread
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.masking import masked
from tfk8s.manifest.objects import JsonObject, JsonValue
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.manifest.scrubbing import scrubbed
from tfk8s.manifest.snapshot import Snapshot

_SINGLE: Final = ("deployment", "service", "scaler", "scaledObject")
_MANY: Final = ("replicaSets", "pods", "endpointSlices", "events")
_NODE_STATUS: Final = ("capacity", "allocatable", "conditions")
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def as_data(evidence: Evidence) -> JsonObject:
    """Everything, with secrets and machine names removed."""
    snapshot = evidence.snapshot
    single = (snapshot.deployment, snapshot.service, snapshot.scaler, snapshot.scaled_object)
    many = (snapshot.replica_sets, snapshot.pods, snapshot.endpoint_slices, snapshot.events)
    return {
        "name": evidence.name,
        "namespace": evidence.namespace,
        "takenAt": evidence.taken_at,
        "release": evidence.release,
        **{key: None if body is None else told(body) for key, body in zip(_SINGLE, single, strict=True)},
        **{key: [told(body) for body in bodies] for key, bodies in zip(_MANY, many, strict=True)},
        "logs": {pod: [scrubbed(line) for line in lines] for pod, lines in snapshot.logs.items()},
        "objects": {key: [told(body) for body in bodies] for key, bodies in evidence.objects.items()},
        "unread": [{"what": each.what, "why": scrubbed(each.why)} for each in evidence.unread],
        "images": [_answer(each) for each in evidence.images],
        **({} if evidence.wanted is None else {"wanted": told(evidence.wanted)}),
    }


def _answer(answer: ImageAnswer) -> JsonObject:
    return {
        "image": answer.image,
        "state": answer.state.value,
        "digests": [*answer.digests],
        "platforms": [*answer.platforms],
        "words": scrubbed(answer.words),
    }


def from_data(value: JsonObject) -> Evidence:
    """What `as_data` wrote."""
    lists = {source.key: objects_at(value, "objects", source.key) for source in SOURCES}
    known = object_at(value, "objects")
    return Evidence(
        name=text_at(value, "name"),
        namespace=text_at(value, "namespace"),
        taken_at=text_at(value, "takenAt"),
        release=text_at(value, "release"),
        snapshot=Snapshot(
            deployment=object_at(value, "deployment") or None,
            replica_sets=objects_at(value, "replicaSets"),
            pods=objects_at(value, "pods"),
            service=object_at(value, "service") or None,
            endpoint_slices=objects_at(value, "endpointSlices"),
            scaler=object_at(value, "scaler") or None,
            scaled_object=object_at(value, "scaledObject") or None,
            events=objects_at(value, "events"),
            nodes=lists["nodes"],
            logs={pod: _lines(lines) for pod, lines in object_at(value, "logs").items()},
        ),
        objects={key: bodies for key, bodies in lists.items() if key in known},
        unread=tuple(
            Unread(what=text_at(each, "what"), why=text_at(each, "why")) for each in objects_at(value, "unread")
        ),
        wanted=object_at(value, "wanted") or None,
        images=tuple(
            ImageAnswer(
                image=text_at(each, "image"),
                state=_state(text_at(each, "state")),
                digests=_lines(each.get("digests")),
                platforms=_lines(each.get("platforms")),
                words=text_at(each, "words"),
            )
            for each in objects_at(value, "images")
        ),
    )


def _state(value: str) -> ImageState:
    return next((state for state in ImageState if state.value == value), ImageState.UNANSWERED)


def _lines(value: JsonValue | None) -> tuple[str, ...]:
    return tuple(str(line) for line in value) if isinstance(value, list) else ()


def told(body: JsonObject) -> JsonObject:
    """One object as it may be shown to others."""
    clean = _scrubbed(masked(body))
    told_body = clean if isinstance(clean, dict) else {}
    metadata = {key: value for key, value in object_at(told_body, "metadata").items() if key != "managedFields"}
    annotations = {
        key: value for key, value in object_at(metadata, "annotations").items() if not key.startswith(_APPLIED)
    }
    if "annotations" in metadata:
        metadata["annotations"] = annotations
    told_body = {**told_body, "metadata": metadata}
    if text_at(told_body, "kind") == "Node":
        told_body["spec"] = {
            key: value for key, value in object_at(told_body, "spec").items() if key in ("taints", "unschedulable")
        }
        told_body["status"] = {key: value_at(told_body, "status", key) for key in _NODE_STATUS}
    return told_body


def _scrubbed(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    return value
