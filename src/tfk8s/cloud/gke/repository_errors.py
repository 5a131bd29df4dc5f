"""What Artifact Registry refuses, in the user's terms. Decided on the structured fields of Google's errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfk8s.cloud.gke.evidence import Evidence, of_call, of_status
from tfk8s.cloud.gke.login_errors import LOGIN_HINT
from tfk8s.cloud.gke.project_refusals import (
    CONSOLE,
    Asked,
    api_disabled,
    grant,
    login_refused,
    no_billing,
    quotas_page,
)
from tfk8s.cloud.gke.repository_name import RepositoryName
from tfk8s.errors import CloudError, PreconditionError, Tfk8sError

if TYPE_CHECKING:
    from google.longrunning.operations_pb2 import Operation

_AGAIN = "then run the same command again"


@contextmanager
def translated(name: RepositoryName, permission: str) -> Iterator[None]:
    """Translate whatever Google's library raises.

    Args:
        name: the repository it was about.
        permission: what the call needs, for when Google does not say it.

    Raises:
        PreconditionError: the login, the project or its billing is not ready.
        CloudError: anything else.
    """
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except GoogleAPICallError as error:
        raise explained(of_call(error), name=name, permission=permission) from error
    except GoogleAuthError as error:
        raise PreconditionError(f"{name}: the Google login does not work", hint=LOGIN_HINT) from error
    except GoogleAPIError as error:
        raise CloudError(f"{name}: Artifact Registry does not answer", hint=f"look at the network, {_AGAIN}") from error


def operation_failed(operation: Operation, *, name: RepositoryName, permission: str) -> Tfk8sError:
    """The error for an operation that is over without success; its name stands in the details."""
    error = explained(of_status(operation.error), name=name, permission=permission)
    return type(error)(error.message, hint=error.hint, details=(*error.details, f"operation: {operation.name}"))


def explained(evidence: Evidence, *, name: RepositoryName, permission: str) -> Tfk8sError:
    """The error for a failure: by its reason, else by its code."""
    if evidence.reason == "IAM_PERMISSION_DENIED" or (evidence.code == "PERMISSION_DENIED" and not evidence.reason):
        return _permission(evidence, name, permission=evidence.metadata.get("permission") or permission)
    if "googleapis.com/billing-enabled" in evidence.blockers:
        return _billing(evidence, name)
    make = _BY_REASON.get(evidence.reason) or _BY_CODE.get(evidence.code) or _other
    return make(evidence, name)


def _permission(evidence: Evidence, name: RepositoryName, *, permission: str) -> Tfk8sError:
    role = "roles/artifactregistry.reader" if permission.endswith(".get") else "roles/artifactregistry.admin"
    return CloudError(
        f"{name}: the login lacks the permission {permission}, or there is no project {name.project}",
        hint=f"have an administrator run: {grant(name.project, role=role)}",
        details=evidence.lines(),
    )


def _asked(name: RepositoryName) -> Asked:
    return Asked(what=str(name), project=name.project, service="artifactregistry.googleapis.com")


def _disabled(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return api_disabled(evidence, _asked(name))


def _billing(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return no_billing(evidence, _asked(name))


def _login(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return login_refused(evidence, _asked(name))


def _no_project(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return CloudError(
        f"{name}: there is no project {name.project} that this login may use",
        hint="gcloud projects list shows yours; its id, not its name, is the part after LOCATION-docker.pkg.dev/",
        details=evidence.lines(),
    )


def _location(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return CloudError(
        f"{name}: there is no location {name.location}, or the project may not use it",
        hint=f"take one of: gcloud artifacts locations list --project {name.project}",
        details=evidence.lines(),
    )


def _invalid(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    fields = tuple(f"{field}: {complaint}" for field, complaint in evidence.fields)
    return CloudError(
        f"{name}: Artifact Registry does not accept the name or the location",
        hint="a repository's name is lower-case letters, digits and -, of 63 at most; "
        f"locations: gcloud artifacts locations list --project {name.project}",
        details=(*evidence.lines(), *fields),
    )


def _quota(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    metric = evidence.metadata.get("quota_metric", "")
    limit = evidence.metadata.get("quota_limit_value", "")
    known = (f"{metric}, limit {limit}" if limit else metric) if metric else "; ".join(map(str, evidence.quotas))
    return CloudError(
        f"{name}: a quota of the project {name.project} is used up" + (f": {known}" if known else ""),
        hint=f"wait a minute, or ask for more: {quotas_page(name.project)}",
        details=evidence.lines(),
    )


def _no_answer(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return CloudError(
        f"{name}: Artifact Registry does not answer ({evidence.code})",
        hint=f"look at the network and at https://status.cloud.google.com, {_AGAIN}",
        details=evidence.lines(),
    )


def _other(evidence: Evidence, name: RepositoryName) -> Tfk8sError:
    return CloudError(
        f"{name}: Artifact Registry refuses it ({evidence.reason or evidence.code})",
        hint=f"look at it: {CONSOLE}/artifacts?project={name.project}",
        details=evidence.lines(),
    )


_Explanation = Callable[[Evidence, RepositoryName], Tfk8sError]

_BY_REASON: dict[str, _Explanation] = {
    "SERVICE_DISABLED": _disabled,
    "BILLING_DISABLED": _billing,
    "CONSUMER_INVALID": _no_project,
    "USER_PROJECT_DENIED": _no_project,
    "LOCATION_POLICY_VIOLATED": _location,
    "RATE_LIMIT_EXCEEDED": _quota,
    "ACCESS_TOKEN_EXPIRED": _login,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _login,
}

_BY_CODE: dict[str, _Explanation] = {
    "UNAUTHENTICATED": _login,
    "NOT_FOUND": _location,
    "INVALID_ARGUMENT": _invalid,
    "RESOURCE_EXHAUSTED": _quota,
    "UNAVAILABLE": _no_answer,
    "DEADLINE_EXCEEDED": _no_answer,
}
