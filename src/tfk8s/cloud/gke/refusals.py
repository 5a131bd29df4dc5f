"""Google's refusals in the user's terms, each with what to do next. Decided on structured fields.

Reasons are those of google/api/error_reason.proto and of GKE itself (CLUSTER_ALREADY_HAS_OPERATION).
"""

from __future__ import annotations

from collections.abc import Callable

from tfk8s.cloud.gke.errand import (
    AGAIN,
    BusyError,
    Errand,
    InvalidRequestError,
    NameTakenError,
    NoAnswerError,
    console,
)
from tfk8s.cloud.gke.evidence import Evidence
from tfk8s.cloud.gke.project_refusals import Asked, api_disabled, grant, login_refused, no_billing, quotas_page
from tfk8s.cloud.gke.wording import missing_network, missing_permission, named_operation
from tfk8s.errors import CloudError, Tfk8sError


def explained(evidence: Evidence, *, errand: Errand) -> Tfk8sError:
    """The error for a failure: by its reason, else by its quotas, else by its code."""
    if make := _BY_REASON.get(evidence.reason):
        return make(evidence, errand)
    if "googleapis.com/billing-enabled" in evidence.blockers:
        return _billing(evidence, errand)
    if evidence.quotas:
        return quota_error(evidence, errand=errand)
    return _BY_CODE.get(evidence.code, _other)(evidence, errand)


def quota_error(evidence: Evidence, *, errand: Errand) -> CloudError:
    """Names every quota with its figures; the hint says what asks for less, and where to ask for more."""
    lines = tuple(str(shortage) for shortage in evidence.quotas)
    short = f": {'; '.join(lines)}" if lines else ""
    return CloudError(
        f"{errand}: the quota of the project {errand.place.project} does not suffice{short}",
        hint=(
            "ask for less in the spec's cluster (fewer nodes, a smaller machineType, one zone in place of a region, "
            "which has the nodes in each of its zones, a smaller or standard disk: diskSizeGb, diskType: pd-standard), "
            f"or for more quota: {quotas_page(errand.place.project)}"
        ),
        details=(evidence.message,),
    )


def _asked(errand: Errand) -> Asked:
    return Asked(what=str(errand), project=errand.place.project, service="container.googleapis.com")


