"""Pods that the API server refuses to make: quotas, limits, policies of admission."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import text_at, time_at
from tfk8s.manifest.snapshot import name_of

_PATIENCE = timedelta(seconds=15)
"""A quota may free itself while old pods go."""

_EXCEEDED = re.compile(
    r"exceeded quota: (?P<name>[^,\s]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<limit>.+)"
)
"""The words of the ResourceQuota admission plugin."""


def refusal(deployment: JsonObject, *, failure: JsonObject, now: datetime) -> Finding:
    """The finding for a Deployment whose condition ReplicaFailure holds."""
    words = text_at(failure, "message")
    since = time_at(failure, "lastTransitionTime")
    final = since is not None and now - since >= _PATIENCE
    place = f"Deployment/{name_of(deployment)}"
    namespace = text_at(deployment, "metadata", "namespace")
    match = _EXCEEDED.search(words)
    if match is not None:
        return found(
            "quota",
            place=place,
            cause=f"the quota {match['name']} has no room for a pod: it asks for {match['asked']}, and "
            f"{match['used']} of {match['limit']} is used",
            fix=f"raise the quota {match['name']}, or lower resources or replicas of the spec",
            evidence=(words,),
            command=f"kubectl -n {namespace} describe resourcequota {match['name']}" if namespace else "",
            is_final=final,
        )
    return found(
        "pod-refused",
        place=place,
        cause=f"the cluster refuses to make its pods ({text_at(failure, 'reason')})",
        fix="the words below name the quota or policy: raise it, or lower resources or replicas of the spec",
        evidence=(words,),
        is_final=final,
    )
