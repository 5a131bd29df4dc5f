"""What the use-cases need of a Kubernetes API server: plain objects in and out, and typed answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from tfk8s.errors import ClusterRejectedError, PreconditionError
from tfk8s.manifest import JsonObject, JsonValue, Manifest, ObjectRef
from tfk8s.manifest.ownership import MANAGER
from tfk8s.plan.observation import Prediction
from tfk8s.ports.logs import LogStream, LogStreamQuery
from tfk8s.rights.right import Right


class ClusterUnreachableError(PreconditionError):
    """Nobody answered at the cluster's address; a command that waits goes on asking until its time is up."""


class ForbiddenError(ClusterRejectedError):
    """The login has not the right; what is only nice to know is then left out, what is needed fails.

    Args:
        missing: the rights that the cluster says it has not; () when it says nothing, or a policy or quota refused.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        details: tuple[str, ...] = (),
        missing: tuple[Right, ...] = (),
    ) -> None:
        """Keep the rights beside the words."""
        super().__init__(message, hint=hint, details=details)
        self.missing = missing


def unserved(ref: ObjectRef) -> PreconditionError:
    """The failure for an object whose kind the cluster does not serve."""
    return PreconditionError(
        f"the cluster does not serve {ref.kind} of {ref.api_version}, which {ref} needs",
        hint="install what provides this API, or leave the setting out that asks for it",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterIdentity:
    """Which cluster is spoken to; shown before the first write of every command that changes something."""

    context: str
    server: str

    def __str__(self) -> str:
        """As messages say it."""
        return f"context {self.context} ({self.server})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """How one object is applied; the defaults never take a field from another manager."""

    field_manager: str = MANAGER
    force_conflicts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectQuery:
    """Which objects to list: one kind, one namespace ("" for a cluster-scoped kind), labels that all must match."""

    api_version: str
    kind: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which lines of which container; `previous` means the run before the last restart."""

    container: str
    tail_lines: int = 50
    previous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PodCommand:
    """A command to run in a container.

    Attributes:
        container: of the pod.
        argv: the program and its arguments; no shell stands in between.
        stdin: its input. It cannot be closed everywhere, so the command must know how much it is to read.
        timeout_s: after so long it is given up; it may still be running then.
        is_repeatable: whether running it twice, even at once, does what running it once does.
    """

    container: str
    argv: tuple[str, ...]
    stdin: bytes = field(default=b"", repr=False)
    timeout_s: float = 60.0
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How a command ended, and what it wrote."""

    exit_code: int
    stdout: bytes = b""
    stderr: str = ""


class Cluster(Protocol):
    """A Kubernetes API server. Every call is bounded in time, and retried only where that is safe.

    Every method raises ClusterUnreachableError when nobody answered, PreconditionError for a login that is missing or
    has expired, and ForbiddenError for a missing right. "Absent" is an answer, not an error.
    """

    @property
    def identity(self) -> ClusterIdentity:
        """Context and server."""
        ...

    def release(self) -> str:
        """The Kubernetes release that it runs, such as `v1.34.4-gke.1047000`."""
        ...

    def user(self) -> str:
        """The name that the cluster knows this login by; "" when it does not say."""
        ...

    def lacking(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        """Which of these rights the login has not, as far as the cluster says."""
        ...

    def serves(self, *, api_version: str, kind: str) -> bool:
        """Whether the cluster knows the kind now."""
        ...

    def get(self, ref: ObjectRef) -> JsonObject | None:
        """The live object, or None when there is none (or no such kind)."""
        ...

    def list(self, query: ObjectQuery) -> tuple[JsonObject, ...]:
        """All matching objects, with apiVersion and kind in each."""
        ...

    def dry_run(self, manifest: Manifest, *, options: ApplyOptions = ...) -> Prediction:
        """What applying would store, or why the server would refuse it. Nothing is stored.

        Raises:
            PreconditionError: the cluster does not serve the kind.
        """
        ...

    def dry_run_replace(self, manifest: Manifest, *, live: JsonObject) -> Prediction:
        """What the object would be with nothing but the manifest in it, or why the server would refuse that.

        Labels, annotations and everything but metadata and status are replaced; the server adds its defaults, and keeps
        what it hands out for life. Nothing is stored. Needs the right `patch`, as applying does.

        Args:
            manifest: what the object would hold.
            live: the object as it was read.

        Raises:
            PreconditionError: the cluster does not serve the kind.
        """
        ...

    def apply(self, manifest: Manifest, *, options: ApplyOptions = ...) -> JsonObject:
        """Apply on the server with strict field validation; the answer is what was stored.

        Raises:
            InputError: a field that the kind does not have.
            ClusterRejectedError: conflict, invalid, quota or admission; details carry the server's causes.
        """
        ...

    def reassign(self, ref: ObjectRef, *, fields: Sequence[JsonValue], version: str) -> bool:
        """Write who manages which field, and nothing else; False when the object is no longer at that version."""
        ...

    def delete(self, ref: ObjectRef, *, uid: str | None = None) -> bool:
        """Start deleting, dependents first; False when it was already gone, or is another object than `uid`."""
        ...

    def logs(self, pod: ObjectRef, *, query: LogQuery) -> tuple[str, ...]:
        """The last lines of a container; () when it has not started or its node does not answer."""
        ...

    def open_log(self, pod: ObjectRef, *, query: LogStreamQuery) -> LogStream | None:
        """The log of a container as a stream, for one reader; None when it has none yet, or the pod is gone.

        Needs the right `get` on `pods/log`.
        """
        ...

    def forward(self, pod: ObjectRef, *, port: int) -> AbstractContextManager[int]:
        """A port on 127.0.0.1 that leads to `port` of the pod, for any number of connections.

        Raises:
            PreconditionError: the pod is not running.
        """
        ...

    def run_in(self, pod: ObjectRef, *, command: PodCommand) -> CommandResult:
        """Run a command in a container to its end; an exit code other than 0 is an answer, not an error.

        One that is repeatable is run again when the connection broke.

        Raises:
            ClusterUnreachableError: the connection broke, or the command did not end in its time.
            PreconditionError: the pod is gone or does not run, or the image has no such program.
        """
        ...
