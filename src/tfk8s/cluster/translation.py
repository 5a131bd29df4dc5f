"""The one place where failures of the Kubernetes client become ours. Headers and bodies are never shown.

The server's Status decides (its `reason`, `details` and `causes`); its `message` is what the user reads.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError, Tfk8sError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.json_text import parse_json
from tfk8s.plan.observation import Cause, RefusalReason, Refused
from tfk8s.ports.cluster import ClusterIdentity, ClusterUnreachableError, ForbiddenError

if TYPE_CHECKING:
    from kubernetes.client.exceptions import ApiException

_UNTYPED = ("failed to create typed patch object", "strict decoding error")
"""How a server says "no such field". It sends 500 with no structured cause under server-side apply (seen on 1.34)."""

_LONGEST_MESSAGE = 600
_BY_STATUS = {403: RefusalReason.FORBIDDEN, 409: RefusalReason.CONFLICT, 422: RefusalReason.INVALID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An error answer of the server: the HTTP code and the Status, {} when the body is none."""

    code: int
    status: JsonObject

    @property
    def message(self) -> str:
        """The server's own words, shortened."""
        text = text_at(self.status, "message") or f"HTTP status {self.code}"
        return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " ..."

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Field and words of each cause."""
        return tuple(
            Cause(field=text_at(item, "field"), message=text_at(item, "message"))
            for item in objects_at(self.status, "details", "causes")
        )

    @property
    def missing_kind(self) -> str:
        """For 404: the plural of what was not found, which is `namespaces` when it is the place that is missing."""
        return text_at(self.status, "details", "kind")


def answer_of(error: ApiException) -> Answer:
    """Read the Status out of the client's exception; a body that is no Status is dropped."""
    body: object = getattr(error, "body", None)
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        parsed = parse_json(text) if isinstance(text, str) else {}
    except ValueError:
        parsed = {}
    status: JsonObject = parsed if isinstance(parsed, dict) else {}
    code: object = getattr(error, "status", None)
    return Answer(code=code if isinstance(code, int) else 0, status=status)


def refusal(answer: Answer) -> Refused | None:
    """The answer as a refusal of one object, or None when it says something about the connection or the login."""
    reason = _BY_STATUS.get(answer.code)
    if answer.code == 404 and answer.missing_kind == "namespaces":
        reason = RefusalReason.NO_NAMESPACE
    elif answer.code in (400, 500) and any(text in answer.message for text in _UNTYPED):
        reason = RefusalReason.UNKNOWN_FIELD
    elif answer.code == 400:
        reason = RefusalReason.OTHER
    return Refused(reason=reason, message=answer.message, causes=answer.causes) if reason else None


@contextmanager
def translated(what: str, *, identity: ClusterIdentity) -> Iterator[None]:
    """Turn every failure of the client inside into one of ours; `what` says what was being done.

    Raises:
        Tfk8sError: of the family that fits.
    """
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        raise _rejected(what, answer_of(error), identity=identity) from error
    except (HTTPError, ssl.SSLError, OSError) as error:
        raise connection_error(error, identity=identity) from error
    except json.JSONDecodeError as error:
        raise PreconditionError(
            f"{what}: what answers at {identity.server} is no Kubernetes API server",
            hint="a proxy or a login page may stand in between; look at the server of the context",
        ) from error


def connection_error(error: BaseException, *, identity: ClusterIdentity) -> PreconditionError:
    """Tell a certificate that is not trusted from a server that does not answer."""
    from urllib3.exceptions import SSLError

    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, (SSLError, ssl.SSLError)):
            return _untrusted(identity)
        reason: object = getattr(chain, "reason", None)  # urllib3 keeps the cause of MaxRetryError there
        chain = reason if isinstance(reason, BaseException) else chain.__cause__ or chain.__context__
    return ClusterUnreachableError(
        f"the cluster of {identity} does not answer ({type(error).__name__})",
        hint="is it running, and is this the right context? `kubectl config get-contexts` lists them",
    )


def _untrusted(identity: ClusterIdentity) -> PreconditionError:
    return PreconditionError(
        f"the certificate of {identity} is not trusted, or is for another name",
        hint="its authority is not the one that the kubeconfig or the provider names; fetch the credentials again",
    )


def _rejected(what: str, answer: Answer, *, identity: ClusterIdentity) -> Tfk8sError:
    refused = refusal(answer)
    if answer.code == 0:
        return _untrusted(identity)
    if answer.code == 401:
        return PreconditionError(
            f"the login of {identity} is not accepted: it is wrong or has expired",
            hint="log in again (for GKE: gcloud auth login, or gcloud auth application-default login for tfk8s alone), "
            "or fetch the credentials of the cluster again",
        )
    if refused is not None:
        return rejected_object(what, refused)
    if answer.code == 404:
        return PreconditionError(f"{what}: {answer.message}", hint="does the cluster serve this API?")
    return ClusterUnreachableError(
        f"{what}: the cluster of {identity} cannot do it now: {answer.message}", hint="try again in a minute"
    )


def rejected_object(what: str, refused: Refused) -> Tfk8sError:
    """A refusal of one object as an error, each kind with its own way on."""
    details = tuple(str(cause) for cause in refused.causes)
    message = f"{what}: {refused.message}"
    match refused.reason:
        case RefusalReason.UNKNOWN_FIELD:
            return InputError(message, hint="the object has a field that this Kubernetes version does not know")
        case RefusalReason.NO_NAMESPACE:
            return PreconditionError(message, hint="make the namespace first: kubectl create namespace NAME")
        case RefusalReason.FORBIDDEN:
            hint = "a quota, an admission policy or a missing right; the server's words say which"
            return ForbiddenError(message, hint=hint, details=details)
        case RefusalReason.CONFLICT:
            hint = "another manager holds these fields; --force-conflicts takes them over"
            return ClusterRejectedError(message, hint=hint, details=details)
        case RefusalReason.INVALID | RefusalReason.OTHER:
            return ClusterRejectedError(message, details=details)
