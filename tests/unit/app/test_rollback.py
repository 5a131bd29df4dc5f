"""Going back to an earlier release: which one, on which way, and what the record says afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.service import NAME, config_map, small_service
from tests.fakes.workloads import PULL_FAILS
from tests.unit.app.apply_stage import BAD, DeadError, Stage
from tfk8s.app.apply import Applied
from tfk8s.app.history import history_lines, service_history, short_image
from tfk8s.app.planning import read_inventory
from tfk8s.app.rollback import Target, choose_release, deployable_of
from tfk8s.app.service import Deployable, Origin
from tfk8s.errors import InputError, PreconditionError, RolloutFailedError
from tfk8s.plan import Inventory

NAMED = small_service().name


def release(config: str, *, spec: str = "") -> Deployable:
    return replace(small_service(config=config), origin=Origin(spec=spec))


def record(stage: Stage) -> Inventory:
    return read_inventory(NAMED, cluster=stage.cluster)


def target(stage: Stage, number: int | None = None) -> Target:
    return choose_release(record(stage), number=number, name=NAMED)


def back(stage: Stage, number: int | None = None) -> Applied:
    return stage.apply(deployable_of(target(stage, number), name=NAMED, models=(NAME,)))


def staged(*configs: str) -> Stage:
    stage = Stage()
    for config in configs:
        stage.apply(release(config))
    return stage


def test_the_release_before_becomes_current_as_a_release_of_its_own() -> None:
    stage = staged("one", "two")

    applied = back(stage)

    assert stage.config() == "one"
    assert applied.revision == 3
    assert [(item.number, item.making.restores) for item in record(stage).releases] == [(1, None), (2, None), (3, 1)]


def test_a_second_run_stays_where_it_is_and_brings_nothing_bad_back() -> None:
    stage = staged("one", "two")
    back(stage)
    stage.cluster.writes.clear()

    again = back(stage)

    assert stage.config() == "one"
    assert again.changed == ()
    assert stage.cluster.writes == []
    assert target(stage).is_current


def test_any_known_release_may_be_named_again_and_again() -> None:
    stage = staged("one", "two", "three")

    assert back(stage, 1).revision == 4
    assert back(stage, 1).changed == ()
    assert back(stage, 2).revision == 5
    assert stage.config() == "two"


def test_after_a_new_apply_the_release_before_it_is_meant_again() -> None:
    stage = staged("one", "two")
    back(stage)
    stage.apply(release("three"))

    back(stage)

    assert stage.config() == "one"


def test_what_was_never_seen_answering_goes_back_to_the_last_that_was() -> None:
    stage = staged("one", "two")
    stage.apply(release("three"), wait=False)

    assert target(stage).release.number == 2
    back(stage)

    assert stage.config() == "two"
    assert [item.number for item in record(stage).releases] == [1, 2]


def test_a_run_that_was_killed_anywhere_is_finished_by_the_next() -> None:
    for dies_at in range(1, 6):
        stage = staged("one", "two")
        writes = 0

        def maybe_die(verb: str, *, at: int = dies_at) -> None:
            nonlocal writes
            writes += "Pod/" not in verb and "ReplicaSet/" not in verb
            if writes == at:
                raise DeadError

        stage.cluster.before_write = maybe_die
        try:
            back(stage)
        except DeadError:
            stage.cluster.before_write = lambda _: None
            back(stage)
        assert stage.config() == "one"
        assert record(stage).attempt == ""
        assert target(stage).release.making.restores == 1


def test_a_return_that_nobody_waited_for_is_proven_by_the_next_run_and_not_undone() -> None:
    stage = staged("one", "two")
    stage.apply(deployable_of(target(stage), name=NAMED, models=(NAME,)), wait=False)

    applied = back(stage)

    assert stage.config() == "one"
    assert applied.revision == 3


def test_the_count_of_the_autoscaler_survives() -> None:
    stage = Stage()
    stage.apply(small_service(replicas=None))
    stage.apply(small_service(replicas=None, config="two"))
    stage.cluster.scale(small_service().deployment, 4)

    back(stage)

    assert stage.config() == "one"
    assert stage.replicas() == 4


def test_objects_that_the_release_did_not_have_are_pruned() -> None:
    stage = staged("one")
    stage.apply(small_service(config="two", extra=(config_map("resnet-more", a="1"),)))

    back(stage)

    assert config_map("resnet-more").ref not in stage.cluster.refs()


def test_a_release_that_does_not_work_any_more_leaves_the_current_one() -> None:
    stage = Stage()
    stage.apply(small_service(image=BAD))
    stage.apply(small_service(config="two"))
    stage.workloads.fates[BAD] = PULL_FAILS

    with pytest.raises(RolloutFailedError, match="rolled back to release 2, which answers predictions"):
        back(stage)

    assert stage.config() == "two"


def test_without_a_record_or_a_release_before_there_is_nothing_to_go_back_to() -> None:
    with pytest.raises(PreconditionError, match="no release of resnet in serving is recorded"):
        target(Stage())
    with pytest.raises(InputError, match="release 1 is the only one"):
        target(staged("one"))
    with pytest.raises(InputError, match="there is no release 7") as unknown:
        target(staged("one", "two"), 7)
    assert "1, 2" in (unknown.value.hint or "")


def test_a_release_remembers_its_spec_who_applied_it_and_when() -> None:
    stage = Stage()
    stage.apply(release("one", spec="name: resnet\n"))

    (made,) = record(stage).releases

    assert made.making.spec == "name: resnet\n"
    assert made.making.author == "somebody@example.test"
    assert made.making.time.endswith("Z")
    assert made.making.models == (NAME,)
    assert made.image == "example.test/server:1"


def test_the_history_says_what_each_release_changed() -> None:
    stage = Stage()
    stage.apply(small_service())
    stage.apply(small_service(replicas=3))
    back(stage)

    header, newest, middle, first = history_lines(service_history(NAMED, cluster=stage.cluster))

    assert header.split() == ["RELEASE", "TIME", "BY", "IMAGE", "CHANGE"]
    assert newest.startswith("3 (current)  ")
    assert newest.endswith("server:1  return to release 1")
    assert "2 to 3" in middle
    assert first.endswith("the first")


def test_an_image_is_shown_by_the_start_of_its_digest() -> None:
    assert short_image(f"r.example/team/x@sha256:{'a' * 64}") == "x@sha256:aaaaaaaaaaaa"
    assert short_image("tensorflow/serving:2.20.0") == "serving:2.20.0"
