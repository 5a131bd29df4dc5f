"""Every field is used or told: whatever stands in a manifest, no part of it goes away without a word."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.adoption.imports import SHAPES, imported, server
from tfk8s.adoption import Note
from tfk8s.app.import_ import import_manifests
from tfk8s.errors import InputError
from tfk8s.manifest.yaml import load_documents

KEY = "strangeField"
values = st.sampled_from(["text", 7, True, ["item"], {"below": {"deeper": 1}}])


def maps_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where a field can be added; a map of labels takes texts alone, which are carried over as they are."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [found for key, child in children if key not in _FREE for found in maps_of(child, (*path, key))]
    return [path, *below] if isinstance(value, dict) else below


_FREE = ("labels", "annotations", "matchLabels", "selector", "nodeSelector", "data", "requests", "limits")


def text_of(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def is_told(notes: tuple[Note, ...], *, object_name: str, path: str) -> bool:
    return any(
        note.object == object_name
        and (note.field == "" or path == note.field or path.startswith((f"{note.field}.", f"{note.field}[")))
        for note in notes
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_field_that_nobody_knows_is_in_a_note(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    bodies: list[Any] = []
    for document in load_documents(SHAPES[name].read_text(), source=name):
        value: Any = document.value
        bodies += value["items"] if value["kind"] == "List" else [value]
    body = data.draw(st.sampled_from(bodies))
    place = data.draw(st.sampled_from([path for path in maps_of(body) if path != ("metadata",)]))
    target = body
    for step in place:
        target = target[step]
    target[KEY] = data.draw(values)

    found = import_manifests({"k8s.json": "\n---\n".join(map(json.dumps, bodies))})

    added = text_of((*place, KEY))
    assert is_told(found.notes, object_name=f"{body['kind']}/{body['metadata']['name']}", path=added), added


def test_what_the_api_server_wrote_by_itself_is_no_loss() -> None:
    """As `kubectl get -o yaml` shows an object of which nothing was said but its model."""
    container = (
        "imagePullPolicy: IfNotPresent\nterminationMessagePath: /dev/termination-log\n"
        "terminationMessagePolicy: File\nresources: {limits: {cpu: 1, memory: 2Gi}}"
    )
    pod = (
        "      dnsPolicy: ClusterFirst\n      restartPolicy: Always\n      schedulerName: default-scheduler\n"
        "      securityContext: {}\n      terminationGracePeriodSeconds: 30\n"
        "  progressDeadlineSeconds: 600\n  revisionHistoryLimit: 10\n"
        "  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}\n"
        "status: {observedGeneration: 1}\n"
    )

    found = imported(server(args="[--model_name=m, --model_base_path=gs://bucket/m]", container=container, more=pod))

    assert [str(note) for note in found.notes if note.kind_text == "lost"] == []


def places_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(found for key, child in children for found in places_of(child, (*path, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_field_of_a_wrong_type_ends_in_a_spec_or_in_a_refusal(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    bodies: list[Any] = [document.value for document in load_documents(SHAPES[name].read_text(), source=name)]
    body = data.draw(st.sampled_from(bodies))
    *above, last = data.draw(st.sampled_from(places_of(body)))
    target = body
    for step in above:
        target = target[step]
    target[last] = data.draw(st.sampled_from([None, 7, -1, 1.5, True, "", "x y", "$(X)", [], {}, [None], {"a": {}}]))

    with contextlib.suppress(InputError):
        import_manifests({"k8s.json": "\n---\n".join(map(json.dumps, bodies))})
