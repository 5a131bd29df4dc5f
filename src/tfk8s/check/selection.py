"""Whether a selector finds the pods of a workload beside it."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import labels_of, object_at, objects_at
from tfk8s.manifest.selectors import label_terms, selects


def selects_pods(selector: JsonObject, workload: Manifest) -> bool:
    """Whether a selector of either form finds a workload's pods; one without any term is nobody's wish, and finds none.

    Whether the two are in one namespace is for the caller to ask.
    """
    has_terms = bool(label_terms(selector)) or bool(objects_at(selector, "matchExpressions"))
    return has_terms and selects(selector, labels_of(object_at(workload.body, "spec", "template")))
