"""How Prometheus found the pods: by annotations of theirs, or by an object that tells it."""

from __future__ import annotations

from tfk8s.adoption.objects import Found
from tfk8s.manifest import JsonObject

_PREFIX = "prometheus.io/"
SCRAPE_KEYS = (f"{_PREFIX}scrape", f"{_PREFIX}path", f"{_PREFIX}port")
"""What the spec says of the pods by `monitoring.scrape`, and so need not say by annotations."""

_KINDS = {"PodMonitoring": "podMonitoring", "PodMonitor": "podMonitor", "ServiceMonitor": "serviceMonitor"}


def scraping_of(annotations: dict[str, str], objects: tuple[Found, ...]) -> JsonObject:
    """The fields of `monitoring`, {} for the default.

    Args:
        annotations: those of the pods.
        objects: those of the service that tfk8s made; of others none is known to be about these pods.
    """
    if annotations.get(SCRAPE_KEYS[0]) == "false":
        return {"scrape": "none"}
    if SCRAPE_KEYS[0] in annotations:
        return {}
    for item in objects:
        if item.kind in _KINDS:
            return {"scrape": _KINDS[item.kind]}
    return {"scrape": "none"} if objects else {}
