"""Why an operation ended without success, or a cluster is not well: the conditions that GKE sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.cloud.gke.errand import Errand, OperationFailedError, console
from tfk8s.cloud.gke.evidence import Evidence, condition_lines
from tfk8s.cloud.gke.place import Place
from tfk8s.cloud.gke.refusals import explained, quota_error, sentence
from tfk8s.cloud.gke.wording import bracketed_codes, shortages
from tfk8s.errors import CloudError, Tfk8sError

if TYPE_CHECKING:
    from google.cloud.container_v1 import Cluster, NodePool

_STOCKOUT = frozenset({"GCE_STOCKOUT", "ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"})
_REMEDIES = {
    "GKE_SERVICE_ACCOUNT_DELETED": (
        "the service agent of GKE was deleted or lost its role",
        "gcloud projects add-iam-policy-binding {project} --role=roles/container.serviceAgent "
        "--member=serviceAccount:service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com",
    ),
    "NODE_SERVICE_ACCOUNT_MISSING_PERMISSIONS": (
        "the service account of the nodes lacks permissions",
        "gcloud projects add-iam-policy-binding {project} --role=roles/container.defaultNodeServiceAccount "
        "--member=serviceAccount:ACCOUNT",
    ),
    "CLOUD_KMS_KEY_ERROR": (
        "the key that encrypts the cluster's secrets cannot be used",
        "see that the key is enabled and GKE's service agent has roles/cloudkms.cryptoKeyEncrypterDecrypter on it",
    ),
    "CLOUD_KMS_KEY_DESTROYED": (
        "the key that encrypted the cluster's secrets is destroyed",
        "nothing brings it back: delete the cluster and make it anew",
    ),
}


def operation_error(evidence: Evidence, *, errand: Errand, operation: str) -> OperationFailedError:
    """The error for an operation that is over without success; its name stands in the details."""
    error = _by_condition(evidence, errand)
    details = tuple(dict.fromkeys((*error.details, *_said(evidence), f"operation: {operation}")))
    return OperationFailedError(error.message, hint=error.hint, details=details)


def broken_cluster(cluster: Cluster, *, errand: Errand) -> CloudError:
    """The error for a cluster in the state ERROR."""
    evidence = _standing(cluster.status_message, condition_lines(cluster.conditions))
    why = _by_condition(evidence, errand)
    cause = why.message.partition(": ")[2] or "GKE does not say why"
    return CloudError(
        f"the {errand.place} is in the state ERROR: {cause}",
        hint=f"{why.hint}; then delete it, `tfk8s cluster delete {errand.place.name}`, and {_ANEW}",
        details=_said(evidence),
    )


def broken_pool(pool: NodePool, *, errand: Errand) -> CloudError:
    """The error for a node pool in the state ERROR."""
    evidence = _standing(pool.status_message, condition_lines(pool.conditions))
    why = _by_condition(evidence, errand)
    return CloudError(f"{why.message} (node pool {pool.name})", hint=why.hint, details=_said(evidence))


def _standing(message: str, conditions: tuple[tuple[str, str], ...]) -> Evidence:
    """What keeps a thing in the state ERROR, as evidence."""
    texts = [text for _, text in conditions]
    known = message or "; ".join(texts)
    return Evidence(code="UNKNOWN", message=known, quotas=shortages("\n".join([known, *texts])), conditions=conditions)


_ANEW = "run the same command again to make it anew"


def condition_texts(cluster: Cluster) -> tuple[str, ...]:
    """What GKE says is wrong with a cluster and its node pools, a line each."""
    own = [f"{code}: {text}" for code, text in condition_lines(cluster.conditions)]
    if not own and cluster.status_message:
        own = [cluster.status_message]
    for pool in cluster.node_pools:
        own += [f"node pool {pool.name}: {code}: {text}" for code, text in condition_lines(pool.conditions)]
    return tuple(own)


def _by_condition(evidence: Evidence, errand: Errand) -> Tfk8sError:
    codes = {code for code, _ in evidence.conditions} | {evidence.reason}
    if not codes & (_STOCKOUT | {"GCE_QUOTA_EXCEEDED"}):  # only then the words: GKE quotes Compute Engine's code there
        codes |= bracketed_codes(evidence.message)
    if codes & _STOCKOUT:
        return _stockout(evidence, errand.place, errand=errand)
    if "GCE_QUOTA_EXCEEDED" in codes or "QUOTA_EXCEEDED" in codes:
        return quota_error(evidence, errand=errand)
    for code in sorted(codes & _REMEDIES.keys()):
        why, remedy = _REMEDIES[code]
        return CloudError(f"{errand}: {why}", hint=remedy.format(project=errand.place.project))
    if evidence.code in {"CANCELLED", "ABORTED"}:
        return CloudError(f"{errand}: the operation was cancelled", hint="run the same command again to begin anew")
    # of an operation these are verdicts; of a call they would mean that an answer was lost
    if evidence.code in {"INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED"}:
        return CloudError(f"{errand}: {sentence(evidence)}", hint=f"look at the cluster: {console(errand.place)}")
    return explained(evidence, errand=errand)


def _stockout(evidence: Evidence, place: Place, *, errand: Errand) -> CloudError:
    return CloudError(
        f"{errand}: Google has no machines of this kind left in {place.location} at present",
        hint=(
            "set another zone in cluster.location or another machineType, or try again later; "
            f"machines by zone: gcloud compute machine-types list --project {place.project}"
        ),
        details=(evidence.message,),
    )


def _said(evidence: Evidence) -> tuple[str, ...]:
    lines = [evidence.message, *(f"{code}: {text}" for code, text in evidence.conditions)]
    return tuple(dict.fromkeys(filter(None, lines)))
