"""What Google answers when something is wrong, and what the user must read of it."""

from __future__ import annotations

from dataclasses import dataclass

from google.rpc.status_pb2 import Status

from tests.fakes.gke import faults
from tfk8s.cloud.gke.api import PAUSES_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What Google answers, and what the user must read.

    Attributes:
        says: parts of the message.
        hint: parts of what to do next.
        tries: how often a call that only reads is made; a call that changes something never more than once unless
            nothing was answered.
    """

    name: str
    status: Status
    exit_code: int
    says: tuple[str, ...]
    hint: tuple[str, ...]
    tries: int = 1


REPEATED = len(PAUSES_S) + 1
FAULTS = (
    Fault(
        name="the API is not enabled",
        status=faults.api_disabled(),
        exit_code=4,
        says=("the API container.googleapis.com is not enabled in the project my-project",),
        hint=("gcloud services enable container.googleapis.com --project my-project",),
    ),
    Fault(
        name="no billing",
        status=faults.billing_disabled(),
        exit_code=4,
        says=("the project my-project has no active billing account",),
        hint=("gcloud billing projects link my-project", "console.cloud.google.com/billing/linkedaccount?project="),
    ),
    Fault(
        name="no billing account",
        status=faults.billing_not_found(),
        exit_code=4,
        says=("the project my-project has no active billing account",),
        hint=("gcloud billing accounts list",),
    ),
    Fault(
        name="a permission is missing",
        status=faults.permission_denied(),
        exit_code=8,
        says=("the login lacks the permission container.clusters.create on projects/my-project",),
        hint=("gcloud projects add-iam-policy-binding my-project", "--role=roles/container.clusterAdmin"),
    ),
    Fault(
        name="a permission is missing, in words",
        status=faults.permission_in_words("container.clusters.get"),
        exit_code=8,
        says=("the login lacks the permission container.clusters.get",),
        hint=("--role=roles/container.clusterViewer",),
    ),
    Fault(
        name="the nodes' account may not be used",
        status=faults.permission_denied("iam.serviceAccounts.actAs", on="projects/my-project/serviceAccounts/nodes"),
        exit_code=8,
        says=("iam.serviceAccounts.actAs on projects/my-project/serviceAccounts/nodes",),
        hint=("--role=roles/iam.serviceAccountUser",),
    ),
    Fault(
        name="denied without a word",
        status=faults.status("PERMISSION_DENIED", "The caller does not have permission"),
        exit_code=8,
        says=("Google denied it",),
        hint=("gcloud auth list", "roles/container.admin"),
    ),
    Fault(
        name="no such project",
        status=faults.reasoned("PERMISSION_DENIED", "CONSUMER_INVALID", "Project 'my-project' not found or deleted."),
        exit_code=8,
        says=("there is no project my-project that this login may use",),
        hint=("gcloud projects list", "cluster.project"),
    ),
    Fault(
        name="the project is not for this login",
        status=faults.reasoned("PERMISSION_DENIED", "USER_PROJECT_DENIED", "Caller does not have required permission."),
        exit_code=8,
        says=("there is no project my-project that this login may use",),
        hint=("gcloud projects list",),
    ),
    Fault(
        name="no such location",
        status=faults.location_unknown("us-central1-z"),
        exit_code=8,
        says=("there is no location us-central1-a, or the project my-project may not use it",),
        hint=("gcloud compute zones list --project my-project", "cluster.location"),
    ),
    Fault(
        name="a policy on locations",
        status=faults.reasoned("PERMISSION_DENIED", "LOCATION_ORG_POLICY_VIOLATED", "Violates gcp.resourceLocations."),
        exit_code=8,
        says=("a policy of the organisation forbids it (LOCATION_ORG_POLICY_VIOLATED)",),
        hint=("administrator",),
    ),
    Fault(
        name="a service perimeter",
        status=faults.reasoned("PERMISSION_DENIED", "SECURITY_POLICY_VIOLATED", "Request is prohibited."),
        exit_code=8,
        says=("a policy of the organisation forbids it (SECURITY_POLICY_VIOLATED)",),
        hint=("administrator",),
    ),
    Fault(
        name="the login is not accepted",
        status=faults.unauthenticated(),
        exit_code=4,
        says=("Google does not accept the login, or it has expired",),
        hint=("gcloud auth application-default login",),
    ),
    Fault(
        name="the token has expired",
        status=faults.reasoned("UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED", "Request had invalid credentials."),
        exit_code=4,
        says=("the access token has expired",),
        hint=("log in again: gcloud auth application-default login",),
    ),
    Fault(
        name="the token's scope does not do",
        status=faults.reasoned("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Insufficient scopes."),
        exit_code=4,
        says=("made without the scope cloud-platform",),
        hint=("gcloud auth application-default login",),
    ),
    Fault(
        name="the account is gone",
        status=faults.reasoned("UNAUTHENTICATED", "ACCOUNT_STATE_INVALID", "Account is disabled."),
        exit_code=4,
        says=("the account of the login is disabled or deleted",),
        hint=("log in again",),
    ),
    Fault(
        name="quota, worked out by GKE",
        status=faults.quota_in_words(("CPUS", 5.0, 1.0, 8.0, 4.0)),
        exit_code=8,
        says=("the quota of the project my-project does not suffice: CPUS: 5 needed, 4 available, limit 8",),
        hint=("diskType", "diskSizeGb", "one zone", "console.cloud.google.com/iam-admin/quotas?project=my-project"),
    ),
    Fault(
        name="quota, several",
        status=faults.quota_in_words(("CPUS", 12.0, 4.0, 8.0, 8.0), ("SSD_TOTAL_GB", 300.0, 50.0, 250.0, 250.0)),
        exit_code=8,
        says=("CPUS: 12 needed, 8 available, limit 8", "SSD_TOTAL_GB: 300 needed, 250 available, limit 250"),
        hint=("fewer nodes",),
    ),
    Fault(
        name="quota, structured",
        status=faults.quota_structured(),
        exit_code=8,
        says=("SSD-TOTAL-GB-per-project-region: limit 250",),
        hint=("diskType: pd-standard",),
    ),
    Fault(
        name="quota, by reason",
        status=faults.quota_by_reason(),
        exit_code=8,
        says=("does not suffice: ClustersPerProject: limit 50",),
        hint=("iam-admin/quotas?project=my-project",),
    ),
    Fault(
        name="quota, unnamed",
        status=faults.status("RESOURCE_EXHAUSTED", "Quota exceeded."),
        exit_code=8,
        says=("the quota of the project my-project does not suffice",),
        hint=("iam-admin/quotas",),
    ),
    Fault(
        name="the network is missing",
        status=faults.network_missing("default"),
        exit_code=8,
        says=("the project my-project has no network default",),
        hint=("gcloud compute networks create default --subnet-mode=auto --project my-project", "cluster.network"),
    ),
    Fault(
        name="a field is refused",
        status=faults.field_invalid("Cluster.node_pools[0].config.machine_type", "is not available here"),
        exit_code=8,
        says=("GKE does not accept the request", "is not available here"),
        hint=("tfk8s cluster create --dry-run",),
    ),
    Fault(
        name="the state forbids it",
        status=faults.status("FAILED_PRECONDITION", "Cluster has deletion protection."),
        exit_code=8,
        says=("GKE refuses it in the present state",),
        hint=("look at the cluster: https://console.cloud.google.com/kubernetes/",),
    ),
    Fault(
        name="the server is no GKE",
        status=faults.status("UNIMPLEMENTED", "Method not found."),
        exit_code=8,
        says=("what answers is not the API of GKE",),
        hint=("TFK8S_GKE_ENDPOINT",),
    ),
    Fault(
        name="nobody answers",
        status=faults.unavailable(),
        exit_code=8,
        says=("Google's API does not answer (UNAVAILABLE)",),
        hint=("status.cloud.google.com", "run the same command again"),
        tries=REPEATED,
    ),
    Fault(
        name="the deadline is over",
        status=faults.deadline(),
        exit_code=8,
        says=("Google's API does not answer (DEADLINE_EXCEEDED)",),
        hint=("run the same command again",),
        tries=REPEATED,
    ),
    Fault(
        name="an error inside",
        status=faults.internal(),
        exit_code=8,
        says=("Google's API does not answer (INTERNAL)",),
        hint=("run the same command again",),
        tries=REPEATED,
    ),
    Fault(
        name="too many requests",
        status=faults.rate_limited(),
        exit_code=8,
        says=("too many requests of the project my-project",),
        hint=("wait a minute",),
        tries=REPEATED,
    ),
    Fault(
        name="a code of tomorrow",
        status=faults.status("DATA_LOSS", "Something was lost."),
        exit_code=8,
        says=("Something was lost",),
        hint=("https://console.cloud.google.com/kubernetes/",),
    ),
)