def _api_disabled(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return api_disabled(evidence, _asked(errand))


def _billing(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return no_billing(evidence, _asked(errand))


def _permission(evidence: Evidence, errand: Errand) -> Tfk8sError:
    permission = evidence.metadata.get("permission") or missing_permission(evidence.message)
    if not permission:
        return _denied(evidence, errand)
    on = evidence.metadata.get("resource") or f"projects/{errand.place.project}"
    return CloudError(
        f"{errand}: the login lacks the permission {permission} on {on}",
        hint=("have an administrator of the project run: " + grant(errand.place.project, role=role_with(permission))),
        details=(evidence.message,),
    )


def role_with(permission: str) -> str:
    """The smallest predefined role that has a permission of GKE and its surroundings.

    https://cloud.google.com/kubernetes-engine/docs/how-to/iam#predefined
    """
    match permission.split("."):
        case ["iam", "serviceAccounts", *_]:
            return "roles/iam.serviceAccountUser"
        case ["compute", "networks" | "subnetworks", *_]:
            return "roles/compute.networkUser"
        case ["compute", *_]:
            return "roles/compute.viewer"
        case ["container", "clusters", "get" | "list"] | ["container", "operations", "get" | "list"]:
            return "roles/container.clusterViewer"
        case ["container", "clusters" | "operations", *_]:
            return "roles/container.clusterAdmin"
        case ["serviceusage", *_]:
            return "roles/serviceusage.serviceUsageConsumer"
        case _:
            return "roles/container.admin"


def _denied(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: Google denied it",
        hint="look which account is used (gcloud auth list) and whether it has roles/container.admin in the project",
        details=evidence.lines(),
    )


def _no_project(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: there is no project {errand.place.project} that this login may use",
        hint="gcloud projects list shows yours; set cluster.project to the id of one (not its name or number)",
        details=(evidence.message,),
    )


def _no_location(evidence: Evidence, errand: Errand) -> Tfk8sError:
    place = errand.place
    return CloudError(
        f"{errand}: there is no location {place.location}, or the project {place.project} may not use it",
        hint=f"set cluster.location to a zone or region of: gcloud compute zones list --project {place.project}",
        details=evidence.lines(),
    )


def _policy(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: a policy of the organisation forbids it ({evidence.reason})",
        hint="ask the organisation's administrator; the details name the policy as far as Google does",
        details=evidence.lines(),
    )


def _expired(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return login_refused(evidence, _asked(errand))


def _rate(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return NoAnswerError(
        f"{errand}: too many requests of the project {errand.place.project}",
        hint="wait a minute, then " + AGAIN,
        details=evidence.lines(),
    )


def _busy(evidence: Evidence, errand: Errand) -> Tfk8sError:
    operation = named_operation(evidence.message)
    known = f" ({operation})" if operation else ""
    return BusyError(
        f"{errand}: another operation works on the cluster{known}", operation=operation, details=evidence.lines()
    )


def _precondition(evidence: Evidence, errand: Errand) -> Tfk8sError:
    if named_operation(evidence.message):  # older servers send no ErrorInfo with it
        return _busy(evidence, errand)
    hint = f"remove what the details name, or look at the cluster: {console(errand.place)}"
    return CloudError(f"{errand}: GKE refuses it in the present state", hint=hint, details=evidence.lines())


def _invalid(evidence: Evidence, errand: Errand) -> Tfk8sError:
    if network := missing_network(evidence.message):
        project = errand.place.project
        return InvalidRequestError(
            f"{errand}: the project {project} has no network {network}",
            hint=(
                f"gcloud compute networks create {network} --subnet-mode=auto --project {project}, or set "
                f"cluster.network to one of: gcloud compute networks list --project {project}"
            ),
            details=(evidence.message,),
        )
    return InvalidRequestError(
        f"{errand}: GKE does not accept the request: {sentence(evidence)}",
        hint="correct the spec's cluster; `tfk8s cluster create --dry-run` prints the request",
        details=tuple(f"{field}: {complaint}" for field, complaint in evidence.fields),
    )


def _taken(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return NameTakenError(
        f"{errand}: the name is taken",
        hint="look at it with `tfk8s cluster status`, or choose another name",
        details=(evidence.message,),
    )


def _not_found(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: there is none", hint="`tfk8s cluster list` shows what there is", details=evidence.lines()
    )


def _no_answer(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return NoAnswerError(
        f"{errand}: Google's API does not answer ({evidence.code})",
        hint="look at the network and at https://status.cloud.google.com, then " + AGAIN,
        details=evidence.lines(),
    )


def _not_gke(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: what answers is not the API of GKE",
        hint="look at TFK8S_GKE_ENDPOINT and CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER",
        details=evidence.lines(),
    )


def _other(evidence: Evidence, errand: Errand) -> Tfk8sError:
    return CloudError(
        f"{errand}: {sentence(evidence)}",
        hint=f"look at the cluster: {console(errand.place)}",
        details=evidence.lines(),
    )


def sentence(evidence: Evidence) -> str:
    """What Google says, as the end of a message."""
    return evidence.message.strip().removesuffix(".") or "Google does not say why"


_Explanation = Callable[[Evidence, Errand], Tfk8sError]

_BY_REASON: dict[str, _Explanation] = {
    "SERVICE_DISABLED": _api_disabled,
    "BILLING_DISABLED": _billing,
    "UREQ_PROJECT_BILLING_NOT_FOUND": _billing,
    "IAM_PERMISSION_DENIED": _permission,
    "CONSUMER_INVALID": _no_project,
    "CONSUMER_SUSPENDED": _no_project,
    "RESOURCE_PROJECT_INVALID": _no_project,
    "USER_PROJECT_DENIED": _no_project,
    "LOCATION_POLICY_VIOLATED": _no_location,
    "LOCATION_ORG_POLICY_VIOLATED": _policy,
    "ORG_RESTRICTION_VIOLATION": _policy,
    "SECURITY_POLICY_VIOLATED": _policy,
    "ACCESS_TOKEN_EXPIRED": _expired,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _expired,
    "ACCOUNT_STATE_INVALID": _expired,
    "CREDENTIALS_MISSING": _expired,
    "USER_BLOCKED_BY_ADMIN": _policy,
    "RESOURCE_USAGE_RESTRICTION_VIOLATED": _policy,
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": _expired,
    "RESOURCE_QUOTA_EXCEEDED": lambda evidence, errand: quota_error(evidence, errand=errand),
    "RATE_LIMIT_EXCEEDED": _rate,
    "CLUSTER_ALREADY_HAS_OPERATION": _busy,
}

_BY_CODE: dict[str, _Explanation] = {
    "UNAUTHENTICATED": _expired,
    "PERMISSION_DENIED": _permission,
    "NOT_FOUND": _not_found,
    "ALREADY_EXISTS": _taken,
    "FAILED_PRECONDITION": _precondition,
    "INVALID_ARGUMENT": _invalid,
    "OUT_OF_RANGE": _invalid,
    "RESOURCE_EXHAUSTED": lambda evidence, errand: quota_error(evidence, errand=errand),
    "UNIMPLEMENTED": _not_gke,
    "UNAVAILABLE": _no_answer,
    "DEADLINE_EXCEEDED": _no_answer,
    "INTERNAL": _no_answer,
    "ABORTED": _no_answer,
    "UNKNOWN": _no_answer,
}
