"""The one place where Google's exceptions become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfk8s.cloud.gke.errand import AGAIN, Errand, NoAnswerError
from tfk8s.cloud.gke.evidence import of_call
from tfk8s.cloud.gke.login_errors import LOGIN_HINT
from tfk8s.cloud.gke.refusals import explained
from tfk8s.errors import PreconditionError


@contextmanager
def translated(errand: Errand) -> Iterator[None]:
    """Turn whatever Google's library raises into ours.

    Raises:
        NoAnswerError, NameTakenError, InvalidRequestError, BusyError: a caller may act on these.
        PreconditionError: the project or the login is not ready for GKE.
        CloudError: anything else.
    """
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except GoogleAPICallError as error:
        raise explained(of_call(error), errand=errand) from error
    except GoogleAuthError as error:
        raise PreconditionError(
            f"{errand}: the Google login does not work ({type(error).__name__})", hint=LOGIN_HINT
        ) from error
    except GoogleAPIError as error:
        raise NoAnswerError(f"{errand}: Google does not answer ({type(error).__name__})", hint=AGAIN) from error
