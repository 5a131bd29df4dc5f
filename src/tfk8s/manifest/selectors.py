"""Which labels a selector of a workload finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfk8s.manifest.objects import JsonObject


def label_terms(selector: JsonObject) -> Mapping[str, str]:
    """Return the labels that must match; a selector of the oldest form is nothing but those."""
    is_plain = "matchLabels" not in selector and "matchExpressions" not in selector
    terms = selector if is_plain else object_at(selector, "matchLabels")
    return {key: value for key, value in terms.items() if isinstance(value, str)}


def selects(selector: JsonObject, labels: Mapping[str, str]) -> bool:
    """Whether labels match all terms: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/."""
    if not label_terms(selector).items() <= labels.items():
        return False
    return all(_matches(term, labels) for term in objects_at(selector, "matchExpressions"))


def _matches(term: JsonObject, labels: Mapping[str, str]) -> bool:
    found, values = labels.get(text_at(term, "key")), value_at(term, "values")
    among = isinstance(values, list) and found in values
    match text_at(term, "operator"):
        case "In":
            return among
        case "NotIn":
            return not among
        case "Exists":
            return found is not None
        case _:
            return found is None
