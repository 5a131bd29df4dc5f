from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import SERVED, FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.load import FakeSenders
from tests.fakes.model_server import FakeModelServer
from tfk8s.app.bench import BenchWorld
from tfk8s.app.bench_service import BenchService
from tfk8s.app.service import ServiceName
from tfk8s.errors import PredictionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import Endpoint, PredictRequest, Scale, ServingState, VersionState
from tfk8s.rollout.traffic import Traffic

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None, 2))
SIGNATURE = Signature(name="serving_default", method_name="", inputs=(X,), outputs=())
STATES = (VersionState(number=3, state=ServingState.AVAILABLE),)
METRICS = ("metrics.k8s.io/v1beta1", "PodMetrics")
KEDA = ("keda.sh/v1alpha1", "ScaledObject")
SERVICE: JsonObject = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "resnet", "namespace": "serving"},
    "spec": {"selector": {"app": "resnet"}, "ports": [{"name": "rest", "port": 8501}]},
}


def a_pod(name: str, *, is_ready: bool = True, cpu: str | None = "1500m") -> JsonObject:
    resources: JsonObject = {"requests": {"cpu": cpu}} if cpu else {}
    ports: list[JsonValue] = [{"name": "rest", "containerPort": 8501}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "serving", "labels": {"app": "resnet"}},
        "spec": {"containers": [{"name": "server", "resources": resources, "ports": ports}]},
        "status": {"conditions": [{"type": "Ready", "status": "True" if is_ready else "False"}]},
    }


class NoPictures:
    def encode(self, data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
        raise AssertionError((data, tensor, scale))


@dataclass
class FakeMetrics:
    """Counters by pod in the order of the names; `None` cannot be read."""

    counted: Callable[[], Mapping[str, Traffic | None]]
    cluster: FakeCluster

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        assert path == "/monitoring/prometheus/metrics"
        assert model == "m"
        traffic = self.counted().get(endpoint.how.removeprefix("port-forward to pod "))
        if traffic is None:
            raise PredictionError("there are no metrics")
        return traffic


@dataclass
class BenchStage:
    """A service with pods, and what its servers counted; every request goes to each pod in turn."""

    how: str = "address of the load balancer"
    pods: tuple[str, ...] = ("resnet-a",)
    clock: FakeClock = field(default_factory=FakeClock)
    reporter: Recorder = field(default_factory=Recorder)
    server: FakeModelServer = field(
        default_factory=lambda: FakeModelServer(model="m", states=STATES, signatures=(SIGNATURE,))
    )

    def __post_init__(self) -> None:
        self.cluster = FakeCluster(served=SERVED | {METRICS, KEDA})
        self.senders = FakeSenders(clock=self.clock)
        self.server.answer = self._first
        self.server.labels = {}
        self.elsewhere = False
        self.unread: set[str] = set()
        self.cluster.put(SERVICE)
        for pod in self.pods:
            self.cluster.put(a_pod(pod))

    def counted(self) -> Mapping[str, Traffic | None]:
        asked = 0 if self.elsewhere else len(self.server.asked) + sum(len(due) for due in self.senders.schedules)
        names = self.pods
        return {
            name: None
            if name in self.unread
            else Traffic(latencies={5_000.0: asked // len(names) + (place < asked % len(names))})
            for place, name in enumerate(names)
        }

    def world(self, *, is_address: bool = False) -> BenchWorld:
        name = ServiceName(name="resnet", namespace="serving")
        metrics = FakeMetrics(counted=self.counted, cluster=self.cluster)
        host = "127.0.0.1" if is_address else "10.0.0.7"
        how = "--address" if is_address else self.how
        return BenchWorld(
            endpoint=nullcontext(Endpoint(transport="rest", host=host, port=8501, how=how)),
            servers=self.server,
            senders=self.senders,
            pictures=NoPictures(),
            service=None if is_address else BenchService(name=name, cluster=self.cluster, metrics=metrics),
            reporter=self.reporter,
            clock=self.clock,
        )

    def _first(self, request: PredictRequest) -> Mapping[str, JsonValue]:
        del request
        self.clock.sleep(0.02)
        return {}
