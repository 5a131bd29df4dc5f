"""Repositories of Artifact Registry, through google-cloud-artifact-registry (the extra `gke`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tfk8s import __version__
from tfk8s.clock import Clock, ticks
from tfk8s.cloud.gke.endpoint import GoogleApi
from tfk8s.cloud.gke.login import GoogleLogin, google_login
from tfk8s.cloud.gke.repository_errors import operation_failed, translated
from tfk8s.cloud.gke.repository_name import RepositoryName, is_artifact_registry, repository_name
from tfk8s.errors import CloudError, PreconditionError, WaitTimeoutError
from tfk8s.ports import Note, Reporter, Waiting

if TYPE_CHECKING:
    from google.cloud.artifactregistry_v1 import ArtifactRegistryClient, Repository
    from google.longrunning.operations_pb2 import Operation

API = GoogleApi(
    name="Artifact Registry's API",
    host="artifactregistry.googleapis.com",
    variables=("TFK8S_ARTIFACT_REGISTRY_ENDPOINT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY"),
)
LABEL = ("managed-by", "tfk8s")
_CALL_TIMEOUT_S = 30.0
_OPERATION_TIMEOUT_S = 300.0
_POLL_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What is done to which repository; `verb` is the last word of the permission that it takes."""

    name: RepositoryName
    verb: Literal["get", "create", "delete"]

    @property
    def permission(self) -> str:
        return f"artifactregistry.repositories.{self.verb}"

    @property
    def what(self) -> str:
        return f"{self.name} to be {self.verb}d"


