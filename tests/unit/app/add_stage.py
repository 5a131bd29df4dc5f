"""A service on a fake cluster with a model directory beside its spec, to add versions to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.events import Recorder
from tests.fakes.image_signatures import FakeSignatures
from tests.fakes.jobs import FakeJobs, TrialFate, TrialServers
from tests.fakes.model_server import FakeModelServer
from tests.fakes.provider import FakeProvider
from tests.fakes.workloads import FakeWorkloads
from tests.unit.app.apply_stage import Nowhere
from tests.unit.model.savedmodels import Version, graph, saved_model, signature, tensor
from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.carry_out import World
from tfk8s.app.directory_store import DirectoryStore
from tfk8s.app.image import baked_image
from tfk8s.app.image_admission import Admission
from tfk8s.app.reach import ClusterReach
from tfk8s.app.rendering import read_models, render_service
from tfk8s.app.versions_add import add_version
from tfk8s.app.versions_prepare import prepare_add
from tfk8s.app.versions_request import Added, AddRequest, AddWorld
from tfk8s.app.wait import ServerAccess
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.model import read_model
from tfk8s.ports import Note, ServingState, VersionState, Warn
from tfk8s.ports.cluster import ObjectQuery
from tfk8s.ports.publication import Staged
from tfk8s.spec import ServiceSpec, load_environments, load_spec

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet  # the service
model:
  source: ./models
  versions: [1]  # version 1 is good
  labels: {stable: 1}
"""


class DeadError(BaseException):
    """The process died here."""


class Keeper(DirectoryStore):
    """The directory of the models; `before` is called before each change."""

    before: Callable[[str], None] = staticmethod(lambda _: None)

    def publish(self, staged: Staged) -> None:
        self.before(f"publish {staged.version.number}")
        super().publish(staged)

    def remove(self, number: int) -> None:
        self.before(f"remove {number}")
        super().remove(number)


class Stage:
    """Version 1 is served; what a test adds lies in `export`."""

    def __init__(self, folder: Path, *, spec: str = SPEC, versions: tuple[int, ...] = (1,)) -> None:
        self.folder, self.file = folder, folder / "tfk8s.yaml"
        self.file.write_text(spec)
        for number in versions:
            self.write(folder / "models" / str(number), release=f"2.1{number}.0")
        self.export = self.write(folder / "export", release="2.20.0")
        self.cluster, self.clock, self.told = FakeCluster(namespaces=("default",)), FakeClock(), Recorder()
        self.jobs = FakeJobs(self.cluster, self.clock)
        self.workloads = FakeWorkloads(self.cluster, self.clock)
        self.cluster.before_read = self._reconcile
        self.provider = FakeProvider()
        self.signatures = FakeSignatures()
        self.admit: Admission = lambda _: None
        self.keeper = Keeper(folder / "models", place="./models")
        signatures = read_model(folder / "models").versions[-1].signatures
        states = tuple(VersionState(number=number, state=ServingState.AVAILABLE) for number in range(1, 10))
        self.server = FakeModelServer(model="resnet", states=states, signatures=signatures, labels={"stable": 1})
        self.trial_server = FakeModelServer(model="resnet", signatures=signatures)
        self.deploy()

    def write(self, directory: Path, *, release: str, **tensors: Any) -> Path:
        """A whole model of constants; another release makes another content."""
        signatures = {"serving_default": signature(**tensors)} if tensors else None
        made = graph(tensorflow_version=release, signatures=signatures)
        return Version(graph_bytes=saved_model(made)).write(directory)

    def spec(self, environment: str | None = None) -> ServiceSpec:
        return load_spec(self.file, environment=environment)

    def deploy(self) -> None:
        spec = self.spec()
        image = baked_image(spec, read_models(spec, base=self.folder))
        deployable = render_service(spec, base=self.folder, image=image).deployable
        apply_service(deployable, world=self.world().world, access=self.world().access, options=ApplyOptions())
        self.cluster.writes.clear()
        self.told.events.clear()

    def world(self) -> AddWorld:
        servers = TrialServers(self.jobs, trial=self.trial_server, otherwise=self.server)
        return AddWorld(
            world=World(cluster=self.cluster, clock=self.clock, reporter=self.told, admit=self.admit),
            access=ServerAccess(reach=ClusterReach(self.cluster, dialer=Nowhere()), servers=servers),
            images=lambda: self.provider,
            builder=self.provider,
            signatures=self.signatures,
        )

    def request(self, **changes: Any) -> AddRequest:
        environment = changes.get("environment")
        others = {name: spec for name, spec in load_environments(self.file).items() if name != environment}
        request = AddRequest(
            spec=self.spec(environment), base=self.folder, directory=self.export, file=self.file, others=others
        )
        return replace(request, **changes)

    def add(self, **changes: Any) -> Added:
        request = self.request(**changes)
        plan = prepare_add(request, world=self.world(), store=self.keeper)
        return add_version(request, plan, world=self.world(), store=self.keeper)

    def fate(self, number: int, fate: TrialFate) -> None:
        self.jobs.fates[number] = fate

    def deployment(self) -> JsonObject:
        ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="default", name="resnet")
        return self.cluster.get(ref) or {}

    def config(self) -> str:
        ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace="default", name="resnet-config")
        return text_at(self.cluster.get(ref), "data", "models.config")

    def live(self) -> tuple[object, ...]:
        """What must not change when nothing live is touched: identities, generations, and the pods."""
        self._reconcile()
        pods = self.cluster.list(ObjectQuery(api_version="v1", kind="Pod"))
        running = sorted(text_at(pod, "metadata", "uid") for pod in pods)
        metadata = object_at(self.deployment(), "metadata")
        return metadata.get("uid"), metadata.get("generation"), self.config(), running

    def notes(self) -> list[str]:
        return [event.message for event in self.told.events if isinstance(event, (Note, Warn))]

    def directories(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "models").iterdir())

    def _reconcile(self) -> None:
        self.jobs.reconcile()
        self.workloads.reconcile()


X, Y = tensor("x:0"), tensor("y:0")
