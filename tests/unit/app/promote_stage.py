"""A rendered service on a fake cluster, with a model server a pod that follows the real one's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.model_server import refused
from tests.strategies.server_fleet import LabelRefusedError, Server
from tests.unit.app.apply_stage import Nowhere, Stage
from tfk8s.app.carry_out import World
from tfk8s.app.journal import Logbook, read_journal
from tfk8s.app.live_config import config_ref, read_live_config
from tfk8s.app.promote_plan import PromotionPlan, plan_promotion
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.reach import ClusterReach
from tfk8s.app.rendering import render_service
from tfk8s.app.service import Origin, ServiceName
from tfk8s.app.versions_promote import Promoted, promote
from tfk8s.app.wait import ServerAccess
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.model import ModelInfo
from tfk8s.ports import (
    ByLabel,
    Endpoint,
    ModelServer,
    PredictRequest,
    PredictResponse,
    ServedSignatures,
    ServerCode,
    Target,
    VersionState,
)
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.rollout.journal import Journal
from tfk8s.spec import load_spec

NAME = "resnet"
SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model:
  source: gs://models/resnet
  versions: [1, 2] # both stay loaded
  labels:
    stable: 1 # what clients ask for
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 100m, memory: 2Gi}
scaling: {replicas: 2}
serving: {filePollSeconds: 2}
lifecycle: {startupSeconds: 300}
"""


@dataclass
class PodServer:
    """The server of one pod; every look at its states is a poll of the disk."""

    server: Server
    touched: Callable[[str], None]
    lost: list[str] = field(default_factory=list)
    reloads: list[ServerConfig] = field(default_factory=list)
    hangs: Exception | None = None

    @classmethod
    def started(cls, config: ServerConfig, *, touched: Callable[[str], None], broken: frozenset[int]) -> PodServer:
        server = Server(broken=broken)
        server.reload(config)
        for _ in range(6):
            server.look()
        return cls(server=server, touched=touched)

    def status(self, model: str) -> tuple[VersionState, ...]:
        del model
        self.touched("status")
        self._watched(self.server.look)
        return tuple(
            VersionState(number=number, state=state, error_code=code, error_message="no such file" * (code != "OK"))
            for number, (state, code) in sorted(self.server.states.items())
        )

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        assert isinstance(target, ByLabel)
        number = self.at(target.label)
        if number is None:
            raise refused(ServerCode.NOT_FOUND, f"nothing behind {target}")
        return ServedSignatures(model=model, version=number, signatures=())

    def predict(self, request: PredictRequest) -> PredictResponse:
        raise NotImplementedError(request)

    def reload(self, config: ServerConfig) -> None:
        self.touched("reload")
        if self.hangs is not None:
            raise self.hangs
        self.reloads.append(config)
        try:
            self._watched(lambda: self.server.reload(config))
        except LabelRefusedError as error:
            raise refused(ServerCode.FAILED_PRECONDITION, str(error)) from error
        self.touched("reloaded")

    def at(self, label: str) -> int | None:
        number = self.server.labels.get(label)
        return number if number in self.server.available else None

    def _watched(self, change: Callable[[], None]) -> None:
        before = {label for label in self.server.labels if self.at(label) is not None}
        change()
        self.lost += [label for label in before if self.at(label) is None]


class PromoteStage:
    """The service of `SPEC`, applied and ready.

    Attributes:
        touch: called before each read and write of the cluster and each call of a server, with what it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        spec: str = SPEC,
        broken: frozenset[int] = frozenset(),
        infos: Mapping[str, ModelInfo] | None = None,
    ) -> None:
        self.file = folder / "tfk8s.yaml"
        self.file.write_text(spec)
        self.stage = Stage()
        first = render_service(load_spec(spec, source="spec"), base=folder, infos=infos, origin=Origin(spec=spec))
        self.stage.apply(first.deployable)
        self.cluster, self.clock = self.stage.cluster, self.stage.clock
        self.cluster.before_read = lambda: None
        self.touch: Callable[[str], None] = lambda _: None
        self.name = ServiceName.of(load_spec(spec, source="spec"))
        config = read_live_config(self.name, cluster=self.cluster).config
        self.servers: dict[str, PodServer] = {}
        for pod in self.pods():
            self._running(pod)
            self.servers[text_at(pod, "metadata", "name")] = PodServer.started(
                config, touched=lambda what: self.touch(what), broken=broken
            )
        self.cluster.before_read = lambda: self.touch("read")
        self.cluster.before_write = lambda what: self.touch(what)

    def pods(self) -> tuple[JsonObject, ...]:
        return self.cluster.list(ObjectQuery(api_version="v1", kind="Pod", namespace="serving"))

    def _running(self, pod: JsonObject) -> None:
        deployment = self.cluster.get(self.deployment)
        annotations = object_at(deployment, "spec", "template", "metadata", "annotations")
        self.cluster.put(
            {
                **pod,
                "metadata": {**object_at(pod, "metadata"), "annotations": annotations},
                "status": {
                    **object_at(pod, "status"),
                    "containerStatuses": [{"state": {"running": {"startedAt": "x"}}}],
                },
            }
        )

    @property
    def deployment(self) -> ObjectRef:
        return ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name=NAME)

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        yield self.servers[endpoint.how.rpartition(" ")[2]]

    @property
    def world(self) -> World:
        return World(cluster=self.cluster, clock=self.clock, reporter=self.stage.told)

    def request(self, label: str = "stable", number: int = 2, **more: object) -> PromoteRequest:
        fields: dict[str, object] = {
            "label": label,
            "number": number,
            "spec": load_spec(self.file),
            "base": self.file.parent,
            "file": self.file,
            "infos": {},
            "timeout_s": 120.0,
            **more,
        }
        return PromoteRequest(**fields)  # type: ignore[arg-type]  # by name, from the tests

    def plan(self, request: PromoteRequest) -> PromotionPlan:
        return plan_promotion(request, cluster=self.cluster)

    def promote(self, label: str = "stable", number: int = 2, **more: object) -> Promoted:
        request = self.request(label, number, **more)
        access = ServerAccess(reach=ClusterReach(self.cluster, dialer=Nowhere()), servers=self)
        return promote(request, self.plan(request), world=self.world, access=access)

    def labels(self, label: str = "stable") -> list[int | None]:
        return [server.at(label) for server in self.servers.values()]

    def lost(self) -> list[str]:
        return [label for server in self.servers.values() for label in server.lost]

    def config(self) -> ServerConfig:
        return read_live_config(self.name, cluster=self.cluster).config

    def journal(self) -> Journal:
        return read_journal(self.name, cluster=self.cluster)

    def logbook(self) -> Logbook:
        return Logbook(name=self.name, world=self.world)

    def config_map(self) -> JsonObject:
        body = self.cluster.get(config_ref(self.name))
        assert body is not None
        return body
