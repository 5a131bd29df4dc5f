"""The failures of GKE as it sends them: codes, sentences and details; restated from public reports of real answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from google.cloud.container_v1 import StatusCondition
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as rich
from google.rpc.code_pb2 import Code
from google.rpc.status_pb2 import Status

SERVICE = "container.googleapis.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFailure:
    """How an operation ends: DONE, with an error or (older) conditions and a sentence alone."""

    error: Status
    conditions: tuple[StatusCondition, ...] = ()
    leaves_cluster: bool = True


def status(code: str, message: str, *details: Message) -> Status:
    packed = []
    for detail in details:
        holder = AnyMessage()
        holder.Pack(detail)
        packed.append(holder)
    return Status(code=Code.Value(code), message=message, details=packed)


def info(reason: str, *, domain: str = "googleapis.com", **metadata: str) -> rich.ErrorInfo:
    return rich.ErrorInfo(reason=reason, domain=domain, metadata=metadata)


def help_at(url: str) -> rich.Help:
    return rich.Help(links=[rich.Help.Link(description="more", url=url)])


def api_disabled(project: str = "my-project") -> Status:
    url = f"https://console.developers.google.com/apis/api/{SERVICE}/overview?project={project}"
    text = f"Kubernetes Engine API has not been used in project {project} before or it is disabled. Enable it by {url}"
    return status(
        "PERMISSION_DENIED",
        text,
        info("SERVICE_DISABLED", service=SERVICE, consumer=f"projects/{project}", activationUrl=url),
        rich.LocalizedMessage(locale="en-US", message=text),
        help_at(url),
    )


def billing_disabled(project: str = "my-project") -> Status:
    text = f"This API method requires billing to be enabled. Please enable billing on project #{project}."
    return status(
        "PERMISSION_DENIED",
        text,
        info("BILLING_DISABLED", service=SERVICE, consumer=f"projects/{project}"),
        help_at(f"https://console.developers.google.com/billing/enable?project={project}"),
    )


def billing_not_found(project: str = "my-project") -> Status:
    violation = rich.PreconditionFailure.Violation(
        type="googleapis.com/billing-enabled", subject=f"?error_code=390001&project={project}"
    )
    text = f"Billing account for project '{project}' is not found."
    return status("FAILED_PRECONDITION", text, rich.PreconditionFailure(violations=[violation]))


def permission_denied(permission: str = "container.clusters.create", *, on: str = "projects/my-project") -> Status:
    text = f'Required "{permission}" permission(s) for "{on}".'
    detail = info("IAM_PERMISSION_DENIED", domain="iam.googleapis.com", permission=permission, resource=on)
    return status("PERMISSION_DENIED", text, detail)


def permission_in_words(permission: str = "container.clusters.create") -> Status:
    return status(
        "PERMISSION_DENIED", f'Required "{permission}" permission(s) for "projects/my-project".', request_info()
    )


def request_info() -> rich.RequestInfo:
    return rich.RequestInfo(request_id="0xddec4f552739326d")


def reasoned(code: str, reason: str, text: str) -> Status:
    return status(code, text, info(reason, service=SERVICE, consumer="projects/my-project"))


def location_unknown(location: str) -> Status:
    text = f"Permission denied on 'locations/{location}' (or it may not exist)."
    return status(
        "PERMISSION_DENIED",
        text,
        info("LOCATION_POLICY_VIOLATED", consumer="projects/my-project", location=location, service=SERVICE),
        rich.LocalizedMessage(locale="en-US", message=text),
    )


def quota_in_words(*short: tuple[str, float, float, float, float]) -> Status:
    """What GKE answers when it works a quota out itself: (quota, asked, short, limit, available) each."""
    sentences = [
        f"resource \"{name}\": request requires '{asked}' and is short '{lack}'. "
        f"project has a quota of '{limit}' with '{left}' available."
        for name, asked, lack, limit, left in short
    ]
    if len(sentences) == 1:
        return status("PERMISSION_DENIED", f"Insufficient regional quota to satisfy request: {sentences[0]}")
    numbered = [
        f"\n\t({n}) insufficient regional quota to satisfy request: {text}" for n, text in enumerate(sentences, start=1)
    ]
    return status("PERMISSION_DENIED", "".join(numbered))


def quota_structured() -> Status:
    violations = [
        rich.QuotaFailure.Violation(
            subject="project:my-project",
            description="Quota 'SSD_TOTAL_GB' exceeded.  Limit: 250.0 in region us-central1.",
            api_service="compute.googleapis.com",
            quota_metric="compute.googleapis.com/ssd_total_storage",
            quota_id="SSD-TOTAL-GB-per-project-region",
            quota_value=250,
        )
    ]
    return status(
        "RESOURCE_EXHAUSTED", "Insufficient quota to satisfy the request.", rich.QuotaFailure(violations=violations)
    )


def quota_by_reason() -> Status:
    detail = info(
        "RESOURCE_QUOTA_EXCEEDED",
        service=SERVICE,
        consumer="projects/my-project",
        quota_metric=f"{SERVICE}/clusters",
        quota_limit="ClustersPerProject",
        quota_limit_value="50",
    )
    return status("RESOURCE_EXHAUSTED", "Quota exceeded for clusters.", detail)


def rate_limited() -> Status:
    detail = info("RATE_LIMIT_EXCEEDED", service=SERVICE, quota_metric=f"{SERVICE}/default", quota_limit_value="3000")
    return status("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests' per minute.", detail)


def network_missing(name: str = "default", *, project: str = "my-project") -> Status:
    return status("INVALID_ARGUMENT", f'Project "{project}" has no network named "{name}".', request_info())


def version_unsupported(version: str) -> Status:
    return status("INVALID_ARGUMENT", f'Node version "{version}" is unsupported.', request_info())


def field_invalid(field: str, complaint: str) -> Status:
    violation = rich.BadRequest.FieldViolation(field=field, description=complaint)
    return status("INVALID_ARGUMENT", f"{field}: {complaint}", rich.BadRequest(field_violations=[violation]))


def already_exists(path: str) -> Status:
    return status("ALREADY_EXISTS", f"Already exists: {path}.", request_info())


def not_found(path: str) -> Status:
    return status("NOT_FOUND", f"Not found: {path}.", request_info())


def busy(operation: str) -> Status:
    detail = info("CLUSTER_ALREADY_HAS_OPERATION", domain=SERVICE)
    return status("FAILED_PRECONDITION", f"Cluster is running incompatible operation {operation}.", detail)


def plain(code: str, message: str) -> Callable[[], Status]:
    return lambda: status(code, message)


unavailable = plain("UNAVAILABLE", "The service is currently unavailable.")
deadline = plain("DEADLINE_EXCEEDED", "Deadline expired before operation could complete.")
internal = plain("INTERNAL", "Internal error encountered.")
unauthenticated = plain("UNAUTHENTICATED", "Request had invalid authentication credentials.")


def stockout(zone: str = "us-central1-a") -> OperationFailure:
    text = (
        "Google Compute Engine: Not all instances running in IGM after 35m4s. Expected 5, running 0, transitioning 5. "
        f"Current errors: [GCE_STOCKOUT]: Instance 'gke-1' creation failed: The zone "
        f"'projects/my-project/zones/{zone}' does not have enough resources available to fulfill the request."
    )
    condition = StatusCondition(
        code=StatusCondition.Code.GCE_STOCKOUT, canonical_code=Code.RESOURCE_EXHAUSTED, message=text
    )
    return OperationFailure(error=status("RESOURCE_EXHAUSTED", text), conditions=(condition,))


def stockout_by_reason(reason: str = "ZONE_RESOURCE_POOL_EXHAUSTED") -> OperationFailure:
    detail = info(reason, domain="compute.googleapis.com", zone="us-central1-a")
    return OperationFailure(error=status("RESOURCE_EXHAUSTED", "The zone does not have enough resources.", detail))


def quota_at_nodes(quota: str = "IN_USE_ADDRESSES", *, limit: float = 8.0) -> OperationFailure:
    text = f"Instance 'gke-1' creation failed: Quota '{quota}' exceeded.  Limit: {limit} in region us-central1."
    code = StatusCondition.Code.GCE_QUOTA_EXCEEDED
    condition = StatusCondition(code=code, canonical_code=Code.RESOURCE_EXHAUSTED, message=text)
    return OperationFailure(error=status("RESOURCE_EXHAUSTED", text), conditions=(condition,))


def condition_alone(code: str, text: str) -> OperationFailure:
    """As older servers end an operation: no `error`."""
    condition = StatusCondition(code=getattr(StatusCondition.Code, code), message=text)
    return OperationFailure(error=Status(), conditions=(condition,))


def ended(code: str, text: str, *, leaves_cluster: bool = True) -> OperationFailure:
    return OperationFailure(error=status(code, text), leaves_cluster=leaves_cluster)


BY_NAME: Mapping[str, Callable[[], Status]] = {
    "api-disabled": api_disabled,
    "billing-disabled": billing_disabled,
    "permission-denied": permission_denied,
    "quota": lambda: quota_in_words(("CPUS", 5.0, 1.0, 8.0, 4.0)),
    "unauthenticated": unauthenticated,
    "unavailable": unavailable,
    "deadline": deadline,
}
"""Those that the process can be told to answer with."""

FAILURES_BY_NAME: Mapping[str, Callable[[], OperationFailure]] = {
    "stockout": stockout,
    "quota-at-nodes": quota_at_nodes,
}
"""Those that the process can be told to end an operation with."""


def names() -> Sequence[str]:
    return sorted([*BY_NAME, *FAILURES_BY_NAME])
