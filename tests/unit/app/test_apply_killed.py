"""An apply that was killed is finished by the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.fakes.service import config_map, small_service
from tests.unit.app.apply_stage import DeadError, Stage
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import Deployable
from tfk8s.manifest.fields import integer_at, object_at


@dataclass(frozen=True)
class Story:
    name: str
    before: tuple[Deployable, ...]
    wanted: Deployable


STORIES = (
    Story("first", (), small_service()),
    Story("namespace", (), small_service(namespace="fresh", makes_namespace=True)),
    Story("update and prune", (small_service(extra=(config_map("resnet-more", a="1"),)),), small_service(config="two")),
    Story("autoscaling on", (small_service(replicas=4),), small_service(replicas=None)),
    Story("autoscaling off", (small_service(replicas=4), small_service(replicas=None)), small_service(replicas=2)),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_run_that_dies_before_any_of_its_writes_is_finished_by_the_next(story: Story) -> None:
    total = _run(story, dies_at=None)
    assert total >= 3

    for dies_at in range(1, total + 1):
        _run(story, dies_at=dies_at)


def _run(story: Story, *, dies_at: int | None) -> int:
    stage = Stage()
    for before in story.before:
        stage.apply(before)
    if len(story.before) > 1:
        stage.cluster.scale(small_service().deployment, 5)
    writes = 0

    def maybe_die(verb: str) -> None:
        nonlocal writes
        if "Pod/" in verb or "ReplicaSet/" in verb:
            return
        writes += 1
        if writes == dies_at:
            raise DeadError

    stage.cluster.before_write = maybe_die
    _until_dead(lambda: stage.apply(story.wanted), dies=dies_at is not None)
    seen = writes
    stage.cluster.before_write = lambda _: None
    stage.apply(story.wanted)

    wanted = {manifest.ref for manifest in story.wanted.manifests}
    inventory = read_inventory(story.wanted.name, cluster=stage.cluster)
    assert inventory.objects == wanted
    ours = {ref for ref in stage.cluster.refs() if ref.kind not in ("Pod", "ReplicaSet", "EndpointSlice")}
    assert {ref for ref in ours if not ref.name.endswith("-inventory")} == {
        ref for ref in wanted if ref.kind != "Namespace"
    }
    live = stage.cluster.get(story.wanted.deployment)
    spec = object_at(story.wanted.manifests[-2].body, "spec")
    expected = integer_at(spec, "replicas", default=4) if story.before else 2
    assert integer_at(live, "spec", "replicas") == expected
    return seen


def _until_dead(work: Callable[[], object], *, dies: bool) -> None:
    if dies:
        with pytest.raises(DeadError):
            work()
    else:
        work()
