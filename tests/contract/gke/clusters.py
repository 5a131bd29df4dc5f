"""The provider in front of the server, and the clusters that are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud.container_v1 import ClusterManagerClient

from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.fakes.gke.server import FakeGke
from tfk8s.cloud.gke.api import GkeApi
from tfk8s.cloud.gke.client import GKE, connected
from tfk8s.cloud.gke.provider import GkeProvider
from tfk8s.ports import ClusterRequest, EnsuredCluster
from tfk8s.spec import GkeCluster

PROJECT, LOCATION, NAME = "my-project", "us-central1-a", "resnet-serving-cluster"
PATH = f"projects/{PROJECT}/locations/{LOCATION}/clusters/{NAME}"


def no_login_needed() -> str:
    return "token"


def cluster(**fields: object) -> GkeCluster:
    """The cluster of the tests, as a spec has it; fields in the spec's own spelling."""
    seed = {"provider": "gke", "project": PROJECT, "location": LOCATION, "name": NAME, "nodes": 5}
    return GkeCluster.model_validate_json(json.dumps(seed | fields))


class PacedClock(FakeClock):
    """A clock of which a test may say that each sleep takes longer than was asked for."""

    pace = 1.0

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds * self.pace)


@dataclass(kw_only=True)
class Gke:
    """One run of the tool.

    Attributes:
        clock: all waiting is on it.
        told: what it reported.
    """

    provider: GkeProvider
    client: ClusterManagerClient
    clock: PacedClock
    told: Recorder = field(default_factory=Recorder)

    def ensure(self, **fields: object) -> EnsuredCluster:
        return self.provider.ensure(ClusterRequest(cluster=cluster(**fields)), reporter=self.told)

    def delete(self) -> bool:
        return self.provider.delete(NAME, reporter=self.told)

    def messages(self) -> str:
        """Everything that was said, a line each."""
        return "\n".join(str(getattr(event, "message", event)) for event in self.told.events)

    def close(self) -> None:
        self.client.transport.close()


def gke_for(
    server: FakeGke, *, state: Path, location: str = LOCATION, token: Callable[[], str] = no_login_needed
) -> Gke:
    """A run against the server; the real client, a clock that does not wait."""
    client = connected(GKE.endpoint(server.environment()), credentials=AnonymousCredentials)
    clock = PacedClock()
    api = GkeApi(lambda: client, check_login=no_login_needed, clock=clock)
    provider = GkeProvider(api, project=PROJECT, location=location, clock=clock, state=state, token=token)
    return Gke(provider=provider, client=client, clock=clock)
