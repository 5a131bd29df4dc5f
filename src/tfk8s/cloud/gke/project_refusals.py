"""Refusals that each of Google's APIs makes alike: the project or the login is not ready for it."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.cloud.gke.evidence import Evidence
from tfk8s.cloud.gke.login_errors import LOGIN_HINT
from tfk8s.errors import PreconditionError

CONSOLE = "https://console.cloud.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What Google was asked.

    Attributes:
        what: the start of a message.
        project: id of the Google Cloud project.
        service: the API, for when Google does not name it.
    """

    what: str
    project: str
    service: str


def api_disabled(evidence: Evidence, asked: Asked) -> PreconditionError:
    """The API is not enabled."""
    service = evidence.metadata.get("service") or asked.service
    return PreconditionError(
        f"{asked.what}: the API {service} is not enabled in the project {asked.project}",
        hint=f"gcloud services enable {service} --project {asked.project}; it takes effect after a few minutes",
        details=(evidence.message,),
    )


def no_billing(evidence: Evidence, asked: Asked) -> PreconditionError:
    """Nobody pays for the project."""
    project = asked.project
    return PreconditionError(
        f"{asked.what}: the project {project} has no active billing account",
        hint=(
            f"gcloud billing projects link {project} --billing-account=ACCOUNT (gcloud billing accounts list names "
            f"yours), or {CONSOLE}/billing/linkedaccount?project={project}"
        ),
        details=(evidence.message,),
    )


def login_refused(evidence: Evidence, asked: Asked) -> PreconditionError:
    """The login is none that Google accepts."""
    known = {
        "ACCESS_TOKEN_EXPIRED": "the access token has expired",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "the access token was made without the scope cloud-platform",
        "CREDENTIALS_MISSING": "no login was sent",
        "ACCOUNT_STATE_INVALID": "the account of the login is disabled or deleted",
    }
    why = known.get(evidence.reason, "Google does not accept the login, or it has expired")
    return PreconditionError(f"{asked.what}: {why}", hint=f"log in again: {LOGIN_HINT}", details=evidence.lines())


def grant(project: str, *, role: str) -> str:
    """The command with which an administrator gives the login a role."""
    return f"gcloud projects add-iam-policy-binding {project} --member=user:EMAIL --role={role}"


def quotas_page(project: str) -> str:
    """Where more quota is asked for."""
    return f"{CONSOLE}/iam-admin/quotas?project={project}"
