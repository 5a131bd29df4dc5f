"""Volumes that do not reach a pod: the words of the kubelet and of the attach controller, in events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at, value_at
from tfk8s.manifest.snapshot import name_of

_REASONS = ("FailedMount", "FailedAttachVolume")


def find_unmounted(pod: JsonObject, *, events: Sequence[JsonObject], is_final: bool) -> Iterator[Finding]:
    """Volumes that keep a pod from starting; () once its containers run."""
    if _has_started(pod):
        return
    for event in events:
        if text_at(event, "involvedObject", "name") != name_of(pod) or text_at(event, "reason") not in _REASONS:
            continue
        words = text_at(event, "message")
        place = f"Pod/{name_of(pod)}"
        if "Multi-Attach" in words:
            yield found(
                "volume-attached",
                place=place,
                cause="its volume is attached to another node, and only one node may have it",
                fix="use a claim that many nodes may read (ReadOnlyMany or ReadWriteMany), or one pod alone with "
                "strategy Recreate",
                evidence=(words,),
            )
        else:
            yield found(
                "volume-mount",
                place=place,
                cause="a volume of it cannot be mounted",
                fix="make what the words name: a ConfigMap, a Secret, a claim; `tfk8s apply` makes those of the spec",
                evidence=(words,),
                is_final=is_final and "not found" in words,
            )


def _has_started(pod: JsonObject) -> bool:
    return any(
        value_at(status, state, kind) is not None
        for status in objects_at(pod, "status", "containerStatuses")
        for state, kind in (("state", "running"), ("state", "terminated"), ("lastState", "terminated"))
    )