class ArtifactRepositories:
    """Implements `tfk8s.ports.Repositories`; nothing is loaded or asked before the first question."""

    def __init__(
        self,
        *,
        clock: Clock,
        find_login: Callable[[], GoogleLogin] = google_login,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Take what waiting and asking need.

        Args:
            clock: for the operations of Artifact Registry, which take seconds.
            find_login: asked once, and not at all for a server on this computer.
            environ: may name another endpoint.
        """
        self._clock, self._find_login, self._environ = clock, find_login, environ
        self._connected: ArtifactRegistryClient | None = None

    def manages(self, repository: str) -> bool:
        """Whether the name is one of `LOCATION-docker.pkg.dev`."""
        return is_artifact_registry(repository)

    def exists(self, repository: str) -> bool:
        """Whether it is there and takes images."""
        name = repository_name(repository)
        found = self._get(name)
        if found is not None:
            _check_kind(name, found)
        return found is not None

    def create(self, repository: str, *, reporter: Reporter) -> None:
        """Make it with our label and wait until it is there; another's that appears meanwhile is as good."""
        from google.api_core.exceptions import AlreadyExists
        from google.cloud.artifactregistry_v1 import Repository

        if self.exists(repository):
            return
        name = repository_name(repository)
        wanted = Repository(
            format_=Repository.Format.DOCKER,
            description="model images of tfk8s",
            labels=dict([LABEL]),
        )
        reporter.emit(Note(message=f"making {name}"))
        client = self._client()
        errand = _Errand(name=name, verb="create")
        with translated(name, errand.permission):
            try:
                begun = client.create_repository(
                    parent=name.parent,
                    repository=wanted,
                    repository_id=name.repository,
                    retry=None,
                    timeout=_CALL_TIMEOUT_S,
                )
            except AlreadyExists:
                self.exists(repository)
                return
        self._wait(begun.operation, errand, reporter=reporter)

    def is_ours(self, repository: str) -> bool:
        """Whether it carries our label."""
        key, value = LABEL
        found = self._get(repository_name(repository))
        return found is not None and found.labels.get(key) == value

    def delete(self, repository: str, *, reporter: Reporter) -> bool:
        """Delete it with its images, and wait until it is gone. Asking whose it is, is the caller's part."""
        from google.api_core.exceptions import NotFound

        name = repository_name(repository)
        client = self._client()
        errand = _Errand(name=name, verb="delete")
        with translated(name, errand.permission):
            try:
                begun = client.delete_repository(name=name.path, retry=None, timeout=_CALL_TIMEOUT_S)
            except NotFound:
                return False
        self._wait(begun.operation, errand, reporter=reporter)
        return True

    def _get(self, name: RepositoryName) -> Repository | None:
        from google.api_core.exceptions import NotFound

        client = self._client()
        with translated(name, _Errand(name=name, verb="get").permission):
            try:
                return client.get_repository(name=name.path, retry=None, timeout=_CALL_TIMEOUT_S)
            except NotFound:
                return None

    def _wait(self, operation: Operation, errand: _Errand, *, reporter: Reporter) -> None:
        """Until the operation is over; a server that does not answer for a moment is asked again."""
        from google.api_core.exceptions import DeadlineExceeded, ServiceUnavailable
        from google.longrunning.operations_pb2 import GetOperationRequest

        client = self._client()
        request = GetOperationRequest(name=operation.name)
        is_told = False
        for _ in ticks(self._clock, timeout_s=_OPERATION_TIMEOUT_S, interval_s=_POLL_S):
            if operation.done:
                if operation.HasField("error"):
                    raise operation_failed(operation, name=errand.name, permission=errand.permission)
                return
            if not is_told:
                is_told = True
                reporter.emit(Waiting(what=errand.what, reasons=(f"operation {operation.name}",)))
            with translated(errand.name, errand.permission):
                try:
                    operation = client.get_operation(request, retry=None, timeout=_CALL_TIMEOUT_S)
                except (DeadlineExceeded, ServiceUnavailable):
                    continue
        raise WaitTimeoutError(
            f"waited {_OPERATION_TIMEOUT_S:.0f} s for {errand.what}",
            hint="run the same command again: it goes on from there",
            details=(f"operation {operation.name}",),
        )

    def _client(self) -> ArtifactRegistryClient:
        if self._connected is None:
            self._connected = self._connect()
        return self._connected

    def _connect(self) -> ArtifactRegistryClient:
        try:
            from google.cloud.artifactregistry_v1 import ArtifactRegistryClient
            from google.cloud.artifactregistry_v1.services.artifact_registry.transports import (
                ArtifactRegistryGrpcTransport,
            )
        except ImportError as error:
            raise PreconditionError(
                "google-cloud-artifact-registry, which makes repositories of Artifact Registry, is not installed",
                hint="pip install 'tfk8s[gke]', or make the repository yourself: "
                "gcloud artifacts repositories create NAME --repository-format docker --location LOCATION",
            ) from error
        import grpc
        from google.api_core.gapic_v1.client_info import ClientInfo

        info = ClientInfo(user_agent=f"tfk8s/{__version__}")
        endpoint = API.endpoint(self._environ)
        if endpoint.is_plain:
            # no proxy stands between a computer and itself
            channel = grpc.insecure_channel(endpoint.address, options=[("grpc.enable_http_proxy", 0)])
            return ArtifactRegistryClient(transport=ArtifactRegistryGrpcTransport(channel=channel, client_info=info))
        login = self._find_login()
        login.token()  # a login that expired is explained here; inside a call it would look like a broken network
        transport = ArtifactRegistryGrpcTransport(
            host=endpoint.address, credentials=login.credentials, client_info=info
        )
        return ArtifactRegistryClient(transport=transport)


def _check_kind(name: RepositoryName, found: Repository) -> None:
    from google.cloud.artifactregistry_v1 import Repository

    hint = "name another repository; --create-repository makes it"
    if found.format_ != Repository.Format.DOCKER:
        raise CloudError(f"{name} is for {found.format_.name} packages, not for images", hint=hint)
    if found.mode not in (Repository.Mode.MODE_UNSPECIFIED, Repository.Mode.STANDARD_REPOSITORY):
        raise CloudError(f"{name} is a {found.mode.name.lower()}, which takes no pushes", hint=hint)
