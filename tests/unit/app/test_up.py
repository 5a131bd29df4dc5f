from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.fakes.model_server import FakeModelServer
from tests.fakes.provider import FakeProvider, FakeRepositories, alive
from tests.unit.model.savedmodels import Version
from tfk8s.app.down import DownOptions, DownPlan, down, plan_down
from tfk8s.app.foresee import foresee_up
from tfk8s.app.predict import PredictOptions
from tfk8s.app.preparation import UpRequest, on_this_computer
from tfk8s.app.question import read_question
from tfk8s.app.up import UpResult, as_json, up
from tfk8s.app.up_world import Connection, UpWorld
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import CloudError, InputError, PreconditionError
from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import (
    ClusterAccess,
    ClusterState,
    Endpoint,
    EnsureOutcome,
    Event,
    PictureReader,
    Scale,
    ServingState,
    StepDone,
    Transport,
    VersionState,
)
from tfk8s.spec import ClusterSpec, GkeCluster, ImageSpec, KindCluster, ModelSpec, ServiceSpec

KIND = KindCluster(provider="kind", name="demo")
GKE = GkeCluster(provider="gke", project="my-project-1", location="us-central1", name="demo")


@dataclass
class Told:
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def outcomes(self) -> dict[str, str]:
        return {event.step: event.outcome for event in self.events if isinstance(event, StepDone)}


class NoPictures:
    def encode(self, data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
        raise AssertionError((data, tensor, scale))


class Reach:
    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        assert service.kind == "Service"
        yield Endpoint(transport=transport, host="127.0.0.1", port=8501, how="fake")


@dataclass
class World:
    """One of each fake, and what `up` is given of them."""

    provider: FakeProvider = field(default_factory=FakeProvider)
    repositories: FakeRepositories | None = None
    cluster: FakeCluster = field(default_factory=FakeCluster)
    server: FakeModelServer = field(default_factory=FakeModelServer)
    told: Told = field(default_factory=Told)
    connected: list[ClusterAccess | None] = field(default_factory=list)

    def parts(self) -> UpWorld:
        pictures: PictureReader = NoPictures()
        return UpWorld(
            clusters=self.provider,
            images=self.provider.store,
            repositories=self.repositories,
            builder=self.provider,
            connect=self._connect,
            pictures=pictures,
            clock=FakeClock(),
            reporter=self.told,
        )

    def _connect(self, access: ClusterAccess | None) -> Connection:
        self.connected.append(access)
        return Connection(cluster=self.cluster, access=ServerAccess(reach=Reach(), servers=self.server))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def request_(tmp_path: Path) -> UpRequest:
    Version().write(tmp_path / "m" / "1")
    return UpRequest(spec=spec_of(KIND), base=tmp_path, wait=False)


def spec_of(cluster: ClusterSpec | None, *, source: str = "m") -> ServiceSpec:
    return ServiceSpec(
        api_version="tfk8s.dev/v1",
        name="svc",
        namespace="serving",
        model=ModelSpec(name="m", source=source),
        image=ImageSpec(repository="example.test/m" if cluster is GKE else None),
        cluster=cluster,
    )


def _with(request: UpRequest, **changes: object) -> UpRequest:
    values = {"spec": request.spec, "base": request.base, "wait": False, **changes}
    return UpRequest(**values)  # type: ignore[arg-type]


def _up(request: UpRequest, world: World) -> UpResult:
    return up(request, world=world.parts())


def test_up_makes_what_is_missing_in_order(world: World, request_: UpRequest) -> None:
    result = _up(request_, world)

    assert result.image is not None
    assert world.provider.done == ["created demo", f"delivered {result.image}"]
    assert list(world.told.outcomes()) == ["check", "cluster", "image", "service"]
    deployment = world.cluster.get(ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="svc"))
    assert deployment is not None
    assert result.image in str(deployment)


def test_a_second_up_changes_nothing_and_says_so(world: World, request_: UpRequest) -> None:
    """K27.1."""
    first = _up(request_, world)
    world.provider.done.clear()
    world.cluster.writes.clear()
    world.told.events.clear()

    second = _up(request_, world)

    assert second.image == first.image
    assert (world.provider.done, world.cluster.writes, world.provider.built[1:]) == ([], [], [])
    assert world.told.outcomes()["cluster"] == "demo unchanged, context kind-demo"
    assert world.told.outcomes()["image"] == f"{first.image} is there"
    assert world.told.outcomes()["service"] == "unchanged"


def test_a_stopped_cluster_is_started(world: World, request_: UpRequest) -> None:
    world.provider.clusters["demo"] = ClusterState.STOPPED

    result = _up(request_, world)

    assert result.cluster is not None
    assert result.cluster.outcome is EnsureOutcome.STARTED


