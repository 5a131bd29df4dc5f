"""What google-auth says when a login does not work, in the user's terms; the one place that knows its exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tfk8s.errors import PreconditionError

USER_REMEDY = "log in again: gcloud auth application-default login"
LOGIN_HINT = (
    "gcloud auth application-default login; or set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service "
    'account, or CLOUDSDK_AUTH_ACCESS_TOKEN to what "gcloud auth print-access-token" prints'
)


class NoLoginError(PreconditionError):
    """There is no login at all, which is no failure for what can also be had without one."""

    def __init__(self) -> None:
        """The message says where a login can come from."""
        super().__init__("there is no Google login on this computer", hint=LOGIN_HINT)


@contextmanager
def explained(source: str, *, remedy: str) -> Iterator[None]:
    """Translate whatever google-auth raises while a login is refreshed.

    Args:
        source: where the login was found.
        remedy: what to do when it is no longer good.

    Raises:
        PreconditionError: always in place of google-auth's own.
    """
    from google.auth import exceptions

    try:
        yield
    except exceptions.TransportError as error:
        raise _unreachable(source, error) from error
    except exceptions.RefreshError as error:
        raise _refused(source, error, remedy=remedy) from error
    except exceptions.GoogleAuthError as error:
        raise PreconditionError(
            f"the Google login of {source} does not work ({type(error).__name__})", hint=remedy
        ) from error


def _unreachable(source: str, error: Exception) -> PreconditionError:
    cause: object = error.args[0] if error.args else None
    return PreconditionError(
        f"the Google login of {source} could not be refreshed: the token server does not answer",
        hint="look at the network and at HTTPS_PROXY, then run the same command again",
        details=(type(cause).__name__,) if isinstance(cause, Exception) else (),
    )


def _refused(source: str, error: Exception, *, remedy: str) -> PreconditionError:
    """The token server's answer is the second argument: https://www.rfc-editor.org/rfc/rfc6749#section-5.2."""
    from google.auth import exceptions

    if isinstance(error.__cause__, exceptions.TransportError):  # the metadata server's are wrapped
        return PreconditionError(
            f"{source} gives no token: the machine has no service account, or none for the scope cloud-platform",
            hint="give the machine or pod a service account, or " + LOGIN_HINT,
        )
    answer: object = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error") if isinstance(answer, Mapping) else None
    match code:
        case "invalid_grant":
            what = "expired or was revoked"
        case "invalid_client" | "unauthorized_client" | "deleted_client":
            what = "is of a client that Google no longer knows"
        case _:
            what = "cannot be refreshed"
    return PreconditionError(f"the Google login of {source} {what}", hint=remedy, details=_evidence(answer))


def _evidence(answer: object) -> tuple[str, ...]:
    """The fields that are made for people; nothing else of an answer may hold less than a secret."""
    if not isinstance(answer, Mapping):
        return ()
    fields = ("error", "error_subtype", "error_description")
    return tuple(f"{field}: {answer[field]}" for field in fields if isinstance(answer.get(field), str))
