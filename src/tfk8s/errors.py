"""The whole family of failures that a user may see, each with an exit code and a way on.

A class exists only where a caller or a user acts differently; everything else is a message. A message says what
failed and on which object, in the user's words, lower case, without a full stop. A hint says the next thing to do.
"""

from __future__ import annotations

from typing import ClassVar


class Tfk8sError(Exception):
    """Base of every failure that is shown to a user without a traceback.

    Args:
        message: what failed, where (file:line, object, field) and why.
        hint: the next thing to do, or None when there is nothing to add.
        details: further lines of evidence, one fact each (conditions, events, log lines, other errors).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, details: tuple[str, ...] = ()) -> None:
        """Keep the three parts apart, so that each output format can place them."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class InputError(Tfk8sError):
    """The user's spec, model, picture or option cannot be used as it is; nothing was changed."""

    exit_code = 3


class PreconditionError(Tfk8sError):
    """Something outside the input is missing: a login, a tool, a context, an API, a running server."""

    exit_code = 4


class ClusterRejectedError(Tfk8sError):
    """The cluster understood the request and refused it: invalid, forbidden, conflict, quota, immutable field."""

    exit_code = 5


class RolloutFailedError(Tfk8sError):
    """The objects were applied, but the service did not become able to answer predictions."""

    exit_code = 6


class WaitTimeoutError(Tfk8sError):
    """The time for waiting is over and nothing has failed for good; the work can be resumed."""

    exit_code = 7


class CloudError(Tfk8sError):
    """A provider could not make, find or delete a cluster."""

    exit_code = 8


class RegistryError(Tfk8sError):
    """An image could not be built, read or delivered."""

    exit_code = 9


class PredictionError(Tfk8sError):
    """The model server answered with an error, or could not be reached for a prediction."""

    exit_code = 11


class UnverifiedError(Tfk8sError):
    """An image has no signature of those who have to sign it, or it could not be looked at; it was not let in."""

    exit_code = 14


CHANGES_PENDING = 10
"""Exit code of `diff --exit-code` when apply would change something; not an error."""

OBJECTIVE_MISSED = 12
"""Exit code of `bench` when the objective was not kept, or not shown to be; not an error."""

WARNINGS_FOUND = 13
"""Exit code of `doctor` when the service serves, and something will keep it from it; not an error."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as a shell reports a process that SIGINT ended."""
