"""What the Deployment itself says: absent, paused, scaled to zero."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.images import not_known_yet
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import flag_at, integer_at
from tfk8s.manifest.snapshot import name_of


def find_in_workload(evidence: Evidence) -> Iterator[Finding]:
    """Why there are no pods, or none of a change, though nothing fails."""
    snapshot = evidence.snapshot
    if snapshot.deployment is None:
        yield found(
            "absent",
            place=f"Deployment/{evidence.name}",
            cause=f"there is no Deployment {evidence.name} in namespace {evidence.namespace}",
            evidence=(*not_known_yet(evidence),),
            fix="deploy it with tfk8s apply, or choose another --namespace or --context",
            command=f"kubectl get deployments -A -l app.kubernetes.io/instance={evidence.name}",
        )
        return
    name = name_of(snapshot.deployment)
    kubectl = f"kubectl -n {evidence.namespace}"
    if flag_at(snapshot.deployment, "spec", "paused"):
        yield found(
            "paused",
            place=f"Deployment/{name}",
            cause="it is paused: what was changed since makes no pods",
            evidence=("spec.paused: true",),
            command=f"{kubectl} rollout resume deployment {name}",
        )
    if integer_at(snapshot.deployment, "spec", "replicas", default=1) == 0 and not snapshot.is_asleep:
        yield found(
            "no-replicas",
            place=f"Deployment/{name}",
            cause="somebody has scaled it to zero: nobody is there to answer",
            evidence=("spec.replicas: 0",),
            command=f"{kubectl} scale deployment {name} --replicas=1",
        )
