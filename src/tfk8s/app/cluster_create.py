"""The use-case of `tfk8s cluster create`: shown first, made when it is missing, never made anew."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.cluster_credentials import CredentialsWritten, write_credentials
from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.app.steps import Done, Steps
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import ClusterPreview, ClusterRequest, ClusterState, EnsuredCluster, EnsureOutcome, FieldDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The outcome; `credentials` is None when no kubeconfig entry was wanted."""

    cluster: EnsuredCluster
    credentials: CredentialsWritten | None
    differences: tuple[FieldDifference, ...]


def preview_lines(request: ClusterRequest, preview: ClusterPreview) -> tuple[str, ...]:
    """What `create` would do, a line each."""
    match preview.state:
        case ClusterState.ABSENT:
            lines = [f"create {line}" for line in preview.creates]
            lines += [f"runs, and costs, until the cluster is deleted: {line}" for line in preview.runs]
            return tuple(lines)
        case ClusterState.STOPPED:
            wait = f"the cluster {request.name} does not run now: start it, or wait for what works on it"
            return (wait, *difference_lines(request, preview.differences))
        case ClusterState.RUNNING:
            return difference_lines(request, preview.differences)


def difference_lines(request: ClusterRequest, differences: tuple[FieldDifference, ...]) -> tuple[str, ...]:
    """The cluster that exists against the one that is wanted; it is never made anew for a difference."""
    if not differences:
        return (f"the cluster {request.name} exists and is as it is wanted",)
    lines = [f"the cluster {request.name} exists and differs in {len(differences)} fields; it is left as it is"]
    for found in differences:
        lines.append(f"  {found.field}: wanted {found.wanted}, found {found.found}")
        lines.append(f"    {found.remedy}")
    return tuple(lines)


def create(request: ClusterRequest, *, preview: ClusterPreview, with_kubeconfig: bool, world: ClusterWorld) -> Created:
    """Make the cluster exist, and write its credentials.

    Raises:
        CloudError: it could not be made; what GKE said, and the next command.
        WaitTimeoutError: it is still being made; running again goes on waiting.
        PreconditionError: the login, the API or the kubeconfig is not ready.
    """
    steps = Steps(clock=world.clock, reporter=world.reporter)
    ensured = steps.run("cluster", lambda: _ensured(request, world=world))
    credentials = None
    if with_kubeconfig and (ensured.access.endpoint is not None or ensured.outcome is not EnsureOutcome.CREATED):
        credentials = steps.run("kubeconfig", lambda: _written(request.name, world=world))
    return Created(cluster=ensured, credentials=credentials, differences=preview.differences)


def _ensured(request: ClusterRequest, *, world: ClusterWorld) -> Done[EnsuredCluster]:
    ensured = world.clusters.ensure(request, reporter=world.reporter)
    return Done(value=ensured, outcome=f"{request.name} {ensured.outcome.value}")


def _written(name: str, *, world: ClusterWorld) -> Done[CredentialsWritten]:
    written = write_credentials(name, world=world)
    return Done(value=written, outcome=f"context {written.context} is the current one")


def preview_json(request: ClusterRequest, preview: ClusterPreview) -> JsonObject:
    """The stable form of the preview."""
    creates: list[JsonValue] = list(preview.creates)
    runs: list[JsonValue] = list(preview.runs)
    return {
        "name": request.name,
        "state": preview.state.value,
        "creates": creates,
        "runs": runs,
        "differences": differences_json(preview.differences),
    }


def differences_json(differences: tuple[FieldDifference, ...]) -> list[JsonValue]:
    """The stable form of differences."""
    return [
        {"field": item.field, "wanted": item.wanted, "found": item.found, "remedy": item.remedy} for item in differences
    ]


def as_json(request: ClusterRequest, created: Created) -> JsonObject:
    """The stable form of `-o json`."""
    return {
        "name": request.name,
        "outcome": created.cluster.outcome.value,
        "context": created.cluster.access.context,
        "credentials": created.credentials.as_json() if created.credentials is not None else None,
        "differences": differences_json(created.differences),
    }