def test_a_broken_model_stops_everything_before_anything_is_made(world: World, tmp_path: Path) -> None:
    """K01.4."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"")

    with pytest.raises(InputError, match=r"saved_model\.pb") as caught:
        _up(UpRequest(spec=spec_of(KIND), base=tmp_path), world)

    assert "done before it: nothing" in caught.value.details[-1]
    assert (world.provider.requests, world.connected, world.provider.built) == ([], [], [])


@pytest.mark.parametrize("name", ["with space", "modèle", "m/", "link"])
def test_a_model_directory_may_be_called_anything(world: World, tmp_path: Path, name: str) -> None:
    """K39.1."""
    real = tmp_path / ("real" if name == "link" else name)
    Version().write(real / "1")
    if name == "link":
        (tmp_path / "link").symlink_to(real)

    _up(UpRequest(spec=spec_of(KIND, source=name), base=tmp_path, wait=False), world)

    assert [number for content in world.provider.built[0] for number, _ in content.versions] == [1]


def test_a_path_that_does_not_exist_is_named_as_it_was_given(world: World, tmp_path: Path) -> None:
    """K39.2."""
    with pytest.raises(InputError) as caught:
        _up(UpRequest(spec=spec_of(KIND, source=r"C:\models\x"), base=tmp_path), world)

    assert r"C:\models\x" in caught.value.message
    assert list(tmp_path.iterdir()) == []


class Killed(BaseException):
    """Stands for SIGKILL: nothing handles it."""


def _dies_at(name: str) -> Callable[[str], None]:
    def check(call: str) -> None:
        if call == name:
            raise Killed

    return check


@pytest.mark.parametrize("moment", ["ensure", "base", "build", "deliver"])
def test_a_run_killed_at_the_provider_is_finished_by_the_next(world: World, request_: UpRequest, moment: str) -> None:
    world.provider.before = _dies_at(moment)
    with pytest.raises(Killed):
        _up(request_, world)
    world.provider.before = alive

    result = _up(request_, world)

    assert result.image in world.provider.images
    assert world.provider.done.count("created demo") == 1
    assert _up(request_, world).applied.changed == ()


def test_a_run_killed_at_any_write_is_finished_by_the_next(request_: UpRequest) -> None:
    whole = World()
    _up(request_, whole)

    for number in range(len(whole.cluster.writes)):
        world = World()
        world.cluster.before_write = _dies_after(number)
        with pytest.raises(Killed):
            _up(request_, world)
        world.cluster.before_write = alive
        _up(request_, world)

        assert world.cluster.refs() == whole.cluster.refs()
        assert _up(request_, world).applied.changed == ()


def _dies_after(number: int) -> Callable[[str], None]:
    left = number

    def check(_: str) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1

    return check


def test_a_failing_step_says_what_was_done_before_it(world: World, request_: UpRequest) -> None:
    def fails(call: str) -> None:
        if call == "deliver":
            raise CloudError("the node is full", details=("no space left on device",))

    world.provider.before = fails

    with pytest.raises(CloudError, match="the node is full") as caught:
        _up(request_, world)

    assert caught.value.details == (
        "no space left on device",
        "stopped in step 'image'; done before it: check (m can be served); cluster (demo created, context kind-demo)",
    )


def test_the_provider_option_makes_a_cluster_here_whatever_the_spec_says(world: World, request_: UpRequest) -> None:
    _up(_with(request_, spec=on_this_computer(spec_of(GKE))), world)

    assert world.provider.requests[0].name == "tfk8s"


def test_nodes_image_and_config_of_the_spec_are_asked_for(world: World, request_: UpRequest) -> None:
    cluster = KindCluster(provider="kind", name="demo", node_image="kindest/node:v1.34.0", config="kind.yaml")
    (request_.base / "kind.yaml").write_text("kind: Cluster")

    _up(_with(request_, spec=spec_of(cluster)), world)

    asked = world.provider.requests[0]
    assert (asked.cluster, asked.base) == (cluster, request_.base)


@pytest.mark.parametrize("use_case", [up, foresee_up])
def test_a_configuration_file_that_is_missing_is_named_before_anything_is_made(
    world: World, request_: UpRequest, use_case: Callable[..., object]
) -> None:
    cluster = KindCluster(provider="kind", name="demo", config="kind.yaml")

    with pytest.raises(InputError, match=r"kind\.yaml, which is no file"):
        use_case(_with(request_, spec=spec_of(cluster)), world=world.parts())

    assert world.provider.requests == []


def test_a_baked_model_without_a_place_for_its_image_is_refused(world: World, request_: UpRequest) -> None:
    with pytest.raises(PreconditionError, match="how it gets into the cluster"):
        _up(_with(request_, spec=spec_of(None)), world)

    assert world.connected == []


def test_a_model_in_a_volume_needs_no_image(world: World, request_: UpRequest) -> None:
    result = _up(_with(request_, spec=spec_of(KIND, source="pvc://models/m")), world)

    assert result.image is None
    assert world.provider.built == []
    assert as_json(result)["imageBuilt"] is False


def test_without_a_cluster_in_the_spec_the_current_context_is_used(world: World, request_: UpRequest) -> None:
    _up(_with(request_, spec=spec_of(None, source="pvc://models/m")), world)

    assert world.connected == [None]
    assert world.provider.requests == []


def test_a_question_is_asked_in_the_end(world: World, request_: UpRequest) -> None:
    x = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
    y = TensorSpec(key="y", name="y:0", dtype=DType.DT_FLOAT, shape=(None,))
    world.server.states = (VersionState(number=1, state=ServingState.AVAILABLE),)
    world.server.signatures = (Signature(name="serving_default", method_name="", inputs=(x,), outputs=(y,)),)
    world.server.answer = lambda _: {"y": [3.5]}
    question = read_question(b'{"instances": [3.0]}', source="q.json")

    result = _up(_with(request_, question=question, prediction=PredictOptions(model="m")), world)

    assert result.prediction is not None
    assert result.prediction.outputs == {"y": [3.5]}
    assert list(world.told.outcomes())[-1] == "prediction"


def test_a_dry_run_changes_nothing_and_says_what_every_step_would_do(world: World, request_: UpRequest) -> None:
    foreseen = foresee_up(request_, world=world.parts())

    assert [(step.step, step.is_needed) for step in foreseen] == [("cluster", True), ("image", True), ("service", True)]
    assert foreseen[0].what == "create demo"
    assert (world.provider.done, world.cluster.writes, world.connected) == ([], [], [])


def test_a_dry_run_after_up_finds_nothing_to_do(world: World, request_: UpRequest) -> None:
    _up(request_, world)
    world.cluster.writes.clear()

    foreseen = foresee_up(request_, world=world.parts())

    assert [step.is_needed for step in foreseen] == [False, False, False]
    assert world.cluster.writes == []


def test_a_dry_run_refuses_a_broken_model(world: World, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        foresee_up(UpRequest(spec=spec_of(KIND), base=tmp_path), world=world.parts())


def _plan(request: UpRequest, world: World, *, keep_cluster: bool = False) -> DownPlan:
    return plan_down(request, world=world.parts(), options=DownOptions(keep_cluster=keep_cluster))


def test_down_deletes_the_cluster_that_up_made(world: World, request_: UpRequest) -> None:
    _up(request_, world)

    plan = _plan(request_, world)
    down(plan, request_, world=world.parts(), timeout_s=10)

    assert plan.lines() == ("delete the cluster demo with everything in it",)
    assert world.provider.clusters == {}


def test_down_says_which_workloads_of_others_are_lost_with_the_cluster(world: World, request_: UpRequest) -> None:
    _up(request_, world)
    for namespace in ("team", "kube-system", "gmp-system", "gke-managed-system"):
        world.cluster.put(_other("apps/v1", "Deployment", namespace=namespace))

    assert _plan(request_, world).lost == ("Deployment/other in team",)


@pytest.mark.parametrize(
    ("api_version", "kind"), [("networking.k8s.io/v1", "Ingress"), ("gateway.networking.k8s.io/v1", "Gateway")]
)
def test_down_says_which_load_balancers_of_others_outlive_the_cluster(
    world: World, request_: UpRequest, api_version: str, kind: str
) -> None:
    _up(request_, world)
    world.cluster.put(_other(api_version, kind, namespace="team"))

    (line,) = _plan(request_, world).lost

    assert line == f"{kind}/other in team, whose load balancer may stay and be billed: delete it first"


def _other(api_version: str, kind: str, *, namespace: str) -> JsonObject:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "other", "namespace": namespace}}


@pytest.mark.parametrize("reason", ["not ours", "asked to"])
def test_down_deletes_the_service_alone_when_the_cluster_is_to_stay(
    world: World, request_: UpRequest, reason: str
) -> None:
    _up(request_, world)
    if reason == "not ours":
        world.provider.ours.clear()

    plan = _plan(request_, world, keep_cluster=reason == "asked to")
    down(plan, request_, world=world.parts(), timeout_s=10)

    assert plan.cluster is None
    assert plan.kept
    assert world.cluster.refs() == set()
    assert "deleted demo" not in world.provider.done


def test_a_down_that_was_killed_is_finished_by_the_next(request_: UpRequest) -> None:
    for number in range(3):
        world = World()
        _up(request_, world)
        world.cluster.before_write = _dies_after(number)
        with pytest.raises(Killed):
            down(_plan(request_, world, keep_cluster=True), request_, world=world.parts(), timeout_s=10)
        world.cluster.before_write = alive

        down(_plan(request_, world, keep_cluster=True), request_, world=world.parts(), timeout_s=10)

        assert world.cluster.refs() == set()


def test_there_is_nothing_to_take_down_where_no_cluster_is(world: World, request_: UpRequest) -> None:
    assert _plan(request_, world).is_empty


def test_a_stopped_cluster_of_ours_is_deleted_without_asking_its_api_server(world: World, request_: UpRequest) -> None:
    _up(request_, world)
    world.provider.clusters["demo"] = ClusterState.STOPPED
    world.connected.clear()

    plan = _plan(request_, world)

    assert (plan.cluster, world.connected) == ("demo", [])


def test_the_service_in_a_stopped_cluster_of_others_cannot_be_deleted(world: World, request_: UpRequest) -> None:
    world.provider.clusters["demo"] = ClusterState.STOPPED

    with pytest.raises(PreconditionError, match="is stopped"):
        _plan(request_, world)
