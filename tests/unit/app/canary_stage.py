"""A service of two versions on a fake cluster, with servers that count, to try versions on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import SERVED as USUAL
from tests.fakes.cluster import FakeCluster
from tests.unit.app.apply_stage import SIGNATURE, Stage
from tests.unit.render.specs import spec
from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.canary_prepare import (
    CanaryOptions,
    CanarySource,
    PreparedCanary,
    prepare_canary,
    promoted_service,
)
from tfk8s.app.canary_spec import CanaryChoice
from tfk8s.app.carry_out import World
from tfk8s.app.reach import ClusterReach
from tfk8s.app.rendering import render_service
from tfk8s.app.service import ServiceName
from tfk8s.app.versions_canary import CanaryOutcome, CanaryWorld, run_canary
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import PredictionError, RolloutFailedError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Endpoint, ServingState, VersionState
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.traffic import Traffic

NAMESPACE = "serving"
LABELLED: dict[str, Any] = {
    "namespace": NAMESPACE,
    "model": {"source": "pvc://claim/m", "versions": [1, 2], "labels": {"stable": 1}},
    "scaling": {"replicas": 4},
}
GATEWAY_KINDS = frozenset(("gateway.networking.k8s.io/v1", kind) for kind in ("HTTPRoute", "Gateway"))


@dataclass
class Counting:
    """Satisfies `ports.MetricsReader`: predictions come at a steady rate since the pod's start.

    Attributes:
        clock: the test's.
        per_s: predictions a second and pod.
        canary_errors: share of errors of the canary.
        canary_us: the bucket of the canary's answers; the others' are in that of 1000.
        silent: pods that do not answer.
    """

    clock: FakeClock
    per_s: float = 2.0
    canary_errors: float = 0.0
    canary_us: float = 1000.0
    silent: Callable[[str], bool] = lambda _: False
    asked: list[str] = field(default_factory=list)

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        assert (path, model) == ("/monitoring/prometheus/metrics", "resnet")
        pod = endpoint.how.rpartition(" ")[2]
        self.asked.append(pod)
        if self.silent(pod):
            raise PredictionError("it does not answer")
        total = int(self.per_s * self.clock.monotonic_s())
        is_canary = pod.startswith("resnet-canary-")
        failed = int(total * self.canary_errors) if is_canary else 0
        bucket = self.canary_us if is_canary else 1000.0
        return Traffic(latencies={bucket: total - failed}, errors={"INTERNAL": failed} if failed else {})


class CanaryStage(Stage):
    """The stage with a rendered service; `fields` change its spec."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(FakeCluster(namespaces=(NAMESPACE,), served=USUAL | GATEWAY_KINDS))
        self.fields = {**LABELLED, **fields}
        self.server.model = "resnet"
        self.server.states = tuple(VersionState(number=number, state=ServingState.AVAILABLE) for number in (1, 2))
        self.server.signatures = (SIGNATURE,)
        self.metrics = Counting(clock=self.clock)
        self.promoted: list[int] = []
        self.promotion_fails = ""
        self.journal: list[str] = []
        self._put_surroundings()
        deployable = render_service(self.source.spec, base=Path(), kubernetes_minor=34).deployable
        self.apply(deployable, wait="expose" not in fields)  # no controller takes the route of a Gateway here
        for _ in range(3):
            self.clock.sleep(5)
            self.pods()
        self.told.events.clear()
        self.cluster.writes.clear()

    def _put_surroundings(self) -> None:
        """The claim that holds the models, and a Gateway that others made."""
        claim: JsonObject = {"accessModes": ["ReadWriteMany"]}
        metadata: JsonObject = {"name": "claim", "namespace": NAMESPACE}
        self.cluster.put({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": claim})
        listener: JsonObject = {"name": "http", "port": 80, "protocol": "HTTP"}
        self.cluster.put(
            {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "Gateway",
                "metadata": {"name": "shared", "namespace": NAMESPACE},
                "spec": {"gatewayClassName": "eg", "listeners": [listener]},
            }
        )

    @property
    def source(self) -> CanarySource:
        return CanarySource(spec=spec(**self.fields), base=Path())

    @property
    def world(self) -> World:
        return World(cluster=self.cluster, clock=self.clock, reporter=self.told)

    def prepare(self, version: int = 2, **options: Any) -> PreparedCanary:
        wanted = CanaryOptions(choice=CanaryChoice(version=version), **{"for_s": 120.0, **options})
        return prepare_canary(self.source, wanted, cluster=self.cluster, servers=self.server, clock=self.clock)

    def run(self, version: int = 2, **options: Any) -> CanaryOutcome:
        prepared = self.prepare(version, **options)

        def promote(record: CanaryRecord) -> str:
            if self.promotion_fails:
                raise RolloutFailedError(self.promotion_fails)
            self.promoted.append(record.version)
            service = promoted_service(self.source, prepared, cluster=self.cluster)
            access = ServerAccess(reach=ClusterReach(self.cluster, dialer=_Nowhere()), servers=self.server)
            options = ApplyOptions(wait="expose" not in self.fields)
            apply_service(service.deployable, world=self.world, access=access, options=options)
            return "applied"

        world = CanaryWorld(
            world=self.world,
            metrics=self.metrics,
            promote=promote,
            journal=lambda _record, note: self.journal.append(note),
        )
        return run_canary(prepared.request, world)

    @property
    def name(self) -> ServiceName:
        return ServiceName.of(self.source.spec)

    def ref(self, kind: str, name: str, *, api_version: str = "apps/v1") -> ObjectRef:
        return ObjectRef(api_version=api_version, kind=kind, namespace=NAMESPACE, name=name)

    def live(self, kind: str, name: str, *, api_version: str = "apps/v1") -> JsonObject | None:
        return self.cluster.get(self.ref(kind, name, api_version=api_version))

    def config(self, name: str = "resnet-config") -> str:
        return text_at(self.live("ConfigMap", name, api_version="v1"), "data", "models.config")

    def pods(self) -> list[str]:
        query = ObjectQuery(api_version="v1", kind="Pod", namespace=NAMESPACE)
        return [text_at(pod, "metadata", "name") for pod in self.cluster.list(query)]

    def of_canary(self) -> list[str]:
        played = ("EndpointSlice",)  # of a Service that there is not
        return [str(ref) for ref in self.cluster.refs() if "canary" in ref.name and ref.kind not in played]


class _Nowhere:
    def can_connect(self, host: str, port: int) -> bool:
        del host, port
        return False
