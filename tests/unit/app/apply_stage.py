"""A fake cluster with controllers and a model server, to apply services to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.model_server import FakeModelServer
from tests.fakes.service import NAME, config_map, small_service
from tests.fakes.workloads import FakeWorkloads
from tfk8s.app.apply import Applied, ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.reach import ClusterReach
from tfk8s.app.service import Deployable
from tfk8s.app.wait import ServerAccess
from tfk8s.manifest.fields import integer_at, text_at
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import ServingState, VersionState

BAD = "example.test/bad:1"
X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
SIGNATURE = Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(X,), outputs=(X,))


class Nowhere:
    def can_connect(self, host: str, port: int) -> bool:
        del host, port
        return False


class DeadError(Exception):
    """The process died here."""


class Stage:
    """A fake cluster with controllers, a model server, and a clock."""

    def __init__(self, cluster: FakeCluster | None = None) -> None:
        self.cluster = cluster or FakeCluster()
        self.clock = FakeClock()
        self.workloads = FakeWorkloads(self.cluster, self.clock)
        self.told = Recorder()
        self.server = FakeModelServer(
            model=NAME, states=(VersionState(number=1, state=ServingState.AVAILABLE),), signatures=(SIGNATURE,)
        )

    def apply(self, deployable: Deployable, **options: Any) -> Applied:
        return apply_service(
            deployable,
            world=World(cluster=self.cluster, clock=self.clock, reporter=self.told),
            access=ServerAccess(reach=ClusterReach(self.cluster, dialer=Nowhere()), servers=self.server),
            options=replace(ApplyOptions(), **options),
        )

    def replicas(self) -> int:
        live = self.cluster.get(small_service().deployment)
        assert live is not None
        return integer_at(live, "spec", "replicas")

    def image(self) -> str:
        live = self.cluster.get(small_service().deployment)
        return json.dumps(live)

    def config(self) -> str:
        live = self.cluster.get(config_map(f"{NAME}-config").ref)
        assert live is not None
        return text_at(live, "data", "models.config")
