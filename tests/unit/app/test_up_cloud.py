"""`up` and `down` where the image is pushed to a registry and the cluster is billed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.provider import FakeProvider, FakeRepositories, alive
from tests.fakes.registry import RegistryInMemory
from tests.unit.app.test_up import GKE, Killed, World, _dies_at, _with, spec_of
from tests.unit.image.pushing import Pushing, put_base
from tests.unit.model.savedmodels import Version
from tfk8s.app.down import DownOptions, down, plan_down
from tfk8s.app.foresee import foresee_up, foreseen_lines
from tfk8s.app.preparation import UpRequest
from tfk8s.app.up import up
from tfk8s.errors import PreconditionError, RegistryError
from tfk8s.image import ModelImageBuilder
from tfk8s.manifest import ObjectRef
from tfk8s.ports import ClusterState, FieldDifference, Note, Warn
from tfk8s.spec import ImageSpec, ServiceSpec

REPOSITORY = "us-central1-docker.pkg.dev/my-project-1/serving/m"
NODES = "3 nodes of e2-medium"


def _spec(**expose: object) -> ServiceSpec:
    spec = spec_of(GKE)
    image = spec.image.model_copy(update={"repository": REPOSITORY})
    return spec.model_copy(update={"image": image, "expose": spec.expose.model_copy(update=expose)})


@pytest.fixture
def world() -> World:
    return World(provider=FakeProvider(runs=(NODES,)), repositories=FakeRepositories())


@pytest.fixture
def request_(tmp_path: Path) -> UpRequest:
    Version().write(tmp_path / "m" / "1")
    return UpRequest(spec=_spec(), base=tmp_path, wait=False)


def _repositories(world: World) -> FakeRepositories:
    assert world.repositories is not None
    return world.repositories


def test_the_image_is_pushed_before_a_cluster_is_made(world: World, request_: UpRequest) -> None:
    result = up(request_, world=world.parts())

    assert list(world.told.outcomes()) == ["check", "registry", "image", "cluster", "service"]
    assert _repositories(world).done == [f"created {REPOSITORY}"]
    assert world.provider.done == [f"delivered {result.image}", "created demo"]
    assert str(result.image).startswith(f"{REPOSITORY}:model-")


def test_an_image_that_cannot_be_pushed_leaves_no_cluster_behind(world: World, request_: UpRequest) -> None:
    def denied(call: str) -> None:
        if call == "deliver":
            raise RegistryError("denied", hint="ask for the role")

    world.provider.before = denied

    with pytest.raises(RegistryError, match="denied"):
        up(request_, world=world.parts())

    assert world.provider.requests == []


def test_the_plan_comes_before_the_first_change_and_says_what_is_billed(world: World, request_: UpRequest) -> None:
    seen: list[str] = []
    _repositories(world).before = lambda _: seen.extend(e.message for e in world.told.events if isinstance(e, Note))

    up(_with(request_, spec=_spec(type="LoadBalancer")), world=world.parts())

    plan = "\n".join(seen)
    assert f"registry: create the repository of {REPOSITORY}" in plan
    assert "and push it" in plan
    assert "cluster:  create demo" in plan
    billed = plan.partition("running, and billed, until `tfk8s down`:")[2]
    assert NODES in billed
    assert "a load balancer with an address of its own" in billed
    assert "storage in the registry" in billed


def test_a_repository_of_the_registry_that_was_shut_down_is_warned_of_once(world: World, request_: UpRequest) -> None:
    """K08.1: the image goes to a store as it is used, which has nothing to add to what was said of the name before."""
    registry = RegistryInMemory(host="gcr.io")
    put_base(registry, repository="p/base")
    image = ImageSpec(base="gcr.io/p/base:1", repository="gcr.io/my-project-1/m")
    spec = request_.spec.model_copy(update={"image": image})
    parts = replace(world.parts(), images=lambda _: Pushing(registry).store, builder=ModelImageBuilder())

    result = up(_with(request_, spec=spec), world=parts)

    warnings = [event for event in world.told.events if isinstance(event, Warn)]
    (closed,) = [warning for warning in warnings if "closed for writes" in warning.message]
    assert "LOCATION-docker.pkg.dev/my-project-1/REPOSITORY/m" in str(closed.hint)
    assert str(result.image).startswith("gcr.io/my-project-1/m:")
    assert registry.requests("PUT", "/v2/my-project-1/m/manifests/")


def test_a_second_up_makes_and_sends_nothing(world: World, request_: UpRequest) -> None:
    up(request_, world=world.parts())
    world.provider.done.clear()

    up(request_, world=world.parts())

    assert world.provider.done == []
    assert _repositories(world).done == [f"created {REPOSITORY}"]
    assert [step.is_needed for step in foresee_up(request_, world=world.parts())] == [False, False, False]


@pytest.mark.parametrize("moment", ["create", "base", "build", "deliver", "ensure"])
def test_a_run_killed_at_any_step_is_finished_by_the_next(world: World, request_: UpRequest, moment: str) -> None:
    world.provider.before = _dies_at(moment)
    _repositories(world).before = _dies_at(moment)
    with pytest.raises(Killed):
        up(request_, world=world.parts())
    world.provider.before = _repositories(world).before = alive

    result = up(request_, world=world.parts())

    assert _repositories(world).done == [f"created {REPOSITORY}"]
    assert world.provider.done == [f"delivered {result.image}", "created demo"]
    assert up(request_, world=world.parts()).applied.changed == ()


def test_without_a_repository_the_spec_is_told_which_one_to_name(world: World, request_: UpRequest) -> None:
    spec = request_.spec.model_copy(update={"image": request_.spec.image.model_copy(update={"repository": None})})

    with pytest.raises(PreconditionError, match="pull the image from a registry") as caught:
        up(_with(request_, spec=spec), world=world.parts())

    assert "us-central1-docker.pkg.dev/my-project-1/serving/svc" in str(caught.value.hint)
    assert world.provider.done == []


def test_an_image_is_pushed_where_the_spec_names_a_registry_and_no_cluster(world: World, request_: UpRequest) -> None:
    spec = request_.spec.model_copy(update={"cluster": None})

    result = up(_with(request_, spec=spec), world=world.parts())

    assert world.provider.done == [f"delivered {result.image}"]
    assert world.connected == [None]


def test_a_plan_names_what_differs_in_a_cluster_that_exists(world: World, request_: UpRequest) -> None:
    """K27.1: it is never made anew for that."""
    up(request_, world=world.parts())
    remedy = "tfk8s cluster pools resize default-pool --nodes 5"
    world.provider.differences = (FieldDifference(field="nodes", wanted="5", found="3", remedy=remedy),)

    plan = list(foreseen_lines(foresee_up(request_, world=world.parts())))
    up(request_, world=world.parts())

    assert f"nodes is 3, the spec says 5: {remedy}" in "\n".join(plan)
    assert world.provider.done.count("created demo") == 1


def test_down_deletes_the_service_before_the_cluster_so_that_no_load_balancer_stays(
    world: World, request_: UpRequest
) -> None:
    up(request_, world=world.parts())
    order: list[str] = []
    world.cluster.before_write = lambda what: order.append(what)
    world.provider.before = lambda what: order.append(what)
    plan = plan_down(request_, world=world.parts(), options=DownOptions())

    down(plan, request_, world=world.parts(), timeout_s=10)

    assert "delete the cluster demo with everything in it" in plan.lines()
    service = ObjectRef(api_version="v1", kind="Service", namespace="serving", name="svc")
    assert f"delete {service}" in plan.lines()
    assert order[-1] == "delete"
    assert len(order) > 1
    assert world.cluster.refs() == set()
    assert world.provider.describe("demo") is ClusterState.ABSENT
    assert _repositories(world).there == {REPOSITORY}


def test_down_deletes_the_images_when_it_is_told_to(world: World, request_: UpRequest) -> None:
    up(request_, world=world.parts())
    plan = plan_down(request_, world=world.parts(), options=DownOptions(delete_images=True))

    down(plan, request_, world=world.parts(), timeout_s=10)

    assert f"delete the image repository of {REPOSITORY} with every image in it" in plan.lines()
    assert _repositories(world).there == set()
    assert plan_down(request_, world=world.parts(), options=DownOptions(delete_images=True)).is_empty


def test_images_of_others_are_not_deleted(world: World, request_: UpRequest) -> None:
    _repositories(world).there.add(REPOSITORY)

    with pytest.raises(PreconditionError, match="was not made by tfk8s"):
        plan_down(request_, world=world.parts(), options=DownOptions(delete_images=True))


def test_images_in_a_registry_of_nobody_cannot_be_deleted(world: World, request_: UpRequest) -> None:
    image = request_.spec.image.model_copy(update={"repository": "registry.example.com/team/m"})
    asked = replace(request_, spec=request_.spec.model_copy(update={"image": image}))

    with pytest.raises(PreconditionError, match="in no repository that can be deleted"):
        plan_down(asked, world=world.parts(), options=DownOptions(delete_images=True))


def test_down_names_load_balancers_of_others_that_would_stay(world: World, request_: UpRequest) -> None:
    up(request_, world=world.parts())
    world.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "shop", "namespace": "team"},
            "spec": {"type": "LoadBalancer"},
        }
    )

    (lost,) = plan_down(request_, world=world.parts(), options=DownOptions()).lost

    assert lost.startswith("Service/shop in team")


def test_warnings_come_before_anything_is_made(world: World, request_: UpRequest) -> None:
    """A machine that is too small for one pod is cheaper to hear of before the cluster is there."""
    before: list[str] = []
    _repositories(world).before = lambda _: before.extend(e.message for e in world.told.events if isinstance(e, Warn))

    up(request_, world=world.parts())

    assert any("e2-medium" in message for message in before), before
    assert len(before) == len(set(before)) == sum(isinstance(event, Warn) for event in world.told.events)
