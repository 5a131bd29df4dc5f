"""Which objects make pods that last, and whether a selector finds the pods of one."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from tfk8s.manifest import JsonObject, Manifest, Manifests
from tfk8s.manifest.fields import labels_of, object_at, objects_at
from tfk8s.manifest.selectors import label_terms, selects

COUNTED: Final = frozenset({"Deployment", "StatefulSet"})
"""Workloads with a number of pods, which an autoscaler may set and a disruption budget counts from."""

WORKLOADS: Final = COUNTED | {"DaemonSet"}
"""Workloads that may run a model server; they have pod template and selector at the same places."""


def workloads_of(manifests: Manifests, kinds: Container[str] = WORKLOADS) -> Manifests:
    """Those among manifests."""
    return tuple(manifest for manifest in manifests if manifest.ref.kind in kinds)


def selects_pods(selector: JsonObject, workload: Manifest) -> bool:
    """Whether a selector of either form finds a workload's pods; one without any term is nobody's wish, and finds none.

    Whether the two are in one namespace is for the caller to ask.
    """
    has_terms = bool(label_terms(selector)) or bool(objects_at(selector, "matchExpressions"))
    return has_terms and selects(selector, labels_of(object_at(workload.body, "spec", "template")))
