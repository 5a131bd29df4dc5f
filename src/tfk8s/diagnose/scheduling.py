"""Pods that no node takes: the scheduler's words, told apart, with the numbers of the nodes.

The scheduler gives one reason and a sentence that counts nodes by what they lack; the phrases are those of its
plugins: https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import condition_of, object_at, objects_at, text_at, time_at, value_at
from tfk8s.manifest.snapshot import name_of
from tfk8s.spec.quantity import Quantity, parse_quantity

_PATIENCE = timedelta(seconds=45)
"""How long a pod may be unschedulable: old pods go, and a cluster autoscaler says within seconds that it acts."""

_GPU = "nvidia.com/gpu"
_INSUFFICIENT = re.compile(r"Insufficient ([a-z0-9./-]*[a-z0-9])")
_MISSING_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)" not found')
_TAINT = re.compile(r"untolerated taint(?:\(s\)| )?\s*\{?([^{}]*)\}?")
_ELSEWHERE = ("volume node affinity conflict", "didn't match PersistentVolume's node affinity")
"""Of the plugin VolumeBinding, before Kubernetes 1.34 and since."""

_FITS_NOWHERE = "didn't match Pod's node affinity/selector"


def find_unscheduled(
    pod: JsonObject, *, events: Sequence[JsonObject], nodes: Sequence[JsonObject], now: datetime
) -> Iterator[Finding]:
    """The cause for a pod that the scheduler has looked at and not placed."""
    condition = condition_of(pod, "PodScheduled")
    if text_at(condition, "status") != "False" or text_at(condition, "reason") != "Unschedulable":
        return
    words = text_at(condition, "message")
    since = time_at(condition, "lastTransitionTime")
    final = not _grows(pod, events=events) and since is not None and now - since >= _PATIENCE
    code, cause, fix, command = _cause(pod, words=words, nodes=nodes)
    yield found(
        code,
        place=f"Pod/{name_of(pod)}",
        cause=cause,
        fix=fix,
        command=command,
        evidence=(words,),
        is_final=final,
    )


def _grows(pod: JsonObject, *, events: Sequence[JsonObject]) -> bool:
    return any(
        text_at(event, "reason") == "TriggeredScaleUp" and text_at(event, "involvedObject", "name") == name_of(pod)
        for event in events
    )


def _cause(pod: JsonObject, *, words: str, nodes: Sequence[JsonObject]) -> tuple[str, str, str, str]:
    """Code, cause, fix and command."""
    namespace = text_at(pod, "metadata", "namespace") or "default"
    if match := _MISSING_CLAIM.search(words):
        cause = f"it mounts the claim {match[1]}, which does not exist in namespace {namespace}"
        fix = "make the claim, or correct the name in model.source (pvc://CLAIM/PATH)"
        return "claim-missing", cause, fix, f"kubectl -n {namespace} get pvc"
    if "unbound immediate PersistentVolumeClaims" in words:
        cause = "it mounts a claim that has no volume yet"
        fix = "see why the claim waits; its storage class must exist and be able to make such a volume"
        return "claim-pending", cause, fix, f"kubectl -n {namespace} describe pvc"
    if any(phrase in words for phrase in _ELSEWHERE):
        cause = "its volume is in a zone, or on a node, where no node with room is"
        fix = "add nodes in the zone of the volume, or publish the model to a claim of a class that every zone reaches"
        return "volume-zone", cause, fix, "kubectl get pv -o wide"
    return "unschedulable", *_no_node(pod, words=words, nodes=nodes)


def _no_node(pod: JsonObject, *, words: str, nodes: Sequence[JsonObject]) -> tuple[str, str, str]:
    lacking = list(dict.fromkeys(_INSUFFICIENT.findall(words)))
    describe = "kubectl describe nodes"
    if _GPU in lacking:
        cause = f"no node can take it: none has a free {_GPU}"
        return cause, "lower resources of the spec, or add nodes with GPUs", describe
    if lacking:
        compared = [text for name in lacking if (text := _compared(pod, name, nodes=nodes))]
        cause = f"no node can take it: not enough {' and '.join(lacking)}"
        cause += f" ({'; '.join(compared)})" if compared else ""
        return cause, f"lower {_fields(lacking)} of the spec, or add nodes", describe
    if "Too many pods" in words:
        return "no node can take it: each has as many pods as it may", "add nodes", describe
    taint = _TAINT.search(words)
    # The scheduler looks at taints first, so a node that it names for one may lack the labels too.
    if taint and (_FITS_NOWHERE not in words or _has_labels(pod, nodes=nodes)):
        cause = f"no node can take it: it does not tolerate the taint {taint[1].strip()}"
        return cause, "add the toleration to the spec, or take the taint away", "kubectl get nodes -o yaml"
    if _FITS_NOWHERE in words:
        wanted = ", ".join(f"{key}={value}" for key, value in object_at(pod, "spec", "nodeSelector").items())
        cause = "no node has the labels that it asks for" + (f": {wanted}" if wanted else "")
        fix = "correct placement.nodeSelector of the spec, or add nodes (a node pool) with these labels"
        return cause, fix, "kubectl get nodes --show-labels"
    return "no node can take it", "lower resources of the spec, or add nodes", describe


def _has_labels(pod: JsonObject, *, nodes: Sequence[JsonObject]) -> bool:
    """Whether a node has every label that the pod asks for."""
    wanted = object_at(pod, "spec", "nodeSelector").items()
    return any(wanted <= object_at(node, "metadata", "labels").items() for node in nodes)


def _fields(lacking: Sequence[str]) -> str:
    return " and ".join(f"resources.{'ephemeralStorage' if name == 'ephemeral-storage' else name}" for name in lacking)


def _compared(pod: JsonObject, resource: str, *, nodes: Sequence[JsonObject]) -> str:
    """What it requests beside the most that a node offers; "" where no node can be seen."""
    if not nodes:
        return ""
    asked = sum((_asked(container, resource) for container in objects_at(pod, "spec", "containers")), Decimal(0))
    offers = [_amount(value_at(node, "status", "allocatable", resource)) for node in nodes]
    largest = max(offers)
    is_binary = resource != "cpu"
    shown = f"it requests {Quantity(asked, is_binary)}, the largest node offers {Quantity(largest, is_binary)}"
    return shown + ("" if asked > largest else " before what others request")


def _asked(container: JsonObject, resource: str) -> Decimal:
    requested = value_at(container, "resources", "requests", resource)
    return _amount(requested if requested is not None else value_at(container, "resources", "limits", resource))


def _amount(value: object) -> Decimal:
    try:
        return parse_quantity(str(value)).value
    except ValueError:
        return Decimal(0)
